import type { RequestContext } from '../../context/index.js'
import {
  BuildAbortException,
  ComputeResourcesUnavailable,
  InstanceFaultRollback,
  MigrationError,
  UnableToMigrateToSelf,
} from '../../exception/index.js'
import { notify } from '../../notifications/index.js'
import { Flavor, type Instance, Migration } from '../../objects/index.js'
import { addInstanceFault, traceback } from '../faults.js'
import type { InstanceArgs } from '../guards.js'
import type { PrepResizeArgs as WireArgs } from '../rpcapi.js'
import { TaskState } from '../states.js'
import {
  erringInstance,
  erringMigration,
  isGone,
  type MoveParts,
  takeBackAllocations,
} from './parts.js'

export type PrepResizeArgs = InstanceArgs & Omit<WireArgs, 'instance'>

/**
 * The destination's beginning of a resize or cold migration: room is held here, and the source is told
 * to send the disks. A host that cannot take it passes it on to the next of its alternates, by way of
 * the conductor (contract: flows.md 5).
 */
export const prepareResize = async (
  parts: MoveParts,
  context: RequestContext,
  args: PrepResizeArgs,
): Promise<void> => {
  const { instance, migration } = args
  if (!(migration instanceof Migration)) throw new TypeError('prep_resize needs a Migration')
  await erringMigration(parts, migration, () =>
    erringInstance(parts, instance, async () => {
      try {
        await claimAndSend(parts, context, args, migration)
      } catch (error) {
        await takeBackAllocations(parts, context, instance, migration)
        if (error instanceof BuildAbortException || isGone(error)) throw error
        await notify(context, 'instance.resize.error', { instance, error })
        if (!(await passOn(parts, context, args, error))) throw error
      }
    }),
  )
}

const claimAndSend = async (
  { services, tracker }: MoveParts,
  context: RequestContext,
  args: PrepResizeArgs,
  migration: Migration,
): Promise<void> => {
  const { instance, flavor } = args
  const { host, driver, compute } = services
  if (!(flavor instanceof Flavor)) throw new TypeError('prep_resize needs a Flavor')
  const { host: source } = instance
  if (!source) throw new MigrationError({ reason: 'Instance has no source host' })
  if (source === host && flavor.id === instance.instanceTypeId) refuseSelf(driver, instance, host)
  const node = args.node ?? tracker.nodename
  if (!node) throw new ComputeResourcesUnavailable({ reason: 'this host has no node yet' })
  instance.newFlavor = flavor
  instance.systemMetadata = { ...instance.systemMetadata, old_vm_state: instance.vmState }
  await instance.save()
  const { limits = {} } = args.filter_properties
  const claim = await tracker.moveClaim(instance, node, flavor, migration, limits)
  try {
    await compute.resizeInstance(context, source, {
      instance,
      migration,
      image: args.image,
      flavor,
      clean_shutdown: args.clean_shutdown,
      request_spec: args.request_spec,
    })
  } catch (error) {
    await claim.abort(context)
    throw error
  }
}

/** What changes neither flavor nor host needs a hypervisor that can do it. */
const refuseSelf = (
  { capabilities }: MoveParts['services']['driver'],
  instance: Instance,
  host: string,
): void => {
  if (capabilities.supportsMigrateToSameHost) return
  const cause = new UnableToMigrateToSelf({ instance_id: instance.uuid, host })
  const error = new InstanceFaultRollback({ inner_exception: cause.message })
  error.cause = cause
  throw error
}

/** @returns false when nothing else is to be tried */
const passOn = async (
  { services }: MoveParts,
  context: RequestContext,
  args: PrepResizeArgs,
  failure: unknown,
): Promise<boolean> => {
  const { instance, flavor, filter_properties: properties } = args
  const { computeTask, host, log } = services
  const { retry } = properties
  if (!retry) return false
  const reason = failure instanceof Error ? failure.message : String(failure)
  log.warn({ err: failure, instance: instance.uuid }, 'cannot take a server; trying another host')
  instance.taskState = TaskState.resizePrep
  await instance.save()
  await computeTask.migrateServer(context, {
    instance,
    scheduler_hint: {
      filter_properties: {
        ...properties,
        retry: { ...retry, exc: traceback(failure).split(/(?<=\n)/), exc_reason: reason },
      },
    },
    live: false,
    rebuild: false,
    flavor,
    block_migration: null,
    disk_over_commit: null,
    reservations: null,
    clean_shutdown: args.clean_shutdown,
    request_spec: args.request_spec,
    host_list: args.host_list,
  })
  await addInstanceFault(context, host, instance, failure)
  return true
}
