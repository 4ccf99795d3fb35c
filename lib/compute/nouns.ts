/**
 * What the clients of the workers need of the objects they send. The objects of `lib/objects` fit;
 * a client never looks deeper than this.
 */
export interface HasHost {
  readonly uuid: string
  readonly host: string | null
}
