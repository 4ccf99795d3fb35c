import type { PrepareOptions, RpcCaller } from '../rpc/caller.js'
import type { ConsoleProtocol } from '../virt/driver.js'
import type { HasHost } from './nouns.js'

/** `build_and_run_instance`, as the manager takes it. */
export interface BuildAndRunInstanceArgs {
  readonly instance: object
  /** Glance's image as a v1-style dict; `{}` for a boot from a volume without image properties. */
  readonly image: Readonly<Record<string, unknown>>
  readonly request_spec: object
  readonly filter_properties: FilterProperties
  readonly accel_uuids: readonly string[]
  readonly admin_password?: string | null | undefined
  /** `[path, base64 content]` */
  readonly injected_files?: readonly (readonly [string, string])[] | null | undefined
  readonly requested_networks?: object | null | undefined
  readonly security_groups?: readonly string[] | null | undefined
  readonly block_device_mapping?: object | null | undefined
  readonly node?: string | null | undefined
  readonly limits?: SchedulerLimitsDict | null | undefined
  /** Selections to try next, best first; null: nobody chose alternates. */
  readonly host_list?: readonly object[] | null | undefined
}

/** `rebuild_instance`, as the manager takes it: a rebuild in place, or (`recreate`) an evacuation. */
export interface RebuildInstanceArgs {
  readonly instance: object
  /** '' for a boot from a volume */
  readonly orig_image_ref: string | null
  readonly image_ref: string | null
  /** `[path, base64 content]` */
  readonly injected_files: readonly (readonly [string, string])[] | null
  readonly new_pass: string | null
  readonly orig_sys_metadata: Readonly<Record<string, string | null>> | null
  /** BlockDeviceMappingList; null in an evacuation */
  readonly bdms: object | null
  readonly recreate: boolean
  readonly on_shared_storage: boolean | null
  readonly preserve_ephemeral: boolean
  readonly migration: object | null
  readonly scheduled_node: string | null
  readonly limits: SchedulerLimitsDict | null
  readonly request_spec: object | null
  readonly accel_uuids: readonly string[]
  readonly reimage_boot_volume: boolean
  /** `stopped`: how an evacuated server ends (2.95); absent: as it was */
  readonly target_state?: string | null | undefined
}

/** What a resize or a cold migration carries from host to host. */
export interface MoveArgs {
  readonly instance: object
  /** Migration */
  readonly migration: object
  /** RequestSpec */
  readonly request_spec: object | null
}

/** `prep_resize`, as the manager takes it. */
export interface PrepResizeArgs extends MoveArgs {
  /** Glance's image as a v1-style dict; `{}` for a server without one. */
  readonly image: Readonly<Record<string, unknown>>
  /** Flavor: what it will be */
  readonly flavor: object
  readonly filter_properties: FilterProperties
  readonly node: string | null
  readonly clean_shutdown: boolean
  /** Selections to try next; null: nobody chose alternates. */
  readonly host_list: readonly object[] | null
}

/** `resize_instance`, as the manager takes it. */
export interface ResizeInstanceArgs extends MoveArgs {
  readonly image: Readonly<Record<string, unknown>>
  readonly flavor: object
  readonly clean_shutdown: boolean
}

/** `finish_resize`, as the manager takes it. */
export interface FinishResizeArgs extends MoveArgs {
  readonly image: Readonly<Record<string, unknown>>
  /** What the source's driver tells the destination's. */
  readonly disk_info: string | null
}

/** `unshelve_instance`, as the manager takes it. */
export interface UnshelveInstanceArgs {
  readonly instance: object
  readonly request_spec: object
  /** Glance's image as a v1-style dict; null for a boot from a volume */
  readonly image: Readonly<Record<string, unknown>> | null
  readonly filter_properties: FilterProperties
  readonly node: string | null
  readonly accel_uuids: readonly string[]
}

/** `SchedulerLimits.to_dict()`: only what is limited. */
export interface SchedulerLimitsDict {
  readonly vcpu?: number
  readonly memory_mb?: number
  readonly disk_gb?: number
  readonly numa_topology?: unknown
}

/** The legacy dict that still tells a build how it was scheduled. */
export interface FilterProperties {
  readonly limits?: SchedulerLimitsDict
  readonly retry?: RetryDict
  readonly [key: string]: unknown
}

export interface RetryDict {
  readonly num_attempts: number
  /** `[host, node]` of each attempt. */
  readonly hosts: readonly (readonly [string, string])[]
  /** Lines of the traceback of the attempt that failed. */
  readonly exc?: readonly string[]
  readonly exc_reason?: string
}

