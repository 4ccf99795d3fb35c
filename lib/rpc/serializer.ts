/**
 * Turns what methods take and give into JSON values and back, and a caller's context likewise.
 * `Context` is the caller's own type; this library never looks into it.
 */
export interface Serializer<Context> {
  /** May give a promise. */
  serializeEntity(context: Context, value: unknown): unknown
  /** May give a promise (a backport asks the conductor). */
  deserializeEntity(context: Context, value: unknown): unknown
  /** Keys without the `_context_` prefix. */
  serializeContext(context: Context): Readonly<Record<string, unknown>>
  deserializeContext(dict: Readonly<Record<string, unknown>>): Context
}

/** A context of a program that has no class for it. */
export type PlainContext = Readonly<Record<string, unknown>>

/** Leaves JSON values and contexts as they are. */
export const plainSerializer: Serializer<PlainContext> = {
  serializeEntity: (_context, value) => value,
  deserializeEntity: (_context, value) => value,
  serializeContext: context => context,
  deserializeContext: dict => dict,
}
