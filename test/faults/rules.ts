/** A promise that was not kept: of which kind, and how it shows. */
export interface Violation {
  readonly rule: string
  readonly what: string
}

const rules = {
  lost: 'every accepted server is ACTIVE, in ERROR, or was deleted',
  silent: 'every server in ERROR has a fault',
  twice: 'no server is built twice',
  guest: 'every ACTIVE server has its guest, on its host only; no guest is without a server',
  task: 'no server is stuck in a task',
  claim: 'every ACTIVE server has its claim, and no claim is left behind',
  request: 'no build request is left behind; every server has its mapping and request spec',
  port: 'every ACTIVE server has one port, and no port is left behind',
  quota: 'limits count what is there',
  consumer:
    'every queue of a topic has its consumers, and nothing waits in it, nor in those of replies',
  deleted: 'what is deleted is gone',
  memory: 'no process grows',
} as const

export type Rule = keyof typeof rules

export const violation = (rule: Rule, what: string): Violation => ({ rule: rules[rule], what })

/** All rules, for a table. */
export const ruleTexts: readonly string[] = Object.values(rules)
