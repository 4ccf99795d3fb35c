import { clientPerCell } from '../../compute/rpc-clients.js'
import { ComputeRpcApi, type ComputeVersionCap } from '../../compute/rpcapi.js'
import { AutomaticCap } from '../../compute/version-cap.js'
import {
  AllocationsRpcApi,
  ComputeTaskRpcApi,
  ConductorRpcApi,
  leavingPrimitives,
} from '../../conductor/rpcapi.js'
import type { NovaConf } from '../../conf/index.js'
import { NotImplementedError, novaExceptions } from '../../exception/index.js'
import type { Log } from '../../log/index.js'
import {
  type ErrorRegistry,
  RpcClient,
  type RpcClientOptions,
  type Serializer,
  type Transport,
} from '../../rpc/index.js'
import { SchedulerRpcApi } from '../../scheduler/rpcapi.js'
import { SERVICE_VERSION } from './service-record.js'
import { AUTO, type UpgradeLevels } from './upgrade-levels.js'

/** Classes that failures of other processes come back as. */
const errors: ErrorRegistry = {
  'nova.exception': novaExceptions,
  builtins: { NotImplementedError },
}

/** Seconds above which calls are monitored, so that a host that is gone is noticed by then, as in nova. */
const MONITOR_THRESHOLD = 60

export interface RpcClientsOptions {
  readonly levels: UpgradeLevels
  /** The lowest service version of the nova-computes, for `auto`; 0: there are none. */
  readonly minimumComputeVersion: () => Promise<number>
  readonly log?: Log | undefined
}

/** The clients of all workers over one message bus. */
export class RpcClients {
  readonly compute: ComputeRpcApi
  readonly computeTask: ComputeTaskRpcApi
  readonly conductor: ConductorRpcApi
  readonly scheduler: SchedulerRpcApi
  readonly allocations: AllocationsRpcApi
  /** `baseapi` of the conductor, for who must wait until there is one. */
  readonly conductorBase: RpcClient<unknown>
  readonly #computeCap: ComputeVersionCap

  constructor(
    { DEFAULT }: NovaConf,
    transport: Transport,
    serializer: Serializer<unknown>,
    options: RpcClientsOptions,
  ) {
    const { levels } = options
    const { rpc_response_timeout: timeout, long_rpc_timeout: longTimeout } = DEFAULT
    const timeouts = { rpcResponseTimeout: timeout, longRpcTimeout: longTimeout }
    const client = (
      bus: Transport,
      target: { readonly topic: string; readonly namespace?: string },
      more: Partial<RpcClientOptions<unknown>> = {},
    ) => new RpcClient(bus, target, { serializer, timeout, errors, ...more })
    const conductor = (namespace: string) => client(transport, { topic: 'conductor', namespace })
    const callMonitorTimeout = timeout > MONITOR_THRESHOLD ? MONITOR_THRESHOLD : undefined
    this.#computeCap = computeCapOf(options)
    this.compute = new ComputeRpcApi(
      clientPerCell(transport, bus => client(bus, { topic: 'compute' }, { callMonitorTimeout })),
      timeouts,
      this.#computeCap,
    )
    this.computeTask = new ComputeTaskRpcApi(conductor('compute_task'), timeouts)
    this.conductor = new ConductorRpcApi(
      client(
        transport,
        { topic: 'conductor' },
        {
          serializer: leavingPrimitives(serializer),
          versionCap: levels.conductor,
        },
      ),
    )
    this.scheduler = new SchedulerRpcApi(
      client(transport, { topic: 'scheduler' }, { versionCap: levels.scheduler }),
      timeouts,
    )
    this.allocations = new AllocationsRpcApi(conductor('allocations'))
    this.conductorBase = conductor('baseapi').prepare({
      versionCap: levels.baseapi,
    })
  }

  /** Asks anew which version every nova-compute understands. */
  refresh(): void {
    if (this.#computeCap instanceof AutomaticCap) this.#computeCap.refresh()
  }
}

const computeCapOf = ({
  levels: { compute },
  minimumComputeVersion: minimum,
  log,
}: RpcClientsOptions): ComputeVersionCap =>
  compute === AUTO
    ? new AutomaticCap({ minimum, own: SERVICE_VERSION, log })
    : { current: () => compute }
