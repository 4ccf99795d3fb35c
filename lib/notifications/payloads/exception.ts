import { NovaException } from '../../exception/index.js'
import { novaObject, string } from '../../objects/index.js'

/** What went wrong: of the innermost place of ours that it passed. For operators' eyes, as logs are. */
export class ExceptionPayload extends novaObject('ExceptionPayload', '1.1', {
  module_name: string(),
  function_name: string(),
  exception: string(),
  exception_message: string(),
  traceback: string(),
}) {
  static of(error: unknown): ExceptionPayload {
    const known = error instanceof Error ? error : new Error(String(error))
    const { module, name } = placeOf(known.stack ?? '')
    return new ExceptionPayload(null, {
      moduleName: module,
      functionName: name,
      exception: classOf(known),
      exceptionMessage: known.message,
      traceback: known.stack ?? `${known.name}: ${known.message}`,
    })
  }
}

/** nova's name of it, or the class's. */
export const classOf = (error: Error): string =>
  error instanceof NovaException ? error.name : error.constructor.name

const frame =
  /^\s*at (?:async )?(?:(?<name>[^\s(]+) )?.*?\/(?<path>(?:lib|controllers|extensions)\/[\w./-]+)\.[jt]s:\d+/m

/** `lib.compute.build` and the function, of the first frame that is a module of ours. */
const placeOf = (stack: string): { module: string; name: string } => {
  const { path, name } = frame.exec(stack)?.groups ?? {}
  const module = path?.replaceAll('/', '.') ?? 'unknown'
  return { module, name: name?.split('.').at(-1) ?? 'unknown' }
}
