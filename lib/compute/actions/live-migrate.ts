import type { ComputeTaskRpcApi } from '../../conductor/rpcapi.js'
import { ComputeNode, Destination, type Instance, RequestSpec } from '../../objects/index.js'
import { checkAction } from '../checks.js'
import { refuseShares } from '../server-shares.js'
import { TaskState, VmState } from '../states.js'
import { type BegunAction, beginAction } from './begin-action.js'

export interface LiveMigrateRequest {
  /** null: the scheduler's choice */
  readonly host: string | null
  /** The host is taken without the scheduler's word. */
  readonly force: boolean
  /** null: as the hosts' storage asks for */
  readonly blockMigration: boolean | null
  /** null: not asked for */
  readonly diskOverCommit: boolean | null
  /** False: it is waited for until the source begins, or something forbids it. */
  readonly isAsync: boolean
}

const rule: BegunAction = {
  name: 'os-migrateLive',
  vmStates: [VmState.active, VmState.paused],
  sets: TaskState.migrating,
  recordedAs: 'live-migration',
}

/**
 * Moves a server to another host while it runs.
 *
 * @throws ComputeHostNotFound; and, unless async, what forbids the move (400)
 */
export const liveMigrate = async (
  conductor: ComputeTaskRpcApi,
  instance: Instance,
  { host, force, isAsync, ...request }: LiveMigrateRequest,
): Promise<void> => {
  const cell = instance.requireContext(rule.name)
  checkAction(cell, instance, rule)
  await refuseShares(cell, instance.uuid)
  const node = host === null ? null : await ComputeNode.getFirstNodeByHostForOldCompat(cell, host)
  const spec = await RequestSpec.getByInstanceUuid(cell, instance.uuid)
  if (node && !force) {
    spec.requestedDestination = new Destination(null, {
      host: node.host ?? '',
      node: node.hypervisorHostname,
    })
  }
  await beginAction(instance, rule)
  const args = {
    instance,
    scheduler_hint: { host: force ? host : null },
    block_migration: request.blockMigration,
    disk_over_commit: request.diskOverCommit,
    request_spec: spec,
  }
  if (isAsync) await conductor.liveMigrateInstance(cell, args)
  else await conductor.migrateServerLive(cell, args)
}
