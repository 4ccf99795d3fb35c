import {
  type ComputeRpcTimeouts,
  defaultTimeouts,
  type FilterProperties,
} from '../compute/rpcapi.js'
import type { IndirectionApi } from '../context/data-access.js'
import type { Allocations, AllocationsByProvider, Consumer } from '../placement/allocations.js'
import type { Inventory } from '../placement/provider-tree.js'
import type { RpcCaller } from '../rpc/caller.js'
import type { Serializer } from '../rpc/index.js'
import { render } from '../rpc/renderings.js'
import { isRecord } from '../util/is-record.js'
import { type ComputeTaskMethod, computeTaskMethods } from './rpc-methods.js'

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
  readonly image_ref: string | null
  readonly injected_files: readonly (readonly [string, string])[] | null
  readonly new_pass: string | null
  readonly orig_sys_metadata: Readonly<Record<string, string | null>> | null
  /** BlockDeviceMappingList; null in an evacuation */
  readonly bdms: object | null
  readonly recreate: boolean
  readonly on_shared_storage: boolean | null
  readonly preserve_ephemeral?: boolean | undefined
  /** null: the scheduler is asked */
  readonly host?: string | null | undefined
  readonly request_spec?: object | null | undefined
  readonly reimage_boot_volume?: boolean | undefined
  /** `stopped`: how an evacuated server ends (2.95); absent: as it was */
  readonly target_state?: string | null | undefined
}

/** `unshelve_instance`, as the manager takes it. */
export interface UnshelveInstanceArgs {
  readonly instance: object
  readonly request_spec?: object | null | undefined
}

/** `migrate_server`, as the manager takes it: a resize, a cold migration, or (`live`) a live one. */
export interface MigrateServerArgs {
  readonly instance: object
  /** `{ filter_properties }` of a cold one, `{ host }` of a live one (null: the scheduler's choice). */
  readonly scheduler_hint: {
    readonly filter_properties?: FilterProperties
    readonly host?: string | null
  }
  readonly live: boolean
  readonly rebuild: false
  /** Flavor; null in a live migration */
  readonly flavor: object | null
  readonly block_migration: boolean | null
  readonly disk_over_commit: boolean | null
  readonly reservations?: null
  readonly clean_shutdown?: boolean
  readonly request_spec?: object | null
  /** Selections left to try, from a host that could not take it; null: ask the scheduler. */
  readonly host_list?: readonly object[] | null
}

/** `live_migrate_instance`, as the manager takes it. */
export interface LiveMigrateArgs {
  readonly instance: object
  readonly scheduler_hint: { readonly host: string | null }
  /** null: as the hosts' storage asks for */
  readonly block_migration: boolean | null
  /** null: not asked for (2.25) */
  readonly disk_over_commit: boolean | null
  readonly request_spec: object | null
}

/** The conductor's namespace `compute_task`: the work that spans hosts. */
export class ComputeTaskRpcApi {
  readonly #client: RpcCaller
  readonly #timeouts: ComputeRpcTimeouts

  /** @param client  the topic `conductor`, namespace `compute_task` */
  constructor(client: RpcCaller, timeouts = defaultTimeouts) {
    this.#client = client
    this.#timeouts = timeouts
  }

  #cast(
    context: object,
    method: ComputeTaskMethod,
    given: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { version, args } = render(this.#client, computeTaskMethods[method], given)
    return this.#client.prepare({ version }).cast(context, method, args)
  }

  async scheduleAndBuildInstances(
    context: object,
    args: ScheduleAndBuildInstancesArgs,
  ): Promise<void> {
    await this.#cast(context, 'schedule_and_build_instances', { ...args })
  }

  async buildInstances(context: object, args: BuildInstancesArgs): Promise<void> {
    await this.#cast(context, 'build_instances', { ...args })
  }

  /** Has the aggregate's hosts fetch images before servers need them. */
  async cacheImages(
    context: object,
    aggregate: object,
    imageIds: readonly string[],
  ): Promise<void> {
    await this.#cast(context, 'cache_images', { aggregate, image_ids: imageIds })
  }

  async unshelveInstance(context: object, args: UnshelveInstanceArgs): Promise<void> {
    await this.#cast(context, 'unshelve_instance', { ...args })
  }

  async rebuildInstance(context: object, args: RebuildInstanceArgs): Promise<void> {
    await this.#cast(context, 'rebuild_instance', { ...args })
  }

  /** A cold one: what becomes of it shows in the server. */
  async migrateServer(context: object, args: MigrateServerArgs): Promise<void> {
    await this.#cast(context, 'migrate_server', { ...args })
  }

  /** Up to 2.33 a live migration's beginning is waited for. @throws what forbids it */
  async migrateServerLive(context: object, given: LiveMigrateArgs): Promise<void> {
    const { rpcResponseTimeout, longRpcTimeout } = this.#timeouts
    const { version, args } = render(this.#client, computeTaskMethods.migrate_server, {
      ...given,
      live: true,
      rebuild: false,
      flavor: null,
      reservations: null,
      clean_shutdown: true,
      host_list: null,
    })
    await this.#client
      .prepare({ version, timeout: longRpcTimeout, callMonitorTimeout: rpcResponseTimeout })
      .call(context, 'migrate_server', args)
  }

  async liveMigrateInstance(context: object, args: LiveMigrateArgs): Promise<void> {
    await this.#cast(context, 'live_migrate_instance', { ...args })
  }
}

/**
 * The conductor's namespace `allocations` (1.1): claims, for computes, which have no database. Ours;
 * nova's computes speak to Placement instead.
 */
export class AllocationsRpcApi implements Allocations {
  readonly #client: RpcCaller

  /** @param client  the topic `conductor`, namespace `allocations` */
  constructor(client: RpcCaller) {
    this.#client = client
  }

  async removeAllocations(
    context: object,
    consumerUuid: string,
    providerUuid?: string,
  ): Promise<boolean> {
    const removed = await this.#client
      .prepare({ version: providerUuid ? '1.1' : '1.0' })
      .call(context, 'remove_allocations', {
        consumer_uuid: consumerUuid,
        ...(providerUuid ? { provider_uuid: providerUuid } : {}),
      })
    return removed === true
  }

  /** Nobody else changes what a migration holds. */
  releaseAllocations(context: object, consumerUuid: string): Promise<boolean> {
    return this.removeAllocations(context, consumerUuid)
  }

  async moveAllocations(context: object, sourceUuid: string, target: Consumer): Promise<boolean> {
    const moved = await this.#client.prepare({ version: '1.1' }).call(context, 'move_allocations', {
      source_uuid: sourceUuid,
      target_uuid: target.uuid,
      project_id: target.projectId ?? '',
      user_id: target.userId ?? '',
    })
    return moved === true
  }

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
    inventory: Inventory,
  ): Promise<void> {
    await this.#client.prepare({ version: '1.0' }).call(context, 'set_inventory', {
      provider_uuid: provider.uuid,
      provider_name: provider.name,
      inventory,
    })
  }
}
