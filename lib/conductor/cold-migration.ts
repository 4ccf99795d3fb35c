import { addInstanceFault } from '../compute/faults.js'
import { wrapInstanceEvent } from '../compute/guards.js'
import type { FilterProperties } from '../compute/rpcapi.js'
import { VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import { MaxRetriesExceeded, NoValidHost } from '../exception/index.js'
import {
  Flavor,
  type Instance,
  Migration,
  MigrationList,
  RequestSpec,
  Selection,
} from '../objects/index.js'
import { claimFirst } from './claim-first.js'
import { legacyFilterProperties, withAttempt, withHost } from './filter-properties.js'
import { imageDictOf } from './image-dict.js'
import { holdSource, releaseSource } from './move-allocations.js'
import type { MigrateServerArgs } from './rpcapi.js'
import { fillGroup, restrictToCell, selectDestinations } from './scheduling.js'
import type { ConductorServices } from './services.js'
import { tellFailed } from './tell-failed.js'

/** One attempt to send a server elsewhere. */
interface Attempt {
  readonly instance: Instance
  readonly flavor: Flavor
  readonly spec: RequestSpec
  readonly properties: FilterProperties
  readonly migration: Migration
}

/**
 * Resizes a server, or migrates it cold: finds it a host and has that one begin (nova's MigrationTask;
 * contract: flows.md 5). What fails here leaves the server as it was, with a fault.
 *
 * @throws NoValidHost, UnsupportedPolicyException, …
 */
export const coldMigrate = (
  services: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  args: MigrateServerArgs,
): Promise<void> =>
  wrapInstanceEvent(
    services.host,
    'cold_migrate',
  )(async () => {
    const { flavor } = args
    if (!(flavor instanceof Flavor)) throw new TypeError('migrate_server needs a Flavor')
    const spec =
      args.request_spec instanceof RequestSpec
        ? args.request_spec.bind(inCell)
        : await RequestSpec.getByInstanceUuid(inCell, instance.uuid)
    try {
      spec.flavor = flavor
      await migrate(services, inCell, instance, flavor, spec, args)
      await keepFlavor(inCell, instance, flavor)
    } catch (error) {
      instance.vmState ??= VmState.active
      instance.taskState = null
      await instance.save()
      await addInstanceFault(inCell, services.host, instance, error)
      await tellFailed(inCell, 'migrate_server', instance, error, spec)
      if (!(error instanceof NoValidHost)) throw error
      const isResize = flavor.id !== instance.instanceTypeId
      throw new NoValidHost({
        reason: `No valid host found for ${isResize ? 'resize' : 'cold migrate'}`,
      })
    }
  })(inCell, { instance })

/** What the server is from now on; a revert puts it back. */
const keepFlavor = async (
  inCell: RequestContext,
  { uuid, instanceTypeId }: Instance,
  flavor: Flavor,
): Promise<void> => {
  if (flavor.id === instanceTypeId) return
  const stored = await RequestSpec.getByInstanceUuid(inCell, uuid)
  stored.flavor = flavor
  await stored.save()
}

const migrate = async (
  services: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  flavor: Flavor,
  spec: RequestSpec,
  args: MigrateServerArgs,
): Promise<void> => {
  await restrictToCell(inCell, spec)
  const migration = await migrationFor(inCell, instance, flavor)
  const held = await holdSource(services, inCell, instance, migration)
  try {
    const properties = withAttempt(
      { ...legacyFilterProperties(spec), ...args.scheduler_hint.filter_properties },
      instance.uuid,
      services.maxAttempts,
    )
    await send(services, inCell, args, { instance, flavor, spec, properties, migration })
  } catch (error) {
    migration.status = 'error'
    await migration.save()
    if (held) await releaseSource(services, inCell, instance, migration)
    throw error
  }
}

/** A further attempt goes on with the record of the first. */
const migrationFor = async (
  inCell: RequestContext,
  instance: Instance,
  flavor: Flavor,
): Promise<Migration> => {
  const type = flavor.id === instance.instanceTypeId ? 'migration' : 'resize'
  const begun = await MigrationList.getByFilters(inCell, {
    instance_uuid: instance.uuid,
    migration_type: type,
    status: 'pre-migrating',
  })
  const [known] = begun.objects
  if (known) return known
  const migration = new Migration(inCell, {
    oldInstanceTypeId: instance.flavor.id,
    newInstanceTypeId: flavor.id,
    status: 'pre-migrating',
    instanceUuid: instance.uuid,
    sourceCompute: instance.host,
    sourceNode: instance.node,
    migrationType: type,
  })
  await migration.create()
  return migration
}

const send = async (
  services: ConductorServices,
  inCell: RequestContext,
  args: MigrateServerArgs,
  { instance, flavor, spec, properties, migration }: Attempt,
): Promise<void> => {
  const [chosen, ...alternates] = await hostsFor(services, inCell, instance, spec, args)
  if (!chosen) throw exhausted(instance)
  instance.availabilityZone = chosen.get('availabilityZone') ?? null
  await services.compute.prepResize(inCell, chosen.serviceHost, {
    instance,
    flavor,
    image: imageDictOf(spec.get('image') ?? null),
    request_spec: spec,
    filter_properties: withHost(properties, chosen),
    node: chosen.nodename,
    migration,
    clean_shutdown: args.clean_shutdown ?? true,
    host_list: alternates,
  })
}

/** @returns the chosen host, claimed, and after it those to try next */
const hostsFor = async (
  services: ConductorServices,
  inCell: RequestContext,
  instance: Instance,
  spec: RequestSpec,
  args: MigrateServerArgs,
): Promise<readonly Selection[]> => {
  if (args.host_list) {
    const hosts = args.host_list.filter(host => host instanceof Selection)
    return claimFirst(inCell, services.claims, hosts, instance, spec)
  }
  await fillGroup(inCell, spec)
  return (await selectDestinations(services, inCell, spec, [instance.uuid]))[0] ?? []
}

const exhausted = (instance: Instance): MaxRetriesExceeded =>
  new MaxRetriesExceeded({
    reason: `Exhausted all hosts available for retrying build failures for instance ${instance.uuid}.`,
  })
