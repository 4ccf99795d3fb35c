import type { PrepareOptions, RpcCaller } from '../rpc/caller.js'
import { render } from '../rpc/renderings.js'
import type { ConsoleProtocol } from '../virt/driver.js'
import type { HasHost } from './nouns.js'
import type {
  BuildAndRunInstanceArgs,
  CheckLiveMigrationArgs,
  FinishResizeArgs,
  LiveMigrationArgs,
  MoveArgs,
  PreLiveMigrationArgs,
  PrepResizeArgs,
  RebootType,
  RebuildInstanceArgs,
  ResizeInstanceArgs,
  RollbackLiveMigrationArgs,
  UnshelveInstanceArgs,
} from './rpc-args.js'
import { type ComputeMethod, computeMethods, type MethodSpec } from './rpc-methods.js'

export type * from './rpc-args.js'

/** What `get_console_output` and the like answer, and how long is waited for them, in seconds. */
export interface ComputeRpcTimeouts {
  /** `[DEFAULT] rpc_response_timeout` */
  readonly rpcResponseTimeout: number
  /** `[DEFAULT] long_rpc_timeout` */
  readonly longRpcTimeout: number
}

/** nova's defaults. */
export const defaultTimeouts: ComputeRpcTimeouts = { rpcResponseTimeout: 60, longRpcTimeout: 1800 }

/** Arguments by keyword, as on the wire. */
type Args = Readonly<Record<string, unknown>>

/** The newest version that hosts may be sent (`[upgrade_levels] compute`); undefined: no limit. */
export interface ComputeVersionCap {
  /** May have to ask the database. @throws ServiceTooOld */
  current(): string | undefined | Promise<string | undefined>
}

const noCap: ComputeVersionCap = { current: () => undefined }

/**
 * nova-compute from outside: every message the other processes send to a compute host. Which versions each is
 * sent with, and what an older host is told instead, stands in rpc-methods.ts. What a host is too old for
 * altogether is refused here: RPCVersionCapError, or what nova says of it.
 */
export class ComputeRpcApi {
  readonly #client: (context: object) => RpcCaller
  readonly #cap: ComputeVersionCap
  readonly #long: PrepareOptions

  /** @param client  the topic `compute` on the message bus of the cell that the context aims at */
  constructor(
    client: (context: object) => RpcCaller,
    { rpcResponseTimeout, longRpcTimeout }: ComputeRpcTimeouts = defaultTimeouts,
    cap: ComputeVersionCap = noCap,
  ) {
    this.#client = client
    this.#cap = cap
    // A call whose work may take its time, as long as the host tells that it is alive.
    this.#long = { timeout: longRpcTimeout, callMonitorTimeout: rpcResponseTimeout }
  }

