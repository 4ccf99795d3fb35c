import type { ComputeApi } from '../compute/api.js'
import type { NovaConf } from '../conf/index.js'
import type { ContextServices, DataAccess } from '../context/index.js'
import type { TokenValidator } from '../identity/index.js'
import type { ImageApi } from '../image/api.js'
import type { Log } from '../log/index.js'
import type { NetworkApi } from '../network/api.js'
import type { GlobalConf } from '../paste/types.js'
import type { PolicyChecker } from '../policy/types.js'
import type { Transport } from '../rpc/transport.js'
import type { VolumeApi } from '../volume/api.js'

/**
 * The live objects of a process, for the factories that an ini names: what cannot be written in a
 * file. They travel in `globalConf` under a symbol.
 */
export interface Runtime {
  readonly conf: NovaConf
  readonly log: Log
  readonly policy: PolicyChecker
  /** What every request context is made with. */
  readonly contexts: ContextServices
  readonly data: DataAccess
  readonly transport: Transport
  readonly tokens: TokenValidator
  readonly images: ImageApi
  readonly network: NetworkApi
  readonly volumes: VolumeApi
  /** What the compute API's controllers act through. */
  readonly compute: ComputeApi
}

const key = Symbol.for('kilonova.runtime')

const parts: readonly (keyof Runtime)[] = [
  'conf',
  'log',
  'policy',
  'contexts',
  'data',
  'transport',
  'tokens',
  'images',
  'network',
  'volumes',
  'compute',
]

/**
 * Globals that carry the runtime to every factory, for the loader's `globalConf`.
 *
 * @param runtime  may lack parts that no section of the ini asks for; asking for one throws
 */
export const withRuntime = (globalConf: GlobalConf, runtime: Partial<Runtime>): GlobalConf => {
  const carried = {}
  for (const part of parts) {
    const value = runtime[part]
    Object.defineProperty(
      carried,
      part,
      value === undefined ? { get: () => missing(part) } : { value, enumerable: true },
    )
  }
  return { ...globalConf, [key]: Object.freeze(carried) }
}

/**
 * The runtime that the program gave to the loader.
 *
 * @throws Error when it gave none
 */
export const runtimeOf = (globalConf: GlobalConf): Runtime => {
  const runtime = runtimeIn(globalConf)
  if (runtime) return runtime
  throw new Error(
    'this section needs the runtime of a Kilonova process, and the loader was given none: ' +
      'load the file with { globalConf: withRuntime({}, { conf, log, … }) } (lib/runtime), as nova-api does',
  )
}

/** The same for those who can do without. */
export const runtimeIn = (globalConf: GlobalConf): Runtime | null => {
  const runtime = globalConf[key]
  return isRuntime(runtime) ? runtime : null
}

/** Only {@link withRuntime} puts anything under the key. */
const isRuntime = (value: unknown): value is Runtime => typeof value === 'object' && value !== null

const missing = (part: string): never => {
  throw new Error(`this section needs '${part}', which the runtime of this process does not have`)
}
