/** Arguments by keyword, as on the wire. */
type Args = Readonly<Record<string, unknown>>

/** One version that a method may be sent with. */
export interface Rendering {
  readonly version: string
  /** What its arguments become on the way down to it from the version before; they may be refused. */
  readonly change?: (args: Args) => Args
  /** Only messages that need it are sent with it. */
  readonly when?: (args: Args) => boolean
}

/** Newest first. */
export type Renderings = readonly [Rendering, ...Rendering[]]

/**
 * The newest version of a method that may be sent, and its arguments as they were then. Where none may, the
 * oldest is given, which the client refuses (RPCVersionCapError), unless `tooOld` says it better.
 *
 * @throws what a change refuses with, and what `tooOld` gives
 */
export const render = (
  caller: { canSendVersion(version: string): boolean },
  [newest, ...older]: Renderings,
  args: Args,
  tooOld?: (required: string) => Error,
): { readonly version: string; readonly args: Args } => {
  let rendering = newest
  let rendered = newest.change?.(args) ?? args
  for (const next of older) {
    const { version, when } = rendering
    if ((when?.(rendered) ?? true) && caller.canSendVersion(version)) break
    rendering = next
    rendered = next.change?.(rendered) ?? rendered
  }
  const { version } = rendering
  if (tooOld && !caller.canSendVersion(version)) throw tooOld(newest.version)
  return { version, args: rendered }
}

/** A change that leaves arguments out. */
export const without =
  (...names: readonly string[]) =>
  (args: Args): Args =>
    Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name)))

/** A change that leaves an argument out, and refuses where it says something. */
export const refusing =
  (name: string, error: () => Error) =>
  (args: Args): Args => {
    const value = args[name]
    const isEmpty = Array.isArray(value) && value.length === 0
    if (value && !isEmpty) throw error()
    return without(name)(args)
  }
