import type { RequestContext } from '../context/index.js'
import { NovaException } from '../exception/index.js'
import { type Instance, InstanceFault } from '../objects/index.js'

/** Characters of a fault's message; the column holds no more. */
const MESSAGE_LENGTH = 255

/**
 * The text of an error that may be shown to users: nova's own exceptions speak for themselves, of
 * others only the class is told (their texts carry paths, hosts, SQL).
 */
export const faultMessage = (error: unknown): string => {
  const text =
    error instanceof NovaException ? error.message : error instanceof Error ? error.name : 'Error'
  return text.slice(0, MESSAGE_LENGTH)
}

/**
 * An error as nova writes tracebacks: for admins' eyes. What the scheduler tells of the hosts that it
 * dropped comes first.
 */
export const traceback = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const stack = error.stack ?? `${error.name}: ${error.message}`
  const explanation = error instanceof NovaException ? error.kwargs.explanation : undefined
  return typeof explanation === 'string' ? `${explanation}\n${stack}` : stack
}

/** Writes down what went wrong with an instance: shown as its `fault`. */
export const addInstanceFault = async (
  context: RequestContext,
  host: string,
  instance: Instance,
  error: unknown,
): Promise<void> => {
  const code = error instanceof NovaException ? error.code : 500
  const fault = new InstanceFault(context, {
    instanceUuid: instance.uuid,
    code,
    message: faultMessage(error),
    details: code === 500 ? traceback(error) : '',
    host,
  })
  await fault.create()
}
