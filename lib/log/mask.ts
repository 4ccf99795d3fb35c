export const MASK = '***'

/** Keys whose values are nobody's business (oslo.utils' list, without other projects' keys). */
export const secretKeys: readonly string[] = [
  'adminPass',
  'admin_pass',
  'password',
  'passwd',
  'auth_token',
  'x-auth-token',
  'x-service-token',
  'x-subject-token',
  'new_pass',
  'secret',
  'sys_pswd',
  'token',
  'encrypted_key',
  'private_key',
  'passphrase',
  'authorization',
]

const secretKey = new RegExp(`(?:${secretKeys.join('|')})[0-9]*$`, 'i')

const keys = secretKeys.join('|')
const textPatterns: readonly RegExp[] = [
  // "adminPass": "x" and 'adminPass': u'x'
  new RegExp(
    `(["'][^"']*(?:${keys})[0-9]*["']\\s*:\\s*u?)(?:"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*')`,
    'gi',
  ),
  // password=x, --os-password x
  new RegExp(`((?:${keys})[0-9]*\\s*=\\s*)(?:"[^"]*"|'[^']*'|[^\\s'"&,;]+)`, 'gi'),
  new RegExp(`(--[\\w-]*(?:${keys})\\s+)[^\\s-]\\S*`, 'gi'),
  // X-Auth-Token: x
  /(\b(?:x-auth-token|x-service-token|x-subject-token|authorization):\s*)[^\r\n'"]+/gi,
]

/** rabbit://user:secret@host, mysql+pymysql://… */
const credentials = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@,]*:|,[^\s:/@,]*:)[^\s/@,]+@/gi

/** A text without the passwords, tokens and credentials that it quotes. */
export const maskText = (text: string): string => {
  let masked = text.includes('@') ? text.replaceAll(credentials, `$1${MASK}@`) : text
  // Most lines have none of these words; the patterns are for those that do.
  if (!/pass|token|secret|pswd|key|authorization/i.test(masked)) return masked
  for (const pattern of textPatterns) {
    masked = masked.replaceAll(pattern, (_whole, head: string) => `${head}${MASK}`)
  }
  return masked
}

/** Levels of nesting that are looked into; deeper ones are not shown at all. */
const MAX_DEPTH = 8

/**
 * A copy of a value fit for a log: values of secret keys are `***`, texts are masked. Errors and
 * what has its own `toJSON` are left to the log's serializers.
 */
export const maskValue = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return maskText(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error || value instanceof Date || Buffer.isBuffer(value)) return value
  if (depth >= MAX_DEPTH) return '…'
  if (Array.isArray(value)) return value.map(item => maskValue(item, depth + 1))
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return maskValue(value.toJSON(), depth + 1)
  }
  const copy: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const hidden = secretKey.test(key) && item !== null && item !== undefined
    copy[key] = hidden ? MASK : maskValue(item, depth + 1)
  }
  return copy
}
