import { NovaException } from '../lib/exception/index.js'
import { errors, Fault, isException } from '../lib/wsgi/index.js'

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
  'NoUniqueMatch',
]

export const asForbidden: readonly string[] = ['QuotaError', 'PortLimitExceeded']

/** Kept as they are, though they stand below a class that is translated. */
const kept = [
  'Forbidden',
  'Conflict',
  'ServiceUnavailable',
  'PortInUse',
  'NetworkAmbiguous',
  'InstanceExists',
]

/**
 * Wraps work whose exceptions mean another status than their own.
 *
 * @param table  status → names of exception classes; those below them too
 */
export const translating = (table: Readonly<Record<number, readonly string[]>>) => {
  const entries = Object.entries(table).map(([code, names]) => ({ code: Number(code), names }))
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof NovaException) || kept.some(name => isException(error, name)))
        throw error
      const entry = entries.find(({ names }) => names.some(name => isException(error, name)))
      if (!entry) throw error
      throw Fault.of(entry.code, error.message, { cause: error })
    }
  }
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
