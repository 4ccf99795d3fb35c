import type { FilterProperties } from '../compute/rpcapi.js'
import type { IndirectionApi } from '../context/data-access.js'
import type { RpcCaller } from '../rpc/caller.js'
import type { Serializer } from '../rpc/index.js'
import { isRecord } from '../util/is-record.js'

/**
 * A serializer that leaves values alone and treats contexts as the given one does: the conductor's
 * own methods carry primitives, which `lib/objects` has made and will read.
 */
export const leavingPrimitives = <Context>(
  serializer: Serializer<Context>,
): Serializer<Context> => ({
  serializeEntity: (_context, value) => value,
  deserializeEntity: (_context, value) => value,
  serializeContext: context => serializer.serializeContext(context),
  deserializeContext: dict => serializer.deserializeContext(dict),
})

/**
 * The conductor's own namespace: rows for those who have no database. Values are primitives here;
 * `lib/objects` wraps and unwraps.
 */
export class ConductorRpcApi implements IndirectionApi {
  readonly #client: RpcCaller

  /** @param client  the topic `conductor`, without a namespace; its serializer {@link leavingPrimitives} */
  constructor(client: RpcCaller) {
    this.#client = client
  }

  async objectAction(
    context: object,
    objinst: unknown,
    objmethod: string,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
  ): Promise<readonly [Readonly<Record<string, unknown>>, unknown]> {
    const answer = await this.#client
      .prepare({ version: '3.0' })
      .call(context, 'object_action', { objinst, objmethod, args, kwargs })
    if (!Array.isArray(answer) || answer.length !== 2 || !isRecord(answer[0])) {
      throw new TypeError(
        `the conductor answered object_action ${objmethod} with no [updates, result]`,
      )
    }
    return [answer[0], answer[1]]
  }

  async objectClassActionVersions(
    context: object,
    objname: string,
    objmethod: string,
    objectVersions: Readonly<Record<string, string>>,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    return this.#client.prepare({ version: '3.0' }).call(context, 'object_class_action_versions', {
      objname,
      objmethod,
      object_versions: objectVersions,
      args,
      kwargs,
    })
  }

  async objectBackportVersions(
    context: object,
    objinst: unknown,
    objectVersions: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    return this.#client.prepare({ version: '3.0' }).call(context, 'object_backport_versions', {
      objinst,
      object_versions: objectVersions,
    })
  }
}

/** `schedule_and_build_instances`, as the manager takes it: one entry an instance in the first two. */
export interface ScheduleAndBuildInstancesArgs {
  readonly build_requests: readonly object[]
  readonly request_specs: readonly object[]
  readonly image: Readonly<Record<string, unknown>>
  readonly admin_password: string | null
  readonly injected_files: readonly (readonly [string, string])[]
  /** NetworkRequestList */
  readonly requested_networks: object | null
  /** BlockDeviceMappingList, not saved, the same for each instance */
  readonly block_device_mapping: object
  /** TagList, not saved */
  readonly tags?: object | null | undefined
}

/** `build_instances`, as the manager takes it: what a compute sends back that could not build. */
export interface BuildInstancesArgs {
  readonly instances: readonly object[]
  readonly image: Readonly<Record<string, unknown>>
  readonly filter_properties: FilterProperties
  readonly admin_password: string | null
  readonly injected_files: readonly (readonly [string, string])[]
  readonly requested_networks: object | null
  readonly security_groups: readonly string[]
  readonly block_device_mapping?: object | null | undefined
  readonly legacy_bdm?: boolean | undefined
  readonly request_spec?: object | null | undefined
  /** For each instance the Selections left to try; null: ask the scheduler. */
  readonly host_lists?: readonly (readonly object[])[] | null | undefined
}

