import type { RequestContext } from '../context/index.js'
import { InvalidToken } from '../exception/index.js'
import { ConsoleAuthToken, type Instance } from '../objects/index.js'
import { isRecord } from '../util/is-record.js'
import type { ConsoleProtocol } from '../virt/driver.js'
import type { Cells } from './cells.js'
import { checkAction, invalidState } from './checks.js'
import type { ComputeRpcApi } from './rpcapi.js'
import { TaskState } from './states.js'

const busy: readonly (string | null)[] = [TaskState.deleting, TaskState.migrating]

/** Consoles of servers: their addresses are told by hosts, their tokens kept in cells. */
export class ConsoleApi {
  readonly #cells: Cells
  readonly #rpc: ComputeRpcApi

  constructor(parts: { readonly cells: Cells; readonly compute: ComputeRpcApi }) {
    this.#cells = parts.cells
    this.#rpc = parts.compute
  }

  /**
   * The address of a console, with a token in it.
   *
   * @throws ConsoleTypeInvalid, ConsoleTypeUnavailable (400), InstanceInvalidState, InstanceNotReady
   *   (409), NotImplementedError (501)
   */
  async url(instance: Instance, protocol: ConsoleProtocol, type: string): Promise<string> {
    const name = `get_${protocol}_console`
    const context = instance.requireContext(name)
    checkAction(context, instance, {
      name,
      taskStates: 'any',
      mustHaveLaunched: false,
      respectsLock: false,
      needsHost: true,
    })
    if (busy.includes(instance.taskState)) {
      throw invalidState(instance, name, 'task_state', instance.taskState)
    }
    const answer = await this.#rpc.getConsole(context, instance, protocol, type)
    const url = isRecord(answer) ? answer.access_url : undefined
    if (typeof url !== 'string') throw new TypeError(`the host answered ${name} without a URL`)
    return url
  }

  /** What a token that is valid now opens, whichever cell it is in; null: nothing. */
  async tokenInfo(context: RequestContext, token: string): Promise<ConsoleAuthToken | null> {
    const { answers } = await this.#cells.gather(context, cell => validIn(cell, token))
    return answers.find(answer => answer !== null) ?? null
  }
}

const validIn = async (cell: RequestContext, token: string): Promise<ConsoleAuthToken | null> => {
  try {
    return await ConsoleAuthToken.validate(cell, token)
  } catch (error) {
    if (error instanceof InvalidToken) return null
    throw error
  }
}
