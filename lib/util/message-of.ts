/** What an error says. Anything may be thrown: what is no Error says itself. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