/** `rebuild_instance`, as the manager takes it: a rebuild in place, or (`recreate`) an evacuation. */
export interface RebuildInstanceArgs {
  readonly instance: object
  /** '' for a boot from a volume */
  readonly orig_image_ref: string | null
  readonly image_ref: string
  readonly injected_files: readonly (readonly [string, string])[]
  readonly new_pass: string | null
  readonly orig_sys_metadata: Readonly<Record<string, string | null>>
  /** BlockDeviceMappingList */
  readonly bdms: object
  readonly recreate: boolean
  readonly on_shared_storage: boolean | null
  readonly preserve_ephemeral?: boolean | undefined
  /** null: the scheduler is asked */
  readonly host?: string | null | undefined
  readonly request_spec?: object | null | undefined
  readonly reimage_boot_volume?: boolean | undefined
}

/** `unshelve_instance`, as the manager takes it. */
export interface UnshelveInstanceArgs {
  readonly instance: object
  readonly request_spec?: object | null | undefined
}

/** The conductor's namespace `compute_task`: the work that spans hosts. */
export class ComputeTaskRpcApi {
  readonly #client: RpcCaller

  /** @param client  the topic `conductor`, namespace `compute_task` */
  constructor(client: RpcCaller) {
    this.#client = client
  }

  async scheduleAndBuildInstances(
    context: object,
    args: ScheduleAndBuildInstancesArgs,
  ): Promise<void> {
    await this.#client
      .prepare({ version: '1.17' })
      .cast(context, 'schedule_and_build_instances', { ...args })
  }

  async buildInstances(context: object, args: BuildInstancesArgs): Promise<void> {
    await this.#client.prepare({ version: '1.19' }).cast(context, 'build_instances', { ...args })
  }

  /** Has the aggregate's hosts fetch images before servers need them. */
  async cacheImages(
    context: object,
    aggregate: object,
    imageIds: readonly string[],
  ): Promise<void> {
    await this.#client
      .prepare({ version: '1.21' })
      .cast(context, 'cache_images', { aggregate, image_ids: imageIds })
  }

  async unshelveInstance(context: object, args: UnshelveInstanceArgs): Promise<void> {
    await this.#client.prepare({ version: '1.14' }).cast(context, 'unshelve_instance', { ...args })
  }

  async rebuildInstance(context: object, args: RebuildInstanceArgs): Promise<void> {
    await this.#client.prepare({ version: '1.24' }).cast(context, 'rebuild_instance', { ...args })
  }
}

/**
 * The conductor's namespace `allocations` (1.0): claims, for computes, which have no database. Ours;
 * nova's computes speak to Placement instead.
 */
export class AllocationsRpcApi {
  readonly #client: RpcCaller

  /** @param client  the topic `conductor`, namespace `allocations` */
  constructor(client: RpcCaller) {
    this.#client = client
  }

  /** @returns whether there was anything to remove */
  async removeAllocations(context: object, consumerUuid: string): Promise<boolean> {
    const removed = await this.#client
      .prepare({ version: '1.0' })
      .call(context, 'remove_allocations', { consumer_uuid: consumerUuid })
    return removed === true
  }

  /** @returns amounts by provider, by resource class; empty when nothing is claimed */
  async getAllocations(context: object, consumerUuid: string): Promise<AllocationsByProvider> {
    const found = await this.#client
      .prepare({ version: '1.0' })
      .call(context, 'get_allocations', { consumer_uuid: consumerUuid })
    return isRecord(found) ? (found as AllocationsByProvider) : {}
  }

  /**
   * Makes the host's capacity known, as computes do at Placement.
   *
   * @param inventory  by resource class
   */
  async setInventory(
    context: object,
    provider: { readonly uuid: string; readonly name: string },
    inventory: InventoryByClass,
  ): Promise<void> {
    await this.#client.prepare({ version: '1.0' }).call(context, 'set_inventory', {
      provider_uuid: provider.uuid,
      provider_name: provider.name,
      inventory,
    })
  }
}

/** provider uuid → `{ resources: { VCPU: 1 } }` */
export type AllocationsByProvider = Readonly<
  Record<string, { readonly resources: Readonly<Record<string, number>> }>
>

export interface InventoryRecord {
  readonly total: number
  readonly reserved: number
  readonly min_unit: number
  readonly max_unit: number
  readonly step_size: number
  readonly allocation_ratio: number
}

export type InventoryByClass = Readonly<Record<string, InventoryRecord>>
