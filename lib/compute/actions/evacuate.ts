import type { ComputeTaskRpcApi } from '../../conductor/rpcapi.js'
import type { NovaConf } from '../../conf/index.js'
import { ComputeServiceInUse } from '../../exception/index.js'
import { notify } from '../../notifications/index.js'
import {
  ComputeNode,
  Destination,
  type Instance,
  InstanceAction,
  Migration,
  RequestSpec,
} from '../../objects/index.js'
import { checkAction } from '../checks.js'
import { refuseShares } from '../server-shares.js'
import { TaskState, VmState } from '../states.js'
import { type BegunAction, enterTask } from './begin-action.js'
import { isHostUp } from './host-checks.js'

export interface EvacuateParts {
  readonly conf: Pick<NovaConf, 'DEFAULT'>
  readonly conductor: ComputeTaskRpcApi
}

export interface EvacuateRequest {
  /** null: the scheduler's choice */
  readonly host: string | null
  /** The host is taken without the scheduler's word. */
  readonly force: boolean
  /** null: the destination looks for itself */
  readonly onSharedStorage: boolean | null
  readonly adminPassword: string | null
  /** `stopped` (2.95); null: as it was */
  readonly targetState: string | null
}

const rule: BegunAction = {
  name: 'evacuate',
  vmStates: [VmState.active, VmState.stopped, VmState.error],
  taskStates: 'any',
  sets: TaskState.rebuilding,
  recordedAs: 'evacuate',
}

/**
 * Builds a server anew on another host, because its own is down. The migration record tells that host,
 * when it is back, that what it has of the server is to go.
 *
 * @throws ComputeServiceInUse (400) when its host is up
 */
export const evacuate = async (
  { conf, conductor }: EvacuateParts,
  instance: Instance,
  request: EvacuateRequest,
): Promise<void> => {
  const cell = instance.requireContext('evacuate')
  checkAction(cell, instance, rule)
  await refuseShares(cell, instance.uuid)
  const { host: source } = instance
  if (source && (await isHostUp(cell, source, conf.DEFAULT.service_down_time))) {
    throw new ComputeServiceInUse({ host: source })
  }
  const spec = await RequestSpec.getByInstanceUuid(cell, instance.uuid)
  const { host } = request
  if (host !== null && !request.force) {
    const node = await ComputeNode.getFirstNodeByHostForOldCompat(cell, host)
    spec.requestedDestination = new Destination(null, { host, node: node.hypervisorHostname })
  }
  await enterTask(instance, rule)
  await InstanceAction.actionStart(cell, instance.uuid, rule.recordedAs, { wantResult: false })
  const migration = new Migration(cell, {
    sourceCompute: source,
    sourceNode: instance.node,
    instanceUuid: instance.uuid,
    status: 'accepted',
    migrationType: 'evacuation',
    ...(host === null ? {} : { destCompute: host }),
  })
  await migration.create()
  await notify(cell, 'instance.evacuate', { instance })
  await conductor.rebuildInstance(cell, {
    instance,
    new_pass: request.adminPassword,
    injected_files: null,
    image_ref: null,
    orig_image_ref: null,
    orig_sys_metadata: null,
    bdms: null,
    recreate: true,
    on_shared_storage: request.onSharedStorage,
    preserve_ephemeral: false,
    host: request.force ? host : null,
    request_spec: spec,
    reimage_boot_volume: false,
    ...(request.targetState ? { target_state: request.targetState } : {}),
  })
}
