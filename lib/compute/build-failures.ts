import {
  BuildAbortException,
  FlavorDiskTooSmall,
  FlavorMemoryTooSmall,
  ImageNotActive,
  ImageUnacceptable,
  InstanceNotFound,
  NoMoreFixedIps,
  RescheduledException,
  UnexpectedDeletingTaskStateError,
  VirtualInterfaceCreateException,
} from '../exception/index.js'
import type { Instance } from '../objects/index.js'
import { faultMessage } from './faults.js'

/** The instance was deleted, or is about to be. */
export const isGone = (error: unknown): boolean =>
  error instanceof InstanceNotFound || error instanceof UnexpectedDeletingTaskStateError

/** Failures that another host would not cure. */
const aborting = [
  FlavorDiskTooSmall,
  FlavorMemoryTooSmall,
  ImageNotActive,
  ImageUnacceptable,
  NoMoreFixedIps,
  VirtualInterfaceCreateException,
] as const

/** Sorts what a build failed of: gone, aborted, or to be tried elsewhere. */
export const sortedFailure = (error: unknown, instance: Instance): unknown => {
  if (isGone(error) || error instanceof BuildAbortException) return error
  const values = { instance_uuid: instance.uuid, reason: reasonOf(error) }
  const type = aborting.some(one => error instanceof one)
    ? BuildAbortException
    : RescheduledException
  const sortedError = new type(values)
  sortedError.cause = error
  return sortedError
}

/** nova's `str(error)`: it goes into filter_properties, for admins and the next host. */
const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : faultMessage(error)
