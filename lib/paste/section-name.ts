/** `[kind:name]` */
export const kindOf = (section: string): string => section.split(':', 1)[0] ?? ''

/** `[kind]` alone is its `main`. */
export const nameOf = (section: string): string =>
  section.includes(':') ? section.slice(section.indexOf(':') + 1).trim() : 'main'
