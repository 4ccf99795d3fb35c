const numeric: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  // Not equality: "equal or better", for history's sake.
  '=': (x, y) => x >= y,
  '==': (x, y) => x === y,
  '!=': (x, y) => x !== y,
  '>=': (x, y) => x >= y,
  '<=': (x, y) => x <= y,
}

const textual: Readonly<Record<string, (x: string, y: string) => boolean>> = {
  's==': (x, y) => x === y,
  's!=': (x, y) => x !== y,
  's<': (x, y) => x < y,
  's<=': (x, y) => x <= y,
  's>': (x, y) => x > y,
  's>=': (x, y) => x >= y,
}

/** Whether a host's value will do. */
export type Requirement = (value: unknown) => boolean

/**
 * Reads an extra spec's text: `<op> <operand>`, the first word decides; without an operator, the
 * texts must be equal (contract: scheduler.md 5).
 */
export const requirement = (text: string): Requirement => {
  const words = text.trim().split(/\s+/)
  const [op = '', ...operands] = words
  const [operand] = operands
  const isKnown = op in numeric || op in textual || ['<in>', '<all-in>', '<or>'].includes(op)
  if (!isKnown) return said(value => value === text)
  if (operand === undefined) return () => false
  const compareNumbers = numeric[op]
  if (compareNumbers) {
    const y = Number(operand)
    return said(x => compareNumbers(Number(x), y))
  }
  const compareTexts = textual[op]
  if (compareTexts) return said(x => compareTexts(x, operand))
  if (op === '<in>') return said(x => x.includes(operand))
  if (op === '<all-in>') return said(x => operands.every(word => x.includes(word)))
  const choices = new Set(words.filter(word => word !== '<or>'))
  return said(x => choices.has(x))
}

const said =
  (test: (text: string) => boolean): Requirement =>
  value =>
    value !== null && value !== undefined && test(String(value))

/** Whether a host's value meets an extra spec. */
export const matches = (value: unknown, text: string): boolean => requirement(text)(value)
