import { clientPerCell } from '../../compute/rpc-clients.js'
import { ComputeRpcApi } from '../../compute/rpcapi.js'
import {
  AllocationsRpcApi,
  ComputeTaskRpcApi,
  ConductorRpcApi,
  leavingPrimitives,
} from '../../conductor/rpcapi.js'
import type { NovaConf } from '../../conf/index.js'
import { NotImplementedError, novaExceptions } from '../../exception/index.js'
import { type ErrorRegistry, RpcClient, type Serializer, type Transport } from '../../rpc/index.js'
import { SchedulerRpcApi } from '../../scheduler/rpcapi.js'

/** Classes that failures of other processes come back as. */
const errors: ErrorRegistry = {
  'nova.exception': novaExceptions,
  builtins: { NotImplementedError },
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

  constructor(
    { DEFAULT: { rpc_response_timeout: timeout, long_rpc_timeout: longTimeout } }: NovaConf,
    transport: Transport,
    serializer: Serializer<unknown>,
  ) {
    const client = (bus: Transport, topic: string, namespace?: string, own = serializer) =>
      new RpcClient(bus, { topic, namespace }, { serializer: own, timeout, errors })
    const timeouts = { rpcResponseTimeout: timeout, longRpcTimeout: longTimeout }
    this.compute = new ComputeRpcApi(
      clientPerCell(transport, bus => client(bus, 'compute')),
      timeouts,
    )
    this.computeTask = new ComputeTaskRpcApi(
      client(transport, 'conductor', 'compute_task'),
      timeouts,
    )
    this.conductor = new ConductorRpcApi(
      client(transport, 'conductor', undefined, leavingPrimitives(serializer)),
    )
    this.scheduler = new SchedulerRpcApi(client(transport, 'scheduler'), timeouts)
    this.allocations = new AllocationsRpcApi(client(transport, 'conductor', 'allocations'))
    this.conductorBase = client(transport, 'conductor', 'baseapi')
  }
}
