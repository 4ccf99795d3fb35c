/** The parts of a URL as `cell_mappings` may name them: `{scheme}`, `{hostname}`, … */
const partsOf = (url: string): ReadonlyMap<string, string> => {
  const [, scheme = '', authority = '', path = '', query = '', fragment = ''] =
    /^([^:/?#]*):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(?:#(.*))?$/s.exec(url) ?? []
  const parts = new Map([
    ['scheme', scheme],
    ['path', path],
    ['query', query],
    ['fragment', fragment],
  ])
  // A transport may have several hosts: the first without a number, all of them counted from 1.
  authority.split(',').forEach((host, index) => {
    const [, username = '', password = '', hostname = '', port = ''] =
      /^(?:([^:@]*)(?::([^@]*))?@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/s.exec(host) ?? []
    for (const [name, value] of Object.entries({ username, password, hostname, port })) {
      if (index === 0) parts.set(name, value)
      parts.set(`${name}${index + 1}`, value)
    }
  })
  return parts
}

/**
 * A URL of a cell mapping with its `{…}` filled from the process's own `[database] connection`, or
 * `[DEFAULT] transport_url`. What is no such name stays.
 */
export const fillUrlTemplate = (template: string, own: string | null): string => {
  if (own === null || !template.includes('{')) return template
  const parts = partsOf(own)
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => parts.get(name) ?? whole)
}
