import type { RequestContext } from '../../context/index.js'
import { MigrationNotFoundByStatus } from '../../exception/index.js'
import { type Instance, InstanceAction, Migration, RequestSpec } from '../../objects/index.js'
import type { AvailabilityZones } from '../availability-zones.js'
import { type ActionRule, checkAction } from '../checks.js'
import type { QuotaEngine } from '../quota.js'
import type { ComputeRpcApi } from '../rpcapi.js'
import { TaskState, VmState } from '../states.js'
import { type BegunAction, enterTask } from './begin-action.js'
import { isHostUp } from './host-checks.js'

export interface EndResizeParts {
  readonly compute: ComputeRpcApi
  readonly quota: QuotaEngine
  readonly zones: AvailabilityZones
}

const confirmRule: ActionRule = { name: 'confirmResize', vmStates: [VmState.resized] }

const revertRule: BegunAction = {
  name: 'revertResize',
  vmStates: [VmState.resized],
  sets: TaskState.resizeReverting,
  recordedAs: 'revertResize',
}

/**
 * The resized server is well: what was kept for the way back goes.
 *
 * @param migration  the one to confirm; absent: the finished one
 * @throws MigrationNotFoundByStatus (400)
 */
export const confirmResize = async (
  compute: ComputeRpcApi,
  instance: Instance,
  migration?: Migration,
): Promise<void> => {
  const context = instance.requireContext('confirmResize')
  checkAction(context, instance, confirmRule)
  const finished =
    migration ?? (await Migration.getByInstanceAndStatus(context, instance.uuid, 'finished'))
  await confirmBy(context, compute, instance, finished)
}

/**
 * Of a server that is about to be deleted: waits until its source has nothing of it any more, unless
 * that one is down; it does its part then when it is back.
 *
 * @param downTime  seconds; `[DEFAULT] service_down_time`
 */
export const confirmBeforeDelete = async (
  compute: ComputeRpcApi,
  instance: Instance,
  downTime: number,
): Promise<void> => {
  const context = instance.requireContext('delete')
  const migration =
    (await migrationWith(context, instance, 'finished')) ??
    (await migrationWith(context, instance, 'confirming'))
  if (!migration?.sourceCompute) return
  const wait = await isHostUp(context, migration.sourceCompute, downTime)
  await confirmBy(context, compute, instance, migration, { wait })
}

const confirmBy = async (
  context: RequestContext,
  compute: ComputeRpcApi,
  instance: Instance,
  migration: Migration,
  options: { readonly wait?: boolean } = {},
): Promise<void> => {
  migration.status = 'confirming'
  await migration.save()
  await InstanceAction.actionStart(context, instance.uuid, 'confirmResize', { wantResult: false })
  const { sourceCompute } = migration
  if (!sourceCompute) throw new Error(`migration ${migration.uuid} has no source`)
  await compute.confirmResize(context, sourceCompute, instance, migration, options)
}

/**
 * The resized server goes back to its old host and flavor.
 *
 * @throws MigrationNotFoundByStatus (400), TooManyInstances (403) when it was larger before
 */
export const revertResize = async (
  { compute, quota, zones }: EndResizeParts,
  instance: Instance,
): Promise<void> => {
  const context = instance.requireContext('revertResize')
  checkAction(context, instance, revertRule)
  const migration = await Migration.getByInstanceAndStatus(context, instance.uuid, 'finished')
  const { sourceCompute, destCompute } = migration
  if (!sourceCompute || !destCompute) throw new Error(`migration ${migration.uuid} has no hosts`)
  await instance.load('oldFlavor')
  const oldFlavor = instance.oldFlavor ?? instance.flavor
  await quota.checkUpsize(context, instance, instance.flavor, oldFlavor)
  const spec = await RequestSpec.getByInstanceUuid(context, instance.uuid)
  spec.flavor = oldFlavor
  await spec.save()
  instance.availabilityZone = await zones.zoneOf(context, sourceCompute)
  await enterTask(instance, revertRule)
  migration.status = 'reverting'
  await migration.save()
  await InstanceAction.actionStart(context, instance.uuid, revertRule.recordedAs, {
    wantResult: false,
  })
  await compute.revertResize(context, destCompute, { instance, migration, request_spec: spec })
}

const migrationWith = async (
  context: RequestContext,
  { uuid }: Instance,
  status: string,
): Promise<Migration | null> => {
  try {
    return await Migration.getByInstanceAndStatus(context, uuid, status)
  } catch (error) {
    if (error instanceof MigrationNotFoundByStatus) return null
    throw error
  }
}
