/** Something that whoever runs the process has to mend: the message is one sentence, and all of the story. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError'
}
