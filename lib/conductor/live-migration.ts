import { addInstanceFault } from '../compute/faults.js'
import { isServiceUp } from '../compute/service-up.js'
import { PowerState, TaskState, VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import {
  ComputeServiceUnavailable,
  DestinationHypervisorTooOld,
  InstanceInvalidState,
  Invalid,
  InvalidHypervisorType,
  MaxRetriesExceeded,
  MigrationError,
  MigrationPreCheckError,
  NovaException,
  PortBindingFailed,
  UnableToMigrateToSelf,
} from '../exception/index.js'
import {
  AggregateList,
  type ComputeNode,
  type Instance,
  Migration,
  RequestSpec,
  Service,
} from '../objects/index.js'
import { MessagingTimeout } from '../rpc/index.js'
import { claimOnForcedHost, holdSource, nodeOf, releaseSource } from './move-allocations.js'
import type { LiveMigrateArgs } from './rpcapi.js'
import { fillGroup, restrictToCell, selectDestinations } from './scheduling.js'
import type { ConductorServices } from './services.js'
import { tellFailed } from './tell-failed.js'

interface Move {
  readonly services: ConductorServices
  readonly inCell: RequestContext
  readonly instance: Instance
  readonly args: Omit<LiveMigrateArgs, 'instance'>
  readonly source: string
  readonly migration: Migration
}

interface Destination {
  readonly node: ComputeNode
  readonly data: object
}

/** What forbids a move, and changes nothing of the server: anything else leaves it in error. */
const refusals = new Set([
  'NoValidHost',
  'MaxRetriesExceeded',
  'ComputeHostNotFound',
  'ComputeServiceUnavailable',
  'InvalidHypervisorType',
  'InvalidCPUInfo',
  'UnableToMigrateToSelf',
  'DestinationHypervisorTooOld',
  'InvalidLocalStorage',
  'InvalidSharedStorage',
  'HypervisorUnavailable',
  'InstanceInvalidState',
  'MigrationPreCheckError',
  'MigrationSchedulerRPCError',
])

/**
 * Moves a server to another host while it runs: finds one that can take it, and has the source begin
 * (nova's LiveMigrationTask; contract: flows.md 6).
 *
 * @throws what forbids it; MigrationError for anything else
 */
export const liveMigrate = async (
  services: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  args: Omit<LiveMigrateArgs, 'instance'>,
): Promise<void> => {
  const migration = new Migration(inCell, {
    destCompute: args.scheduler_hint.host ?? null,
    status: 'accepted',
    instanceUuid: instance.uuid,
    sourceCompute: instance.host,
    migrationType: 'live-migration',
    oldInstanceTypeId: instance.flavor.id,
    newInstanceTypeId: instance.flavor.id,
  })
  await migration.create()
  const { host: source } = instance
  if (!source) throw new MigrationError({ reason: 'Instance has no source host' })
  try {
    await begin({ services, inCell, instance, args, source, migration })
  } catch (error) {
    const isRefusal = error instanceof NovaException && refusals.has(error.constructor.name)
    services.log.warn({ err: error, instance: instance.uuid }, 'cannot migrate a server live')
    instance.taskState = null
    if (!isRefusal) instance.vmState = VmState.error
    await instance.save({ expectedTaskState: TaskState.migrating })
    await addInstanceFault(inCell, services.host, instance, error)
    await tellFailed(inCell, 'migrate_server', instance, error, args.request_spec)
    if (migration.status !== 'failed') migration.status = 'error'
    await migration.save()
    if (isRefusal) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const failure = new MigrationError({ reason })
    failure.cause = error
    throw failure
  }
}

const begin = async (move: Move): Promise<void> => {
  const { services, inCell, instance, args, source, migration } = move
  checkRuns(instance)
  await checkIsUp(move, source)
  const held = await holdSource(services, inCell, instance, migration)
  try {
    const { node, data } = args.scheduler_hint.host
      ? await forced(move, args.scheduler_hint.host)
      : await found(move)
    const destination = node.host ?? ''
    instance.availabilityZone = await zoneOf(services, inCell, destination)
    migration.sourceNode = instance.node
    migration.destNode = node.hypervisorHostname
    migration.destCompute = destination
    await migration.save()
    await services.compute.liveMigration(inCell, source, {
      instance,
      dest: destination,
      block_migration: args.block_migration,
      migration,
      migrate_data: data,
    })
  } catch (error) {
    if (held) await releaseSource(services, inCell, instance, migration)
    const { destCompute } = migration
    if (destCompute) await unbindAhead(move, destCompute)
    throw error
  }
}

/** What fails of it must not hide why the server stays. */
const unbindAhead = async (
  { services: { network, log }, inCell, instance }: Move,
  host: string,
): Promise<void> => {
  try {
    await network.deleteBindings(inCell, instance, host)
  } catch (error) {
    log.error({ err: error, instance: instance.uuid, host }, 'cannot delete bindings of ports')
  }
}

const checkRuns = ({ uuid, powerState }: Instance): void => {
  if (powerState === PowerState.running || powerState === PowerState.paused) return
  throw new InstanceInvalidState({
    instance_uuid: uuid,
    attr: 'power_state',
    state: powerState,
    method: 'live migrate',
  })
}

/** @throws ComputeServiceUnavailable */
const checkIsUp = async ({ services, inCell }: Move, host: string): Promise<void> => {
  const service = await Service.getByComputeHost(inCell, host)
  if (service && isServiceUp(service, services.serviceDownTime)) return
  throw new ComputeServiceUnavailable({ host })
}

/** The host that was forced: nobody asks the scheduler. */
const forced = async (move: Move, host: string): Promise<Destination> => {
  const { services, inCell, instance, source, migration } = move
  if (host === source) throw new UnableToMigrateToSelf({ instance_id: instance.uuid, host })
  await checkIsUp(move, host)
  const node = await nodeOf(inCell, host)
  checkMemory(node, instance)
  await checkHypervisor(move, node)
  await claimOnForcedHost(services, inCell, instance, migration.uuid, node)
  return { node, data: await check(move, host) }
}

const checkMemory = ({ host, freeRamMb }: ComputeNode, { uuid, memoryMb }: Instance): void => {
  const [free, needed] = [freeRamMb ?? 0, memoryMb ?? 0]
  if (needed > 0 && free > needed) return
  throw new MigrationPreCheckError({
    reason: `Unable to migrate ${uuid} to ${host}: Lack of memory(host:${free} <= instance:${needed})`,
  })
}

/** The first of the scheduler's hosts that says it can; those that cannot are asked for no more. */
const found = async (move: Move): Promise<Destination> => {
  const { services, inCell, instance, args, source } = move
  const spec =
    args.request_spec instanceof RequestSpec
      ? args.request_spec
      : await RequestSpec.getByInstanceUuid(inCell, instance.uuid)
  spec.flavor = (await instance.load('flavor')).flavor
  await restrictToCell(inCell, spec)
  const attempted = [source]
  for (;;) {
    await checkRetries(move, attempted.length - 1)
    spec.ignoreHosts = attempted
    await fillGroup(inCell, spec)
    const [hosts] = await selectDestinations(services, inCell, spec, [instance.uuid], {
      alternates: false,
    })
    const [chosen] = hosts ?? []
    if (!chosen) throw new TypeError('the scheduler answered with no host')
    try {
      const node = await nodeOf(inCell, chosen.serviceHost, chosen.nodename)
      await checkHypervisor(move, node)
      return { node, data: await check(move, chosen.serviceHost) }
    } catch (error) {
      if (!(error instanceof MigrationPreCheckError || error instanceof Invalid)) throw error
      const fields = { err: error, instance: instance.uuid, host: chosen.serviceHost }
      services.log.info(fields, 'a host cannot take a live migration')
      attempted.push(chosen.serviceHost)
      await services.claims.removeAllocations(inCell, instance.uuid, chosen.computeNodeUuid)
    }
  }
}

/** @throws MaxRetriesExceeded; `[DEFAULT] migrate_max_retries`, -1: as many as there are hosts */
const checkRetries = async (
  { services: { migrateMaxRetries: most }, instance, migration }: Move,
  retries: number,
): Promise<void> => {
  if (most < 0 || retries <= most) return
  migration.status = 'failed'
  await migration.save()
  throw new MaxRetriesExceeded({
    reason: `Exceeded max scheduling retries ${most} for instance ${instance.uuid} during live migration`,
  })
}

/** @throws InvalidHypervisorType, DestinationHypervisorTooOld */
const checkHypervisor = async (
  { inCell, instance, source }: Move,
  node: ComputeNode,
): Promise<void> => {
  const here = await nodeOf(inCell, source, instance.node)
  if (here.hypervisorType !== node.hypervisorType) throw new InvalidHypervisorType()
  if (here.hypervisorVersion > node.hypervisorVersion) throw new DestinationHypervisorTooOld()
}

/** Asks both hosts. @throws MigrationPreCheckError when one does not answer in time */
const check = async (
  { services, inCell, instance, args, migration }: Move,
  host: string,
): Promise<object> => {
  try {
    const data = await services.compute.checkCanLiveMigrateDestination(inCell, host, {
      instance,
      block_migration: args.block_migration,
      disk_over_commit: args.disk_over_commit,
      migration,
      limits: null,
    })
    await services.network.bindPortsAhead(inCell, instance, host)
    return data
  } catch (error) {
    if (error instanceof PortBindingFailed) {
      throw new MigrationPreCheckError({ reason: error.message })
    }
    if (!(error instanceof MessagingTimeout)) throw error
    throw new MigrationPreCheckError({
      reason: `Timeout while checking if we can live migrate to host: ${host}`,
    })
  }
}

/** Zones are metadata of the aggregates that a host is in. */
const zoneOf = async (
  { defaultZone }: ConductorServices,
  context: RequestContext,
  host: string,
): Promise<string> => {
  const { objects } = await AggregateList.getByHost(context.elevated(), host, {
    key: 'availability_zone',
  })
  return objects[0]?.metadata?.availability_zone ?? defaultZone
}
