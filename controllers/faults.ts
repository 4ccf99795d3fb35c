import { NovaException } from '../lib/exception/index.js'
import { errors, Fault } from '../lib/wsgi/index.js'

/**
 * Classes of nova's exceptions that are the request's own fault where they come up in a create: what
 * elsewhere is a 404 for the thing asked for, is a 400 for a thing that a body names.
 */
export const asBadRequest: readonly string[] = [
  'Invalid',
  'NotFound',
  'ImageNotActive',
  'ImageBadRequest',
  'ImageNotAuthorized',
  'FlavorMemoryTooSmall',
  'FlavorDiskTooSmall',
]

/** Of a create: what could be had, were it not for somebody or something else. */
export const asConflict: readonly string[] = [
  'PortInUse',
  'NetworkAmbiguous',
  'InstanceExists',
  'NoUniqueMatch',
]

export const asForbidden: readonly string[] = ['QuotaError', 'PortLimitExceeded']

/** Kept as they are, though they stand below a class that is translated. */
const kept = ['Forbidden', 'Conflict', 'ServiceUnavailable']

/**
 * Wraps work whose exceptions mean another status than their own.
 *
 * @param table  status → names of exception classes; those below them too, unless they are named themselves
 */
export const translating = (table: Readonly<Record<number, readonly string[]>>) => {
  const codes = new Map<string, number | null>([
    ...kept.map(name => [name, null] as const),
    ...Object.entries(table).flatMap(([code, names]) =>
      names.map(name => [name, Number(code)] as const),
    ),
  ])
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof NovaException)) throw error
      const name = classNames(error).find(one => codes.has(one))
      const code = name === undefined ? null : codes.get(name)
      if (typeof code !== 'number') throw error
      throw Fault.of(code, error.message, { cause: error })
    }
  }
}

/** Its own class first. */
const classNames = (error: NovaException): string[] => {
  const names: string[] = []
  for (
    let type: unknown = error.constructor;
    typeof type === 'function';
    type = Object.getPrototypeOf(type)
  ) {
    names.push(type.name)
  }
  return names
}

/** Whether a host said that its driver cannot do it; over the wire only the class's name may be left. */
export const isNotImplemented = (error: unknown): boolean => {
  const { name, excType } = Object(error) as { name?: unknown; excType?: unknown }
  return name === 'NotImplementedError' || excType === 'NotImplementedError'
}

/** Wraps work that is a driver's to do. @throws Fault 501 when it cannot */
export const orNotImplemented = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (!isNotImplemented(error)) throw error
    throw errors.notImplemented('Unable to do this: the driver of the host has no such ability.', {
      cause: error,
    })
  }
}
