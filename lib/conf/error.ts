/** One thing wrong in nova.conf, or one worth a warning. */
export interface ConfProblem {
  /** Absent for a value that came from the environment. */
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly group: string
  readonly option?: string | undefined
  /** As found; `***` for a secret. */
  readonly value?: string | undefined
  readonly expected?: string | undefined
  /** The known name, or word, that was probably meant. */
  readonly nearest?: string | undefined
  /** The whole of it, for a person: one sentence that begins with its place. */
  readonly message: string
}

/** nova.conf cannot be used. The message is one sentence a problem, a line each. */
export class ConfError extends Error {
  override readonly name = 'ConfError'
  readonly problems: readonly ConfProblem[]

  constructor(problems: readonly ConfProblem[], options?: ErrorOptions) {
    super(problems.map(problem => problem.message).join('\n'), options)
    this.problems = problems
  }
}
