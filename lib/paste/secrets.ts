const secretName =
  /(^|[_.\-\s])(pass|password|passwd|passphrase|secret|secrets|token|credential|private_?key|api_?key|hmac_keys|secret_key)$/i

/** Whether an option of that name is likely to hold what nobody should read. */
export const isSecretName = (name: string): boolean =>
  secretName.test(name.replaceAll(/([a-z])([A-Z])/g, '$1_$2'))

export const masked = '***'

/** A URL without its password. */
export const maskUrl = (text: string): string =>
  text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/@]+@/gi, `$1${masked}@`)
