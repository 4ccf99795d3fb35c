import { Diagnostics, type Instance } from '../../objects/index.js'
import { checkAction } from '../checks.js'
import type { ComputeRpcApi } from '../rpcapi.js'

const anyState = {
  taskStates: 'any',
  mustHaveLaunched: false,
  respectsLock: false,
  needsHost: true,
} as const

/** As ComputeApi.getConsoleOutput. */
export const consoleOutput = async (
  compute: ComputeRpcApi,
  instance: Instance,
  length: number | null,
): Promise<string> => {
  const context = instance.requireContext('get_console_output')
  checkAction(context, instance, { name: 'get_console_output', ...anyState })
  return compute.getConsoleOutput(context, instance, length)
}

/** As ComputeApi.getDiagnostics. */
export const diagnostics = async (compute: ComputeRpcApi, instance: Instance): Promise<unknown> => {
  const context = instance.requireContext('get_diagnostics')
  checkAction(context, instance, { name: 'get_diagnostics', ...anyState })
  return compute.getDiagnostics(context, instance)
}

/** As ComputeApi.getInstanceDiagnostics. */
export const instanceDiagnostics = async (
  compute: ComputeRpcApi,
  instance: Instance,
): Promise<Diagnostics> => {
  const context = instance.requireContext('get_diagnostics')
  checkAction(context, instance, { name: 'get_diagnostics', ...anyState })
  const answer = await compute.getInstanceDiagnostics(context, instance)
  if (!(answer instanceof Diagnostics)) throw new TypeError('the host told no Diagnostics')
  return answer
}
