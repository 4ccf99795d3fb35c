import type { Instance } from '../../objects/index.js'
import { InstanceAction, InstanceMapping } from '../../objects/index.js'
import { checkAction } from '../checks.js'
import type { QuotaEngine } from '../quota.js'
import type { ComputeRpcApi } from '../rpcapi.js'
import { TaskState, VmState } from '../states.js'
import { type BegunAction, enterTask } from './begin-action.js'

export interface RestoreParts {
  readonly quota: QuotaEngine
  readonly compute: ComputeRpcApi
}

const rule: BegunAction = {
  name: 'restore',
  vmStates: [VmState.softDeleted],
  respectsLock: 'untold',
  sets: TaskState.restoring,
  recordedAs: 'restore',
}

/**
 * Brings back a server that was deleted and not yet reclaimed. While it was away it did not count:
 * whether there is room for it is asked anew, of its own project.
 *
 * @throws TooManyInstances (403)
 */
export const restore = async (
  { quota, compute }: RestoreParts,
  instance: Instance,
): Promise<void> => {
  const context = instance.requireContext('restore')
  checkAction(context, instance, rule)
  const { projectId, userId } = instance
  await quota.fitInstances(context.with({ projectId, userId }), instance.flavor, {
    minCount: 1,
    maxCount: 1,
  })
  await InstanceAction.actionStart(context, instance.uuid, rule.recordedAs, { wantResult: false })
  instance.deletedAt = null
  if (instance.host) {
    await enterTask(instance, rule)
  } else {
    instance.vmState = VmState.active
    await instance.save({ expectedTaskState: [null] })
  }
  const mapping = await InstanceMapping.getByInstanceUuid(context, instance.uuid)
  mapping.queuedForDelete = false
  await mapping.save()
  if (instance.host) await compute.restoreInstance(context, instance)
}
