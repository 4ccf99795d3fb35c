import type { Instance } from '../../objects/index.js'
import type { ComputeRpcApi } from '../rpcapi.js'
import { TaskState, VmState } from '../states.js'
import { type BegunAction, beginAction } from './begin-action.js'

const rule: BegunAction = {
  name: 'changePassword',
  vmStates: [VmState.active],
  respectsLock: 'untold',
  needsHost: true,
  sets: TaskState.updatingPassword,
  recordedAs: 'changePassword',
}

/**
 * Sets the administrator's password in the guest, and waits for it.
 *
 * @throws InstancePasswordSetFailed, SetAdminPasswdNotSupported, InstanceAgentNotEnabled,
 *   NotImplementedError (by the host)
 */
export const changePassword = async (
  rpc: ComputeRpcApi,
  instance: Instance,
  password: string,
): Promise<void> => {
  const context = await beginAction(instance, rule)
  await rpc.setAdminPassword(context, instance, password)
}
