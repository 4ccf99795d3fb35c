import { InstanceNotFound } from '../../exception/index.js'
import { type Instance, InstanceAction } from '../../objects/index.js'
import type { VmState } from '../states.js'

/**
 * Says by force how a server stands, for administrators who know better: whatever was under way is
 * forgotten.
 *
 * @throws InstanceNotFound for one that waits for its first host: it has no state of its own yet
 */
export const resetState = async (
  instance: Instance,
  vmState: typeof VmState.active | typeof VmState.error,
): Promise<void> => {
  if (!instance.isSet('id')) throw new InstanceNotFound({ instance_id: instance.uuid })
  const context = instance.requireContext('resetState')
  await InstanceAction.actionStart(context, instance.uuid, 'resetState', { wantResult: false })
  instance.vmState = vmState
  instance.taskState = null
  await instance.save({ adminStateReset: true })
  await InstanceAction.actionFinish(context, instance.uuid, { wantResult: false })
}
