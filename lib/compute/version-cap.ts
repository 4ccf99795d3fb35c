import type { RequestContext } from '../context/index.js'
import { ServiceTooOld } from '../exception/index.js'
import { type Log, silentLog } from '../log/index.js'
import { Service } from '../objects/index.js'
import type { Cells } from './cells.js'
import type { ComputeVersionCap } from './rpcapi.js'

/**
 * The versions of nova's services (`services.version`) with which nova-compute's messages changed, and what it
 * understands since.
 */
const history: readonly (readonly [serviceVersion: number, rpc: string])[] = [
  [0, '4.0'],
  [1, '4.4'],
  [2, '4.5'],
  [3, '4.6'],
  [5, '4.7'],
  [6, '4.8'],
  [7, '4.9'],
  [8, '4.10'],
  [9, '4.11'],
  [11, '4.12'],
  [13, '4.13'],
  [18, '4.14'],
  [19, '4.15'],
  [20, '4.16'],
  [21, '4.17'],
  [23, '4.18'],
  [26, '4.19'],
  [27, '4.20'],
  [28, '4.21'],
  [29, '4.22'],
  [30, '5.0'],
  [37, '5.1'],
  [39, '5.2'],
  [40, '5.3'],
  [41, '5.4'],
  [42, '5.5'],
  [43, '5.6'],
  [44, '5.7'],
  [45, '5.8'],
  [46, '5.9'],
  [47, '5.10'],
  [50, '5.11'],
  [53, '5.12'],
  [54, '5.13'],
  [56, '6.0'],
  [64, '6.1'],
  [66, '6.2'],
  [67, '6.3'],
  [68, '6.4'],
  [72, '6.5'],
]

/** The newest service version whose messages are known. */
const NEWEST = 73

/**
 * What a nova-compute of this service version understands.
 *
 * @param own  the service version of this process, for the message
 * @throws ServiceTooOld when it is newer than what is known here
 */
export const computeRpcVersion = (serviceVersion: number, own: number): string => {
  if (serviceVersion > NEWEST) throw new ServiceTooOld({ thisver: own, minver: serviceVersion })
  return history.findLast(([from]) => from <= serviceVersion)?.[1] ?? '4.0'
}

/** The lowest service version of the nova-computes of all cells that answer; 0: there are none. */
export const minimumComputeVersion = async (
  cells: Cells,
  context: RequestContext,
): Promise<number> => {
  const { answers } = await cells.gather(context, cell =>
    Service.getMinimumVersion(cell, 'nova-compute'),
  )
  const versions = answers.filter(version => version > 0)
  return versions.length ? Math.min(...versions) : 0
}

export interface AutomaticCapOptions {
  /** The lowest service version of all nova-computes; 0: there are none yet. */
  readonly minimum: () => Promise<number>
  /** Service version of this process. */
  readonly own: number
  readonly log?: Log | undefined
}

/**
 * `[upgrade_levels] compute = auto`: as the oldest nova-compute of the deployment. Asked once, and again after a
 * {@link refresh}; while there is none, with every message.
 */
export class AutomaticCap implements ComputeVersionCap {
  readonly #options: AutomaticCapOptions
  readonly #log: Log
  #known: string | null = null
  #asking: Promise<string> | null = null
  /** Counts the refreshes: what was asked before one is not remembered after it. */
  #round = 0

  constructor(options: AutomaticCapOptions) {
    this.#options = options
    this.#log = options.log ?? silentLog
  }

  current(): string | Promise<string> {
    if (this.#known !== null) return this.#known
    this.#asking ??= this.#ask(this.#round)
    return this.#asking
  }

  /** For an operator who has upgraded the last of the old ones. */
  refresh(): void {
    this.#round++
    this.#known = null
    this.#asking = null
  }

  async #ask(round: number): Promise<string> {
    const { minimum, own } = this.#options
    try {
      const lowest = await minimum()
      if (lowest === 0) {
        this.#log.debug({}, 'There is no nova-compute yet that would limit the version of messages')
        return computeRpcVersion(own, own)
      }
      const version = computeRpcVersion(lowest, own)
      if (round === this.#round) this.#known = version
      this.#log.info(
        {},
        `Automatically selected compute RPC version ${version} from minimum service version ${lowest}`,
      )
      return version
    } finally {
      if (round === this.#round) this.#asking = null
    }
  }
}
