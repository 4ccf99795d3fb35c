export interface Reference {
  readonly module: string
  /** Null: the module as a whole. */
  readonly attribute: string | null
}

const referencePattern = /^([@\p{L}\p{N}_.\-+~/$]+)(?::([\p{L}\p{N}_$]+(?:\.[\p{L}\p{N}_$]+)*))?$/u

/** `module.path:attribute.path`; null when it is no reference at all. */
export const parseReference = (text: string): Reference | null => {
  const [, module, attribute = null] = referencePattern.exec(text.trim()) ?? []
  return module === undefined ? null : { module, attribute }
}

/** What a text that is no reference may have meant: signs that do not belong there taken away. */
export const meantReference = (text: string): string | undefined => {
  const bare = text
    .trim()
    .replaceAll(/^[^@\p{L}\p{N}_./~$]+|[^\p{L}\p{N}_$]+$/gu, '')
    .replace(/[:;=,]+(?=[\p{L}_$][\p{L}\p{N}_$.]*$)/u, ':')
  return bare && bare !== text.trim() && parseReference(bare) ? bare : undefined
}
