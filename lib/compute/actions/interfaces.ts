import type { Instance } from '../../objects/index.js'
import { type ActionRule, checkAction } from '../checks.js'
import type { WantedInterface } from '../interfaces.js'
import type { ComputeRpcApi } from '../rpcapi.js'
import { VmState } from '../states.js'
import { type BegunAction, beginAction } from './begin-action.js'

const vmStates = [VmState.active, VmState.paused, VmState.stopped]

const attachRule: BegunAction = {
  name: 'attach_interface',
  vmStates,
  needsHost: true,
  recordedAs: 'attach_interface',
}

const detachRule: BegunAction = {
  name: 'detach_interface',
  vmStates,
  needsHost: true,
  recordedAs: 'detach_interface',
}

const fixedIpRule = (name: string): ActionRule => ({
  name,
  taskStates: 'any',
  mustHaveLaunched: false,
  needsHost: true,
})

/**
 * Puts an interface into a server, and waits for it.
 *
 * @returns the id of its port
 * @throws what the host refuses with: NetworkNotFound, PortInUse, InterfaceAttachFailed, …
 */
export const attachInterface = async (
  rpc: ComputeRpcApi,
  instance: Instance,
  wanted: WantedInterface,
): Promise<string> => {
  const context = await beginAction(instance, attachRule)
  return (await rpc.attachInterface(context, instance, wanted)).id
}

export const detachInterface = async (
  rpc: ComputeRpcApi,
  instance: Instance,
  portId: string,
): Promise<void> => {
  const context = await beginAction(instance, detachRule)
  await rpc.detachInterface(context, instance, portId)
}

/** One address more in the network. Nothing is recorded of it. */
export const addFixedIp = async (
  rpc: ComputeRpcApi,
  instance: Instance,
  networkId: string,
): Promise<void> => {
  const context = instance.requireContext('addFixedIp')
  checkAction(context, instance, fixedIpRule('addFixedIp'))
  await rpc.addFixedIpToInstance(context, instance, networkId)
}

export const removeFixedIp = async (
  rpc: ComputeRpcApi,
  instance: Instance,
  address: string,
): Promise<void> => {
  const context = instance.requireContext('removeFixedIp')
  checkAction(context, instance, fixedIpRule('removeFixedIp'))
  await rpc.removeFixedIpFromInstance(context, instance, address)
}
