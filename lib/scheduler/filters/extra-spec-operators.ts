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

/**
 * Whether a host's value meets an extra spec: `<op> <operand>`, the first word decides; without an
 * operator, the texts must be equal (contract: scheduler.md 5).
 */
export const matches = (value: unknown, requirement: string): boolean => {
  const words = requirement.trim().split(/\s+/)
  const [op = '', ...operands] = words
  const known = op in numeric || op in textual || ['<in>', '<all-in>', '<or>'].includes(op)
  if (!known) return value !== null && value !== undefined && String(value) === requirement
  if (operands.length === 0 || value === null || value === undefined) return false
  const x = String(value)
  const compareNumbers = numeric[op]
  if (compareNumbers) return compareNumbers(Number(x), Number(operands[0]))
  const compareTexts = textual[op]
  if (compareTexts) return compareTexts(x, operands[0] ?? '')
  if (op === '<in>') return x.includes(operands[0] ?? '')
  if (op === '<all-in>') return operands.every(word => x.includes(word))
  return words.filter(word => word !== '<or>').includes(x)
}
