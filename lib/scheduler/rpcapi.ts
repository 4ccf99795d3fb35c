import { SelectionObjectsWithOldRPCVersionNotSupported } from '../exception/index.js'
import { legacyRequestSpec, legacySchedulingProperties } from '../objects/legacy-request-spec.js'
import { RequestSpec } from '../objects/request-spec.js'
import type { RpcCaller } from '../rpc/caller.js'
import { type Renderings, refusing, render, without } from '../rpc/renderings.js'

/** `select_destinations`, as the manager takes it. */
export interface SelectDestinationsArgs {
  /** RequestSpec */
  readonly spec_obj: object
  readonly instance_uuids?: readonly string[] | null | undefined
  /** False: dicts of host, nodename, limits instead of Selections. */
  readonly return_objects?: boolean | undefined
  readonly return_alternates?: boolean | undefined
}

export interface UpdateInstanceInfoArgs {
  readonly host_name: string
  /** Instance or InstanceList */
  readonly instance_info: object
}

export interface DeleteInstanceInfoArgs {
  readonly host_name: string
  readonly instance_uuid: string
}

export interface SyncInstanceInfoArgs {
  readonly host_name: string
  readonly instance_uuids: readonly string[]
}

/** Schedulers of `[upgrade_levels]` that know no Selections cannot answer who asks for them. */
const noSelections = () => new SelectionObjectsWithOldRPCVersionNotSupported({ version: '4.4' })

const selectDestinations: Renderings = [
  { version: '4.5' },
  {
    version: '4.4',
    change: args =>
      refusing('return_alternates', noSelections)(refusing('return_objects', noSelections)(args)),
  },
  { version: '4.3', change: without('instance_uuids') },
  {
    version: '4.0',
    change: ({ spec_obj: spec, ...args }) => ({
      ...args,
      ...(spec instanceof RequestSpec && {
        request_spec: legacyRequestSpec(spec),
        filter_properties: legacySchedulingProperties(spec),
      }),
    }),
  },
]

/** nova-scheduler from outside. */
export class SchedulerRpcApi {
  readonly #client: RpcCaller
  readonly #longRpcTimeout: number
  readonly #rpcResponseTimeout: number

  /** @param client  the topic `scheduler`; timeouts in seconds */
  constructor(
    client: RpcCaller,
    timeouts: { readonly longRpcTimeout: number; readonly rpcResponseTimeout: number },
  ) {
    this.#client = client
    this.#longRpcTimeout = timeouts.longRpcTimeout
    this.#rpcResponseTimeout = timeouts.rpcResponseTimeout
  }

  /**
   * @returns for each instance the chosen Selection and then its alternates
   * @throws NoValidHost, SelectionObjectsWithOldRPCVersionNotSupported
   */
  async selectDestinations(context: object, given: SelectDestinationsArgs): Promise<unknown> {
    const { version, args } = render(this.#client, selectDestinations, { ...given })
    return this.#client
      .prepare({
        version,
        timeout: this.#longRpcTimeout,
        callMonitorTimeout: this.#rpcResponseTimeout,
      })
      .call(context, 'select_destinations', args)
  }

  async updateAggregates(context: object, aggregates: readonly object[]): Promise<void> {
    await this.#toAll('4.1').cast(context, 'update_aggregates', { aggregates })
  }

  async deleteAggregate(context: object, aggregate: object): Promise<void> {
    await this.#toAll('4.1').cast(context, 'delete_aggregate', { aggregate })
  }

  async updateInstanceInfo(context: object, hostName: string, info: object): Promise<void> {
    const args: UpdateInstanceInfoArgs = { host_name: hostName, instance_info: info }
    await this.#toAll('4.2').cast(context, 'update_instance_info', { ...args })
  }

  async deleteInstanceInfo(context: object, hostName: string, uuid: string): Promise<void> {
    const args: DeleteInstanceInfoArgs = { host_name: hostName, instance_uuid: uuid }
    await this.#toAll('4.2').cast(context, 'delete_instance_info', { ...args })
  }

  async syncInstanceInfo(
    context: object,
    hostName: string,
    uuids: readonly string[],
  ): Promise<void> {
    const args: SyncInstanceInfoArgs = { host_name: hostName, instance_uuids: uuids }
    await this.#toAll('4.2').cast(context, 'sync_instance_info', { ...args })
  }

  #toAll(version: string): RpcCaller {
    return this.#client.prepare({ version, fanout: true })
  }
}