export type RebootType = 'SOFT' | 'HARD'

/** What `get_console_output` and the like answer, and how long is waited for them, in seconds. */
export interface ComputeRpcTimeouts {
  /** `[DEFAULT] rpc_response_timeout` */
  readonly rpcResponseTimeout: number
  /** `[DEFAULT] long_rpc_timeout` */
  readonly longRpcTimeout: number
}

/** nova's defaults. */
export const defaultTimeouts: ComputeRpcTimeouts = { rpcResponseTimeout: 60, longRpcTimeout: 1800 }

/**
 * nova-compute from outside: every message the other processes send to a compute host.
 *
 * Versions are Zed's (6.0; rebuild_instance 6.1). A peer of an older release is met by the
 * client's version cap: sending above it is refused locally with RPCVersionCapError.
 */
export class ComputeRpcApi {
  readonly #client: (context: object) => RpcCaller
  readonly #timeouts: ComputeRpcTimeouts

  /** @param client  the topic `compute` on the message bus of the cell that the context aims at */
  constructor(client: (context: object) => RpcCaller, timeouts = defaultTimeouts) {
    this.#client = client
    this.#timeouts = timeouts
  }

  /** A call whose work may take its time, as long as the host tells that it is alive. */
  #long(): PrepareOptions {
    const { longRpcTimeout, rpcResponseTimeout } = this.#timeouts
    return { timeout: longRpcTimeout, callMonitorTimeout: rpcResponseTimeout }
  }

  #at(context: object, instance: HasHost, options: PrepareOptions = {}): RpcCaller {
    if (!instance.host) throw new Error(`No compute host specified for instance ${instance.uuid}`)
    return this.#on(context, instance.host, options)
  }

  #on(context: object, server: string, options: PrepareOptions = {}): RpcCaller {
    return this.#client(context).prepare({ version: '6.0', server, ...options })
  }

  async buildAndRunInstance(
    context: object,
    host: string,
    args: BuildAndRunInstanceArgs,
  ): Promise<void> {
    await this.#on(context, host).cast(context, 'build_and_run_instance', { ...args })
  }

  /** @param bdms  BlockDeviceMappingList of the instance */
  async terminateInstance(context: object, instance: HasHost, bdms: object): Promise<void> {
    await this.#at(context, instance).cast(context, 'terminate_instance', { instance, bdms })
  }

  async rebootInstance(context: object, instance: HasHost, rebootType: RebootType): Promise<void> {
    await this.#at(context, instance).cast(context, 'reboot_instance', {
      instance,
      block_device_info: null,
      reboot_type: rebootType,
    })
  }

  async startInstance(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'start_instance', { instance })
  }

  /** A cast, unless the caller must know that the guest is off (`wait`). */
  async stopInstance(
    context: object,
    instance: HasHost,
    { wait = false, cleanShutdown = true }: { wait?: boolean; cleanShutdown?: boolean } = {},
  ): Promise<void> {
    const client = this.#at(context, instance)
    const args = { instance, clean_shutdown: cleanShutdown }
    if (wait) await client.call(context, 'stop_instance', args)
    else await client.cast(context, 'stop_instance', args)
  }

  async pauseInstance(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'pause_instance', { instance })
  }

  async unpauseInstance(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'unpause_instance', { instance })
  }

  async suspendInstance(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'suspend_instance', { instance })
  }

  async resumeInstance(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'resume_instance', { instance })
  }

  /** Waits until the guest has it. */
  async setAdminPassword(context: object, instance: HasHost, password: string): Promise<void> {
    await this.#at(context, instance).call(context, 'set_admin_password', {
      instance,
      new_pass: password,
    })
  }

  /** @param request  `imageRef` null: the image of the server itself */
  async rescueInstance(
    context: object,
    instance: HasHost,
    { password, imageRef }: { readonly password: string; readonly imageRef: string | null },
  ): Promise<void> {
    await this.#at(context, instance).cast(context, 'rescue_instance', {
      instance,
      rescue_password: password,
      rescue_image_ref: imageRef,
      clean_shutdown: true,
    })
  }

  async unrescueInstance(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'unrescue_instance', { instance })
  }

  async triggerCrashDump(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'trigger_crash_dump', { instance })
  }

  async injectNetworkInfo(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'inject_network_info', { instance })
  }

  async snapshotInstance(context: object, instance: HasHost, imageId: string): Promise<void> {
    await this.#at(context, instance).cast(context, 'snapshot_instance', {
      instance,
      image_id: imageId,
    })
  }

  async backupInstance(
    context: object,
    instance: HasHost,
    {
      imageId,
      backupType,
      rotation,
    }: { readonly imageId: string; readonly backupType: string; readonly rotation: number },
  ): Promise<void> {
    await this.#at(context, instance).cast(context, 'backup_instance', {
      instance,
      image_id: imageId,
      backup_type: backupType,
      rotation,
    })
  }

  async rebuildInstance(context: object, host: string, args: RebuildInstanceArgs): Promise<void> {
    const version = args.target_state ? '6.2' : '6.1'
    await this.#on(context, host, { version }).cast(context, 'rebuild_instance', { ...args })
  }

  /** To the destination. */
  async prepResize(context: object, host: string, args: PrepResizeArgs): Promise<void> {
    await this.#on(context, host).cast(context, 'prep_resize', { ...args })
  }

  /** To the source. */
  async resizeInstance(context: object, host: string, args: ResizeInstanceArgs): Promise<void> {
    await this.#on(context, host).cast(context, 'resize_instance', { ...args })
  }

  /** To the destination. */
  async finishResize(context: object, host: string, args: FinishResizeArgs): Promise<void> {
    await this.#on(context, host).cast(context, 'finish_resize', { ...args })
  }

  /** To the source. A cast, unless the caller must know that it is over (`wait`). */
  async confirmResize(
    context: object,
    host: string,
    instance: object,
    migration: object,
    { wait = false }: { readonly wait?: boolean } = {},
  ): Promise<void> {
    const args = { instance, migration }
    const client = this.#on(context, host)
    if (wait) await client.call(context, 'confirm_resize', args)
    else await client.cast(context, 'confirm_resize', args)
  }

  /** To the destination. */
  async revertResize(context: object, host: string, args: MoveArgs): Promise<void> {
    await this.#on(context, host).cast(context, 'revert_resize', { ...args })
  }

  /** To the source. */
  async finishRevertResize(context: object, host: string, args: MoveArgs): Promise<void> {
    await this.#on(context, host).cast(context, 'finish_revert_resize', { ...args })
  }

  async shelveInstance(context: object, instance: HasHost, imageId: string): Promise<void> {
    await this.#at(context, instance).cast(context, 'shelve_instance', {
      instance,
      image_id: imageId,
      clean_shutdown: true,
      accel_uuids: [],
    })
  }

  async shelveOffloadInstance(
    context: object,
    instance: HasHost,
    { cleanShutdown }: { readonly cleanShutdown: boolean },
  ): Promise<void> {
    await this.#at(context, instance).cast(context, 'shelve_offload_instance', {
      instance,
      clean_shutdown: cleanShutdown,
      accel_uuids: [],
    })
  }

  async unshelveInstance(context: object, host: string, args: UnshelveInstanceArgs): Promise<void> {
    await this.#on(context, host).cast(context, 'unshelve_instance', { ...args })
  }

  async softDeleteInstance(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'soft_delete_instance', { instance })
  }

  async restoreInstance(context: object, instance: HasHost): Promise<void> {
    await this.#at(context, instance).cast(context, 'restore_instance', { instance })
  }

  /**
   * @param tailLength  last lines wanted; null: all
   * @throws ConsoleNotAvailable, InstanceNotFound, NotImplementedError
   */
  async getConsoleOutput(
    context: object,
    instance: HasHost,
    tailLength: number | string | null,
  ): Promise<string> {
    const output = await this.#at(context, instance).call(context, 'get_console_output', {
      instance,
      tail_length: tailLength,
    })
    return String(output ?? '')
  }

  /** The free map of the driver (up to 2.47). @throws InstanceInvalidState, NotImplementedError */
  async getDiagnostics(context: object, instance: HasHost): Promise<unknown> {
    return this.#at(context, instance).call(context, 'get_diagnostics', { instance })
  }

  /** @returns Diagnostics. @throws as {@link getDiagnostics} */
  async getInstanceDiagnostics(context: object, instance: HasHost): Promise<unknown> {
    return this.#at(context, instance).call(context, 'get_instance_diagnostics', { instance })
  }

  /**
   * A token for one of the guest's consoles, and where to use it.
   *
   * @throws ConsoleTypeInvalid, ConsoleTypeUnavailable, InstanceNotReady, NotImplementedError
   */
  async getConsole(
    context: object,
    instance: HasHost,
    protocol: ConsoleProtocol,
    consoleType: string,
  ): Promise<unknown> {
    const args = { instance, console_type: consoleType }
    return this.#at(context, instance).call(context, `get_${protocol}_console`, args)
  }

  /** Whether the guest's console of this type listens on this port still: what proxies ask. */
  async validateConsolePort(
    context: object,
    instance: HasHost,
    port: string,
    consoleType: string,
  ): Promise<boolean> {
    const args = { instance, port, console_type: consoleType }
    return (await this.#at(context, instance).call(context, 'validate_console_port', args)) === true
  }

  /** To the destination. @throws what forbids it. @returns what the hosts agreed on */
  async checkCanLiveMigrateDestination(
    context: object,
    host: string,
    args: {
      readonly instance: object
      readonly block_migration: boolean | null
      readonly disk_over_commit: boolean | null
      /** Migration */
      readonly migration: object
      /** SchedulerLimits */
      readonly limits: object | null
    },
  ): Promise<object> {
    const client = this.#on(context, host, this.#long())
    return Object(await client.call(context, 'check_can_live_migrate_destination', { ...args }))
  }

  async checkCanLiveMigrateSource(
    context: object,
    instance: HasHost,
    destCheckData: object,
  ): Promise<object> {
    const args = { instance, dest_check_data: destCheckData }
    const client = this.#at(context, instance)
    return Object(await client.call(context, 'check_can_live_migrate_source', args))
  }

  /** To the source. */
  async liveMigration(
    context: object,
    host: string,
    args: {
      readonly instance: object
      readonly dest: string
      readonly block_migration: boolean | null
      readonly migration: object
      readonly migrate_data: object
    },
  ): Promise<void> {
    await this.#on(context, host).cast(context, 'live_migration', { ...args })
  }

  /** To the destination. */
  async preLiveMigration(
    context: object,
    host: string,
    args: {
      readonly instance: object
      readonly disk: string | null
      readonly migrate_data: object
    },
  ): Promise<object> {
    const client = this.#on(context, host, this.#long())
    return Object(await client.call(context, 'pre_live_migration', { ...args }))
  }

  /** To the destination. */
  async postLiveMigrationAtDestination(
    context: object,
    host: string,
    instance: object,
  ): Promise<void> {
    const args = { instance, block_migration: null }
    const client = this.#on(context, host, this.#long())
    await client.call(context, 'post_live_migration_at_destination', args)
  }

  /** To the destination. */
  async rollbackLiveMigrationAtDestination(
    context: object,
    host: string,
    args: {
      readonly instance: object
      readonly destroy_disks: boolean
      readonly migrate_data: object
    },
  ): Promise<void> {
    const client = this.#on(context, host)
    await client.cast(context, 'rollback_live_migration_at_destination', { ...args })
  }

  async liveMigrationForceComplete(
    context: object,
    instance: object,
    migration: { readonly sourceCompute: string | null },
  ): Promise<void> {
    const { sourceCompute } = migration
    if (!sourceCompute) throw new Error('this migration has no source')
    await this.#on(context, sourceCompute).cast(context, 'live_migration_force_complete', {
      instance,
    })
  }

  async liveMigrationAbort(context: object, instance: HasHost, migrationId: number): Promise<void> {
    await this.#at(context, instance).cast(context, 'live_migration_abort', {
      instance,
      migration_id: migrationId,
    })
  }

  /**
   * A row for a volume that is to come.
   *
   * @returns BlockDeviceMapping
   * @throws DevicePathInUse
   */
  async reserveBlockDeviceName(
    context: object,
    instance: HasHost,
    device: string | null,
    volumeId: string,
    { tag, multiattach }: { readonly tag: string | null; readonly multiattach: boolean },
  ): Promise<unknown> {
    const client = this.#at(context, instance, this.#long())
    return client.call(context, 'reserve_block_device_name', {
      instance,
      device,
      volume_id: volumeId,
      disk_bus: null,
      device_type: null,
      tag,
      multiattach,
    })
  }

  async attachVolume(context: object, instance: HasHost, bdm: object): Promise<void> {
    await this.#at(context, instance).cast(context, 'attach_volume', { instance, bdm })
  }

  async detachVolume(
    context: object,
    instance: HasHost,
    volumeId: string,
    attachmentId: string | null,
  ): Promise<void> {
    await this.#at(context, instance).cast(context, 'detach_volume', {
      instance,
      volume_id: volumeId,
      attachment_id: attachmentId,
    })
  }

  async swapVolume(
    context: object,
    instance: HasHost,
    ids: { readonly old: string; readonly new: string; readonly newAttachment: string },
  ): Promise<void> {
    await this.#at(context, instance).cast(context, 'swap_volume', {
      instance,
      old_volume_id: ids.old,
      new_volume_id: ids.new,
      new_attachment_id: ids.newAttachment,
    })
  }

  /** @param shareMapping  ShareMapping; its status tells what became of it */
  async allowShare(context: object, instance: HasHost, shareMapping: object): Promise<void> {
    await this.#share(context, instance, 'allow_share', shareMapping)
  }

  async denyShare(context: object, instance: HasHost, shareMapping: object): Promise<void> {
    await this.#share(context, instance, 'deny_share', shareMapping)
  }

  async #share(context: object, instance: HasHost, method: string, share: object): Promise<void> {
    const client = this.#at(context, instance, { version: '6.4' })
    await client.cast(context, method, { instance, share_mapping: share })
  }

  /** @param createInfo  `snapshot_id`, `type`, `new_file`, `id` of what the volume service made */
  async volumeSnapshotCreate(
    context: object,
    instance: HasHost,
    volumeId: string,
    createInfo: object,
  ): Promise<void> {
    await this.#at(context, instance).cast(context, 'volume_snapshot_create', {
      instance,
      volume_id: volumeId,
      create_info: createInfo,
    })
  }

  async volumeSnapshotDelete(
    context: object,
    instance: HasHost,
    volumeId: string,
    snapshotId: string,
    deleteInfo: object,
  ): Promise<void> {
    await this.#at(context, instance).cast(context, 'volume_snapshot_delete', {
      instance,
      volume_id: volumeId,
      snapshot_id: snapshotId,
      delete_info: deleteInfo,
    })
  }

  /** @returns by image: cached, existing, unsupported or error */
  async cacheImages(
    context: object,
    host: string,
    imageIds: readonly string[],
  ): Promise<Readonly<Record<string, string>>> {
    const answer = await this.#on(context, host, this.#long()).call(context, 'cache_images', {
      image_ids: imageIds,
    })
    return Object(answer) as Readonly<Record<string, string>>
  }

  /** Waits for it. @returns the new interface, as nova's VIF. @throws what the host refuses with */
  async attachInterface(
    context: object,
    instance: HasHost,
    wanted: {
      readonly networkId: string | null
      readonly portId: string | null
      readonly requestedIp: string | null
      readonly tag: string | null
    },
  ): Promise<{ readonly id: string }> {
    const vif = await this.#at(context, instance).call(context, 'attach_interface', {
      instance,
      network_id: wanted.networkId,
      port_id: wanted.portId,
      requested_ip: wanted.requestedIp,
      tag: wanted.tag,
    })
    return { id: String(Reflect.get(Object(vif), 'id')) }
  }

  async detachInterface(context: object, instance: HasHost, portId: string): Promise<void> {
    await this.#at(context, instance).cast(context, 'detach_interface', {
      instance,
      port_id: portId,
    })
  }

  async addFixedIpToInstance(context: object, instance: HasHost, networkId: string): Promise<void> {
    await this.#at(context, instance).cast(context, 'add_fixed_ip_to_instance', {
      instance,
      network_id: networkId,
    })
  }

  async removeFixedIpFromInstance(
    context: object,
    instance: HasHost,
    address: string,
  ): Promise<void> {
    await this.#at(context, instance).cast(context, 'remove_fixed_ip_from_instance', {
      instance,
      address,
    })
  }

  /**
   * @param instances  those of the events
   * @param events  InstanceExternalEvents
   */
  async externalInstanceEvent(
    context: object,
    host: string,
    instances: readonly object[],
    events: readonly object[],
  ): Promise<void> {
    await this.#on(context, host).cast(context, 'external_instance_event', { instances, events })
  }

  /** Whether the host takes new guests. @returns what its driver says of it */
  async setHostEnabled(context: object, host: string, enabled: boolean): Promise<string> {
    const client = this.#on(context, host, this.#long())
    return String(await client.call(context, 'set_host_enabled', { enabled }))
  }

  /** @returns what its driver says of it */
  async hostMaintenanceMode(context: object, host: string, mode: boolean): Promise<string> {
    const args = { host, mode }
    return String(await this.#on(context, host).call(context, 'host_maintenance_mode', args))
  }

  /** @param action  `startup`, `shutdown` or `reboot`. @returns what its driver says of it */
  async hostPowerAction(context: object, host: string, action: string): Promise<string> {
    return String(await this.#on(context, host).call(context, 'host_power_action', { action }))
  }

  async getHostUptime(context: object, host: string): Promise<string> {
    return String(await this.#on(context, host).call(context, 'get_host_uptime', {}))
  }
}
