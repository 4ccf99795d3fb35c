/** How a service proves who it is to another one: a token that renews itself, and a catalog. */
export interface AuthSession {
  token(): Promise<string>
  /**
   * @param type  the catalog's service type, `image` or `network` say
   * @throws when the catalog has no such service
   */
  endpointFor(type: string): Promise<string>
  /** The last token was refused: the next call of {@link token} fetches another. */
  invalidate?(): void
}