  async #cast(context: object, host: string, method: ComputeMethod, args: Args): Promise<void> {
    const cap = this.#cap.current()
    const known = cap instanceof Promise ? await cap : cap
    const { client, args: rendered } = this.#prepare(context, host, method, args, known)
    await client.cast(context, method, rendered)
  }

  async #call(context: object, host: string, method: ComputeMethod, args: Args): Promise<unknown> {
    const cap = this.#cap.current()
    const known = cap instanceof Promise ? await cap : cap
    const { client, args: rendered } = this.#prepare(context, host, method, args, known)
    return client.call(context, method, rendered)
  }

  #prepare(
    context: object,
    server: string,
    method: ComputeMethod,
    args: Args,
    versionCap: string | undefined,
  ): { readonly client: RpcCaller; readonly args: Args } {
    const { versions, long, tooOld }: MethodSpec = computeMethods[method]
    const client = this.#client(context)
    const capped = versionCap === undefined ? client : client.prepare({ versionCap })
    const { version, args: rendered } = render(capped, versions, args, tooOld)
    const prepared = capped.prepare({ server, version, ...(long ? this.#long : {}) })
    return { client: prepared, args: rendered }
  }

  /** A cast to the server's host. */
  async #tell(context: object, instance: HasHost, method: ComputeMethod, more: Args = {}) {
    await this.#cast(context, hostOf(instance), method, { instance, ...more })
  }

  /** A call of the server's host. */
  async #ask(context: object, instance: HasHost, method: ComputeMethod, more: Args = {}) {
    return this.#call(context, hostOf(instance), method, { instance, ...more })
  }

  buildAndRunInstance(context: object, host: string, args: BuildAndRunInstanceArgs): Promise<void> {
    return this.#cast(context, host, 'build_and_run_instance', { ...args })
  }

  /** @param bdms  BlockDeviceMappingList of the instance */
  terminateInstance(context: object, instance: HasHost, bdms: object): Promise<void> {
    return this.#tell(context, instance, 'terminate_instance', { bdms })
  }

  rebootInstance(context: object, instance: HasHost, rebootType: RebootType): Promise<void> {
    const args = { block_device_info: null, reboot_type: rebootType }
    return this.#tell(context, instance, 'reboot_instance', args)
  }

  startInstance(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'start_instance')
  }

  /** A cast, unless the caller must know that the guest is off (`wait`). */
  async stopInstance(
    context: object,
    instance: HasHost,
    { wait = false, cleanShutdown = true }: { wait?: boolean; cleanShutdown?: boolean } = {},
  ): Promise<void> {
    const args = { clean_shutdown: cleanShutdown }
    if (wait) await this.#ask(context, instance, 'stop_instance', args)
    else await this.#tell(context, instance, 'stop_instance', args)
  }

  pauseInstance(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'pause_instance')
  }

  unpauseInstance(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'unpause_instance')
  }

  suspendInstance(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'suspend_instance')
  }

  resumeInstance(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'resume_instance')
  }

  /** Waits until the guest has it. */
  async setAdminPassword(context: object, instance: HasHost, password: string): Promise<void> {
    await this.#ask(context, instance, 'set_admin_password', { new_pass: password })
  }

  /** @param request  `imageRef` null: the image of the server itself */
  rescueInstance(
    context: object,
    instance: HasHost,
    { password, imageRef }: { readonly password: string; readonly imageRef: string | null },
  ): Promise<void> {
    return this.#tell(context, instance, 'rescue_instance', {
      rescue_password: password,
      rescue_image_ref: imageRef,
      clean_shutdown: true,
    })
  }

  unrescueInstance(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'unrescue_instance')
  }

  triggerCrashDump(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'trigger_crash_dump')
  }

  /** @throws InstanceQuiesceNotSupported, QemuGuestAgentNotEnabled, NotImplementedError, … */
  async quiesceInstance(context: object, instance: HasHost): Promise<void> {
    await this.#ask(context, instance, 'quiesce_instance')
  }

  /** @param mapping  with the snapshots that are to be made before */
  unquiesceInstance(
    context: object,
    instance: HasHost,
    mapping: readonly object[] | null,
  ): Promise<void> {
    return this.#tell(context, instance, 'unquiesce_instance', { mapping })
  }

  injectNetworkInfo(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'inject_network_info')
  }

  snapshotInstance(context: object, instance: HasHost, imageId: string): Promise<void> {
    return this.#tell(context, instance, 'snapshot_instance', { image_id: imageId })
  }

  backupInstance(
    context: object,
    instance: HasHost,
    {
      imageId,
      backupType,
      rotation,
    }: { readonly imageId: string; readonly backupType: string; readonly rotation: number },
  ): Promise<void> {
    const args = { image_id: imageId, backup_type: backupType, rotation }
    return this.#tell(context, instance, 'backup_instance', args)
  }

  rebuildInstance(context: object, host: string, args: RebuildInstanceArgs): Promise<void> {
    return this.#cast(context, host, 'rebuild_instance', { ...args })
  }

  /** To the destination. */
  prepResize(context: object, host: string, args: PrepResizeArgs): Promise<void> {
    return this.#cast(context, host, 'prep_resize', { ...args })
  }

  /** To the source. */
  resizeInstance(context: object, host: string, args: ResizeInstanceArgs): Promise<void> {
    return this.#cast(context, host, 'resize_instance', { ...args })
  }

  /** To the destination. */
  finishResize(context: object, host: string, args: FinishResizeArgs): Promise<void> {
    return this.#cast(context, host, 'finish_resize', { ...args })
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
    if (wait) await this.#call(context, host, 'confirm_resize', args)
    else await this.#cast(context, host, 'confirm_resize', args)
  }

  /** To the destination. */
  revertResize(context: object, host: string, args: MoveArgs): Promise<void> {
    return this.#cast(context, host, 'revert_resize', { ...args })
  }

  /** To the source. */
  finishRevertResize(context: object, host: string, args: MoveArgs): Promise<void> {
    return this.#cast(context, host, 'finish_revert_resize', { ...args })
  }

  shelveInstance(context: object, instance: HasHost, imageId: string): Promise<void> {
    const args = { image_id: imageId, clean_shutdown: true, accel_uuids: [] }
    return this.#tell(context, instance, 'shelve_instance', args)
  }

  shelveOffloadInstance(
    context: object,
    instance: HasHost,
    { cleanShutdown }: { readonly cleanShutdown: boolean },
  ): Promise<void> {
    const args = { clean_shutdown: cleanShutdown, accel_uuids: [] }
    return this.#tell(context, instance, 'shelve_offload_instance', args)
  }

  unshelveInstance(context: object, host: string, args: UnshelveInstanceArgs): Promise<void> {
    return this.#cast(context, host, 'unshelve_instance', { ...args })
  }

  softDeleteInstance(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'soft_delete_instance')
  }

  restoreInstance(context: object, instance: HasHost): Promise<void> {
    return this.#tell(context, instance, 'restore_instance')
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
    const args = { tail_length: tailLength }
    return String((await this.#ask(context, instance, 'get_console_output', args)) ?? '')
  }

  /** The free map of the driver (up to 2.47). @throws InstanceInvalidState, NotImplementedError */
  getDiagnostics(context: object, instance: HasHost): Promise<unknown> {
    return this.#ask(context, instance, 'get_diagnostics')
  }

  /** @returns Diagnostics. @throws as {@link getDiagnostics} */
  getInstanceDiagnostics(context: object, instance: HasHost): Promise<unknown> {
    return this.#ask(context, instance, 'get_instance_diagnostics')
  }

  /**
   * A token for one of the guest's consoles, and where to use it.
   *
   * @throws ConsoleTypeInvalid, ConsoleTypeUnavailable, InstanceNotReady, NotImplementedError
   */
  getConsole(
    context: object,
    instance: HasHost,
    protocol: ConsoleProtocol,
    consoleType: string,
  ): Promise<unknown> {
    return this.#ask(context, instance, `get_${protocol}_console`, { console_type: consoleType })
  }

  /** Whether the guest's console of this type listens on this port still: what proxies ask. */
  async validateConsolePort(
    context: object,
    instance: HasHost,
    port: string,
    consoleType: string,
  ): Promise<boolean> {
    const args = { port, console_type: consoleType }
    return (await this.#ask(context, instance, 'validate_console_port', args)) === true
  }

  /** To the destination. @throws what forbids it. @returns what the hosts agreed on */
  async checkCanLiveMigrateDestination(
    context: object,
    host: string,
    args: CheckLiveMigrationArgs,
  ): Promise<object> {
    return Object(
      await this.#call(context, host, 'check_can_live_migrate_destination', { ...args }),
    )
  }

  async checkCanLiveMigrateSource(
    context: object,
    instance: HasHost,
    destCheckData: object,
  ): Promise<object> {
    const args = { dest_check_data: destCheckData }
    return Object(await this.#ask(context, instance, 'check_can_live_migrate_source', args))
  }

  /** To the source. */
  liveMigration(context: object, host: string, args: LiveMigrationArgs): Promise<void> {
    return this.#cast(context, host, 'live_migration', { ...args })
  }

  /** To the destination. */
  async preLiveMigration(
    context: object,
    host: string,
    args: PreLiveMigrationArgs,
  ): Promise<object> {
    return Object(await this.#call(context, host, 'pre_live_migration', { ...args }))
  }

  /** To the destination. */
  async postLiveMigrationAtDestination(
    context: object,
    host: string,
    instance: object,
  ): Promise<void> {
    const args = { instance, block_migration: null }
    await this.#call(context, host, 'post_live_migration_at_destination', args)
  }

  /** The host has nothing to do with a volume any more; its attachment is the caller's to delete. */
  async removeVolumeConnection(
    context: object,
    host: string,
    instance: object,
    volumeId: string,
  ): Promise<void> {
    const args = { instance, volume_id: volumeId }
    await this.#call(context, host, 'remove_volume_connection', args)
  }

  /** To the destination. */
  rollbackLiveMigrationAtDestination(
    context: object,
    host: string,
    args: RollbackLiveMigrationArgs,
  ): Promise<void> {
    return this.#cast(context, host, 'rollback_live_migration_at_destination', { ...args })
  }

  async liveMigrationForceComplete(
    context: object,
    instance: object,
    { sourceCompute }: { readonly sourceCompute: string | null },
  ): Promise<void> {
    if (!sourceCompute) throw new Error('this migration has no source')
    await this.#cast(context, sourceCompute, 'live_migration_force_complete', { instance })
  }

  liveMigrationAbort(context: object, instance: HasHost, migrationId: number): Promise<void> {
    return this.#tell(context, instance, 'live_migration_abort', { migration_id: migrationId })
  }

  /**
   * A row for a volume that is to come.
   *
   * @returns BlockDeviceMapping
   * @throws DevicePathInUse
   */
  reserveBlockDeviceName(
    context: object,
    instance: HasHost,
    device: string | null,
    volumeId: string,
    { tag, multiattach }: { readonly tag: string | null; readonly multiattach: boolean },
  ): Promise<unknown> {
    return this.#ask(context, instance, 'reserve_block_device_name', {
      device,
      volume_id: volumeId,
      disk_bus: null,
      device_type: null,
      tag,
      multiattach,
    })
  }

  attachVolume(context: object, instance: HasHost, bdm: object): Promise<void> {
    return this.#tell(context, instance, 'attach_volume', { bdm })
  }

  detachVolume(
    context: object,
    instance: HasHost,
    volumeId: string,
    attachmentId: string | null,
  ): Promise<void> {
    const args = { volume_id: volumeId, attachment_id: attachmentId }
    return this.#tell(context, instance, 'detach_volume', args)
  }

  swapVolume(
    context: object,
    instance: HasHost,
    ids: { readonly old: string; readonly new: string; readonly newAttachment: string },
  ): Promise<void> {
    return this.#tell(context, instance, 'swap_volume', {
      old_volume_id: ids.old,
      new_volume_id: ids.new,
      new_attachment_id: ids.newAttachment,
    })
  }

  /**
   * @param shareMapping  ShareMapping; its status tells what became of it
   * @throws UnsupportedRPCVersion
   */
  allowShare(context: object, instance: HasHost, shareMapping: object): Promise<void> {
    return this.#tell(context, instance, 'allow_share', { share_mapping: shareMapping })
  }

  /** @throws UnsupportedRPCVersion */
  denyShare(context: object, instance: HasHost, shareMapping: object): Promise<void> {
    return this.#tell(context, instance, 'deny_share', { share_mapping: shareMapping })
  }

  /** @param createInfo  `snapshot_id`, `type`, `new_file`, `id` of what the volume service made */
  volumeSnapshotCreate(
    context: object,
    instance: HasHost,
    volumeId: string,
    createInfo: object,
  ): Promise<void> {
    const args = { volume_id: volumeId, create_info: createInfo }
    return this.#tell(context, instance, 'volume_snapshot_create', args)
  }

  volumeSnapshotDelete(
    context: object,
    instance: HasHost,
    volumeId: string,
    snapshotId: string,
    deleteInfo: object,
  ): Promise<void> {
    const args = { volume_id: volumeId, snapshot_id: snapshotId, delete_info: deleteInfo }
    return this.#tell(context, instance, 'volume_snapshot_delete', args)
  }

  /** @returns by image: cached, existing, unsupported or error */
  async cacheImages(
    context: object,
    host: string,
    imageIds: readonly string[],
  ): Promise<Readonly<Record<string, string>>> {
    return Object(await this.#call(context, host, 'cache_images', { image_ids: imageIds }))
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
    const vif = await this.#ask(context, instance, 'attach_interface', {
      network_id: wanted.networkId,
      port_id: wanted.portId,
      requested_ip: wanted.requestedIp,
      tag: wanted.tag,
    })
    return { id: String(Reflect.get(Object(vif), 'id')) }
  }

  detachInterface(context: object, instance: HasHost, portId: string): Promise<void> {
    return this.#tell(context, instance, 'detach_interface', { port_id: portId })
  }

  addFixedIpToInstance(context: object, instance: HasHost, networkId: string): Promise<void> {
    return this.#tell(context, instance, 'add_fixed_ip_to_instance', { network_id: networkId })
  }

  removeFixedIpFromInstance(context: object, instance: HasHost, address: string): Promise<void> {
    return this.#tell(context, instance, 'remove_fixed_ip_from_instance', { address })
  }

  /**
   * @param instances  those of the events
   * @param events  InstanceExternalEvents
   */
  externalInstanceEvent(
    context: object,
    host: string,
    instances: readonly object[],
    events: readonly object[],
  ): Promise<void> {
    return this.#cast(context, host, 'external_instance_event', { instances, events })
  }

  /** Whether the host takes new guests. @returns what its driver says of it */
  async setHostEnabled(context: object, host: string, enabled: boolean): Promise<string> {
    return String(await this.#call(context, host, 'set_host_enabled', { enabled }))
  }

  /** @returns what its driver says of it */
  async hostMaintenanceMode(context: object, host: string, mode: boolean): Promise<string> {
    return String(await this.#call(context, host, 'host_maintenance_mode', { host, mode }))
  }

  /** @param action  `startup`, `shutdown` or `reboot`. @returns what its driver says of it */
  async hostPowerAction(context: object, host: string, action: string): Promise<string> {
    return String(await this.#call(context, host, 'host_power_action', { action }))
  }

  async getHostUptime(context: object, host: string): Promise<string> {
    return String(await this.#call(context, host, 'get_host_uptime', {}))
  }
}

/** @throws Error for a server that is on no host */
const hostOf = ({ uuid, host }: HasHost): string => {
  if (!host) throw new Error(`No compute host specified for instance ${uuid}`)
  return host
}
