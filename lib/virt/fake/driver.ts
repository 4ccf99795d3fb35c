import { Readable } from 'node:stream'
import type { RequestContext } from '../../context/index.js'
import {
  InstanceNotFound,
  InstanceNotRunning,
  InterfaceAttachFailed,
  InterfaceDetachFailed,
} from '../../exception/index.js'
import type { NetworkInfo, Vif } from '../../network/model.js'
import type { Diagnostics } from '../../objects/index.js'
import type { ProviderTree } from '../../placement/provider-tree.js'
import {
  type ArriveOptions,
  type AvailableResource,
  type ComingOptions,
  ComputeDriver,
  type ConnectionInfo,
  type ConsoleAddress,
  type ConsoleProtocol,
  type CountedVolume,
  type DestroyOptions,
  type DriverCapabilities,
  type DriverInstance,
  type DriverShare,
  type GuestOptions,
  type InstanceInfo,
  type LeaveOptions,
  type LifecycleTransition,
  type LiveMigrationOptions,
  type MigrateData,
  type PowerOffOptions,
  type RescueOptions,
  type ReturnOptions,
  type SnapshotSink,
  type SpawnOptions,
  type VolumeCounts,
} from '../driver.js'
import { hostInventory, type InventoryOptions } from '../inventory.js'
import { PowerState } from '../power-state.js'
import { type VifPlugOptions, withPluggedVifs } from '../vif-plug.js'
import type { FakeMethod } from './behaviour.js'
import { bootLog } from './console.js'
import { fakeConsoles } from './consoles.js'
import { serialOf, vifsOf, volumesIn } from './devices.js'
import { fakeDiagnostics, fakeDiagnosticsMap, fakeVolumeCounts } from './diagnostics.js'
import { type Guest, GuestStore } from './guest-store.js'
import { FakeLiveMigration, fakeMigrateData } from './live-migration.js'
import { arrived, come, coming, confirmed, diskInfoOf, leaving, returned } from './moves.js'
import { type FakeTroubleOptions, FakeTroubles } from './troubles.js'

/** What the fake host has. nova's fake has a thousand cores. */
export interface FakeCapacity {
  readonly vcpus: number
  /** MiB */
  readonly memoryMb: number
  /** GiB */
  readonly localGb: number
}

export const defaultCapacity: FakeCapacity = { vcpus: 1000, memoryMb: 800_000, localGb: 600_000 }

export interface FakeDriverOptions extends FakeTroubleOptions {
  readonly capacity?: FakeCapacity
  /** Where the guests are kept over a restart; null or absent: in memory. */
  readonly stateFile?: string | null
  /** Ports that are not up yet are waited for; null or absent: they are not. */
  readonly vifPlug?: VifPlugOptions | null
}

/**
 * A hypervisor made of bookkeeping: guests with a power state each, a capacity, a console, and on
 * request delays and failures. Unlike nova's, it does as it is told: a paused guest reports PAUSED.
 */
export class FakeDriver extends ComputeDriver {
  override readonly capabilities: DriverCapabilities = {
    supportsAttachInterface: true,
    supportsTaggedAttachInterface: true,
    supportsExtendVolume: true,
    supportsEvacuate: true,
    supportsBfvRescue: true,
    supportsMigrateToSameHost: false,
  }

  readonly #capacity: FakeCapacity
  readonly #guests: GuestStore
  readonly #troubles: FakeTroubles
  readonly #vifPlug: VifPlugOptions | null
  readonly #live = new Map<string, FakeLiveMigration>()
  #host = ''

  constructor(options: FakeDriverOptions = {}) {
    super()
    this.#capacity = options.capacity ?? defaultCapacity
    this.#guests = new GuestStore(options.stateFile ?? null)
    this.#troubles = new FakeTroubles(options)
    this.#vifPlug = options.vifPlug ?? null
  }

  override async initHost(host: string): Promise<void> {
    this.#host = host
    await this.#guests.load()
  }

  /** Cuts short the delays that are running. */
  override async cleanupHost(): Promise<void> {
    this.#troubles.close()
  }

  override async getInfo(instance: DriverInstance): Promise<InstanceInfo> {
    return { state: this.#guest(instance).state, internalId: null }
  }

  override async listInstanceUuids(): Promise<readonly string[]> {
    return this.#guests.all().map(guest => guest.uuid)
  }

  override async getAvailableNodes(): Promise<readonly string[]> {
    return [this.#host]
  }

  override async getAvailableResource(nodename: string): Promise<AvailableResource> {
    const guests = this.#guests.all()
    const sum = (of: (guest: Guest) => number) => guests.reduce((total, g) => total + of(g), 0)
    return {
      ...this.#capacity,
      vcpusUsed: sum(guest => guest.vcpus),
      memoryMbUsed: sum(guest => guest.memoryMb),
      localGbUsed: sum(guest => guest.localGb),
      hypervisorType: 'fake',
      hypervisorVersion: 1000,
      hypervisorHostname: nodename,
      cpuInfo: JSON.stringify({
        arch: 'x86_64',
        model: 'Nehalem',
        vendor: 'Intel',
        features: ['pge', 'clflush'],
        topology: { cores: 1, threads: 1, sockets: 4 },
      }),
      diskAvailableLeast: null,
      supportedInstances: [['x86_64', 'fake', 'hvm']],
      numaTopology: null,
    }
  }

  override async updateProviderTree(
    tree: ProviderTree,
    nodename: string,
    options: InventoryOptions,
  ): Promise<void> {
    const resources = await this.getAvailableResource(nodename)
    const { inventory } = tree.get(nodename)
    tree.updateInventory(nodename, hostInventory(resources, options, inventory))
  }

  /** What nova's fake says of itself. */
  override capabilitiesAsTraits(): Readonly<Record<string, boolean>> {
    return {
      ...super.capabilitiesAsTraits(),
      COMPUTE_ACCELERATORS: true,
      COMPUTE_DEVICE_TAGGING: true,
      COMPUTE_IMAGE_TYPE_RAW: true,
      COMPUTE_TRUSTED_CERTS: true,
      COMPUTE_VOLUME_ATTACH_WITH_TAG: true,
      COMPUTE_VOLUME_MULTI_ATTACH: true,
    }
  }

  override async hostPowerAction(action: string): Promise<string> {
    return action
  }

  override async hostMaintenanceMode(_host: string, mode: boolean): Promise<string> {
    return mode ? 'on_maintenance' : 'off_maintenance'
  }

  override async setHostEnabled(enabled: boolean): Promise<string> {
    return enabled ? 'enabled' : 'disabled'
  }

  override async getHostUptime(): Promise<string> {
    const up = Math.floor(process.uptime())
    const clock = [Math.floor(up / 3600), Math.floor(up / 60) % 60, up % 60]
    const text = clock.map(part => String(part).padStart(2, '0')).join(':')
    return ` up ${text},  ${this.#guests.all().length} guests,  load average: 0.00, 0.00, 0.00`
  }

  override async spawn(
    _context: RequestContext,
    instance: DriverInstance,
    options: SpawnOptions,
  ): Promise<void> {
    await this.#begin('spawn', instance)
    const guest: Guest = {
      uuid: instance.uuid,
      displayName: instance.displayName ?? instance.uuid,
      state: options.powerOn === false ? PowerState.shutdown : PowerState.running,
      vcpus: instance.vcpus ?? 0,
      memoryMb: instance.memoryMb ?? 0,
      localGb: (instance.rootGb ?? 0) + (instance.ephemeralGb ?? 0),
      vifs: vifsOf(options.networkInfo),
      volumes: volumesIn(options.blockDeviceInfo),
      bootedAt: new Date().toISOString(),
      boots: options.powerOn === false ? 0 : 1,
    }
    try {
      await this.#plugged(instance, options.networkInfo, () => this.#guests.set(guest))
    } catch (error) {
      await this.#guests.delete(instance.uuid)
      throw error
    }
  }

  /** As a hypervisor does whose network service plugs the interfaces, and says so. */
  async #plugged(
    instance: DriverInstance,
    networkInfo: NetworkInfo,
    start: () => Promise<void>,
  ): Promise<void> {
    if (!this.#vifPlug) return start()
    await withPluggedVifs(this.virtApi, instance, networkInfo, this.#vifPlug, start)
  }

  override async destroy(
    _context: RequestContext,
    instance: DriverInstance,
    { destroyDisks = true }: DestroyOptions,
  ): Promise<void> {
    await this.#begin('destroy', instance)
    const before = this.#guests.get(instance.uuid)?.before
    if (before && !destroyDisks) await this.#guests.set(before)
    else await this.#guests.delete(instance.uuid)
  }

  /** nova's fake has this one. */
  override async getHostIpAddr(): Promise<string> {
    return '192.168.0.1'
  }

  override async migrateDiskAndPowerOff(
    _context: RequestContext,
    instance: DriverInstance,
    _options: LeaveOptions,
  ): Promise<string> {
    await this.#begin('migrate_disk_and_power_off', instance)
    const guest = this.#guest(instance)
    await this.#guests.set(leaving(guest))
    return diskInfoOf(guest)
  }

  override async finishMigration(
    _context: RequestContext,
    instance: DriverInstance,
    options: ArriveOptions,
  ): Promise<void> {
    await this.#begin('finish_migration', instance)
    await this.#guests.set(arrived(instance, options, this.#guests.get(instance.uuid)))
  }

  override async confirmMigration(
    _context: RequestContext,
    instance: DriverInstance,
  ): Promise<void> {
    await this.#begin('confirm_migration', instance)
    const guest = this.#guests.get(instance.uuid)
    if (!guest) return
    const rest = confirmed(guest)
    if (rest) await this.#guests.set(rest)
    else await this.#guests.delete(guest.uuid)
  }

  override async finishRevertMigration(
    _context: RequestContext,
    instance: DriverInstance,
    options: ReturnOptions,
  ): Promise<void> {
    await this.#begin('finish_revert_migration', instance)
    await this.#guests.set(returned(this.#guest(instance), options))
  }

  override async reboot(
    _context: RequestContext,
    instance: DriverInstance,
    rebootType: 'SOFT' | 'HARD',
    { networkInfo }: GuestOptions,
  ): Promise<void> {
    await this.#begin('reboot', instance)
    const guest = this.#guest(instance)
    if (rebootType === 'SOFT' && guest.state !== PowerState.running) {
      throw new InstanceNotRunning({ instance_id: instance.uuid })
    }
    if (rebootType === 'SOFT') return this.#boot(guest)
    await this.#plugged(instance, networkInfo, () => this.#boot(guest))
  }

  override async pause(instance: DriverInstance): Promise<void> {
    await this.#begin('pause', instance)
    await this.#set(instance, PowerState.paused)
  }

  override async unpause(instance: DriverInstance): Promise<void> {
    await this.#begin('unpause', instance)
    await this.#set(instance, PowerState.running)
  }

  override async suspend(_context: RequestContext, instance: DriverInstance): Promise<void> {
    await this.#begin('suspend', instance)
    await this.#set(instance, PowerState.suspended)
  }

  override async resume(_context: RequestContext, instance: DriverInstance): Promise<void> {
    await this.#begin('resume', instance)
    await this.#set(instance, PowerState.running)
  }

  override async resumeStateOnHostBoot(
    _context: RequestContext,
    instance: DriverInstance,
    options: GuestOptions,
  ): Promise<void> {
    await this.#begin('resume_state_on_host_boot', instance)
    const volumes = volumesIn(options.blockDeviceInfo)
    await this.#boot({ ...this.#guest(instance), vifs: vifsOf(options.networkInfo), volumes })
  }

  override async plugVifs(instance: DriverInstance, networkInfo: NetworkInfo): Promise<void> {
    await this.#begin('plug_vifs', instance)
    const guest = this.#guests.get(instance.uuid)
    if (guest) await this.#guests.set({ ...guest, vifs: vifsOf(networkInfo) })
  }

  override async powerOff(instance: DriverInstance, _options?: PowerOffOptions): Promise<void> {
    await this.#begin('power_off', instance)
    await this.#set(instance, PowerState.shutdown)
  }

  override async powerOn(_context: RequestContext, instance: DriverInstance): Promise<void> {
    await this.#begin('power_on', instance)
    await this.#boot(this.#guest(instance))
  }

  override async rescue(
    _context: RequestContext,
    instance: DriverInstance,
    { imageMeta }: RescueOptions,
  ): Promise<void> {
    await this.#begin('rescue', instance)
    await this.#boot({ ...this.#guest(instance), rescueImage: String(imageMeta.id) })
  }

  override async unrescue(_context: RequestContext, instance: DriverInstance): Promise<void> {
    await this.#begin('unrescue', instance)
    const { rescueImage: _, ...guest } = this.#guest(instance)
    await this.#boot(guest)
  }

  override async checkCanLiveMigrateDestination(
    _context: RequestContext,
    instance: DriverInstance,
  ): Promise<MigrateData> {
    await this.#begin('check_can_live_migrate_destination', instance)
    return fakeMigrateData()
  }

  override async checkCanLiveMigrateSource(
    _context: RequestContext,
    instance: DriverInstance,
    data: MigrateData,
  ): Promise<MigrateData> {
    await this.#begin('check_can_live_migrate_source', instance)
    this.#guest(instance)
    return data
  }

  override async getInstanceDiskInfo(instance: DriverInstance): Promise<string> {
    return diskInfoOf(this.#guest(instance))
  }

  override async preLiveMigration(
    _context: RequestContext,
    instance: DriverInstance,
    data: MigrateData,
    options: ComingOptions,
  ): Promise<MigrateData> {
    await this.#begin('pre_live_migration', instance)
    await this.#guests.set(coming(instance, options))
    return data
  }

  /** `[fake] delays` tells how long it takes: `live_migration:30`. */
  override async liveMigration(
    _context: RequestContext,
    instance: DriverInstance,
    options: LiveMigrationOptions,
  ): Promise<void> {
    const migration = new FakeLiveMigration()
    this.#live.set(instance.uuid, migration)
    try {
      await this.#troubles.meet('live_migration', instance, this.#host)
      const seconds = this.#troubles.delayOf('live_migration')
      await migration.run(this.#guest(instance), seconds, options, this.#troubles.closing)
    } finally {
      this.#live.delete(instance.uuid)
    }
  }

  override async liveMigrationForceComplete(instance: DriverInstance): Promise<void> {
    await this.#begin('live_migration_force_complete', instance)
    this.#live.get(instance.uuid)?.hurry()
  }

  override async liveMigrationAbort(instance: DriverInstance): Promise<void> {
    await this.#begin('live_migration_abort', instance)
    this.#live.get(instance.uuid)?.abort()
  }

  override async postLiveMigrationAtSource(
    _context: RequestContext,
    instance: DriverInstance,
  ): Promise<void> {
    await this.#begin('post_live_migration_at_source', instance)
    await this.#guests.delete(instance.uuid)
  }

  override async postLiveMigrationAtDestination(
    _context: RequestContext,
    instance: DriverInstance,
  ): Promise<void> {
    await this.#begin('post_live_migration_at_destination', instance)
    await this.#guests.set(come(this.#guest(instance)))
  }

  /** Only what is still on its way. */
  override async rollbackLiveMigrationAtDestination(
    _context: RequestContext,
    instance: DriverInstance,
  ): Promise<void> {
    await this.#begin('rollback_live_migration_at_destination', instance)
    if (this.#guests.get(instance.uuid)?.arriving !== undefined) {
      await this.#guests.delete(instance.uuid)
    }
  }

  override async softDelete(instance: DriverInstance): Promise<void> {
    await this.#begin('soft_delete', instance)
    await this.#set(instance, PowerState.shutdown)
  }

  override async restore(instance: DriverInstance): Promise<void> {
    await this.#begin('restore', instance)
    await this.#boot(this.#guest(instance))
  }

  override async snapshot(
    _context: RequestContext,
    instance: DriverInstance,
    imageId: string,
    { reading, sending, upload }: SnapshotSink,
  ): Promise<void> {
    const guest = this.#guests.get(instance.uuid)
    if (!guest) throw new InstanceNotRunning({ instance_id: instance.uuid })
    await reading()
    await this.#begin('snapshot', instance)
    await sending()
    await upload(Readable.from([diskOf(guest, imageId)]), {
      diskFormat: 'raw',
      containerFormat: 'bare',
    })
  }

  /** Taken, and told to nobody. */
  override async setAdminPassword(instance: DriverInstance): Promise<void> {
    await this.#begin('set_admin_password', instance)
    this.#guest(instance)
  }

  override async triggerCrashDump(instance: DriverInstance): Promise<void> {
    await this.#begin('trigger_crash_dump', instance)
    this.#guest(instance)
  }

  override async injectNetworkInfo(
    instance: DriverInstance,
    networkInfo: NetworkInfo,
  ): Promise<void> {
    await this.#begin('inject_network_info', instance)
    await this.#guests.set({ ...this.#guest(instance), vifs: vifsOf(networkInfo) })
  }

  override async getConsoleOutput(
    _context: RequestContext,
    instance: DriverInstance,
  ): Promise<string> {
    await this.#begin('get_console_output', instance)
    const guest = this.#guest(instance)
    return guest.boots === 0 ? '' : bootLog(guest)
  }

  override async getConsole(
    _context: RequestContext,
    instance: DriverInstance,
    protocol: ConsoleProtocol,
  ): Promise<ConsoleAddress> {
    await this.#begin(`get_${protocol}_console`, instance)
    this.#guest(instance)
    return fakeConsoles[protocol]
  }

  override async getVolumeConnector(): Promise<Readonly<Record<string, unknown>>> {
    return { ip: '127.0.0.1', initiator: 'fake', host: this.#host }
  }

  override async attachVolume(
    _context: RequestContext,
    connectionInfo: ConnectionInfo,
    instance: DriverInstance,
    mountpoint: string,
  ): Promise<void> {
    await this.#begin('attach_volume', instance)
    const guest = this.#guest(instance)
    const volumes = { ...guest.volumes, [mountpoint]: serialOf(connectionInfo) }
    await this.#guests.set({ ...guest, volumes })
  }

  override async extendVolume(
    _context: RequestContext,
    _connectionInfo: ConnectionInfo,
    instance: DriverInstance,
  ): Promise<void> {
    await this.#begin('extend_volume', instance)
  }

  override async detachVolume(
    _context: RequestContext,
    _connectionInfo: ConnectionInfo,
    instance: DriverInstance,
    mountpoint: string,
  ): Promise<void> {
    await this.#begin('detach_volume', instance)
    const guest = this.#guest(instance)
    const { [mountpoint]: _gone, ...volumes } = guest.volumes ?? {}
    await this.#guests.set({ ...guest, volumes })
  }

  override async swapVolume(
    _context: RequestContext,
    _oldConnectionInfo: ConnectionInfo,
    newConnectionInfo: ConnectionInfo,
    instance: DriverInstance,
    mountpoint: string,
  ): Promise<void> {
    await this.#begin('swap_volume', instance)
    const guest = this.#guest(instance)
    const volumes = { ...guest.volumes, [mountpoint]: serialOf(newConnectionInfo) }
    await this.#guests.set({ ...guest, volumes })
  }

  /** Volumes of a guest by the name of their device; for tests and demonstrations. */
  volumesOf(instance: { readonly uuid: string }): Readonly<Record<string, string>> {
    return this.#guests.get(instance.uuid)?.volumes ?? {}
  }

  override async mountShare(
    _context: RequestContext,
    instance: DriverInstance,
    { tag, shareId }: DriverShare,
  ): Promise<void> {
    await this.#begin('mount_share', instance)
    const guest = this.#guest(instance)
    await this.#guests.set({ ...guest, shares: { ...guest.shares, [tag]: shareId } })
  }

  override async umountShare(
    _context: RequestContext,
    instance: DriverInstance,
    { tag }: DriverShare,
  ): Promise<void> {
    await this.#begin('umount_share', instance)
    const guest = this.#guests.get(instance.uuid)
    if (!guest) return
    const { [tag]: _gone, ...shares } = guest.shares ?? {}
    await this.#guests.set({ ...guest, shares })
  }

  /** Shares of a guest by their tags; for tests and demonstrations. */
  sharesOf(instance: { readonly uuid: string }): Readonly<Record<string, string>> {
    return this.#guests.get(instance.uuid)?.shares ?? {}
  }

  override async deleteInstanceFiles({ uuid }: DriverInstance): Promise<boolean> {
    if (this.#guests.get(uuid)) await this.#guests.delete(uuid)
    return true
  }

  /** As if each guest read and wrote a little every second that it is on. */
  override async getAllVolumeUsage(
    _context: RequestContext,
    volumes: readonly CountedVolume[],
  ): Promise<readonly VolumeCounts[]> {
    return volumes.flatMap(({ volumeId, instance: { uuid } }) => {
      const guest = this.#guests.get(uuid)
      return guest && Object.values(guest.volumes ?? {}).includes(volumeId)
        ? { volumeId, instanceUuid: uuid, ...fakeVolumeCounts(guest) }
        : []
    })
  }

  override async quiesce(_context: RequestContext, instance: DriverInstance): Promise<void> {
    await this.#begin('quiesce', instance)
    this.#guest(instance)
  }

  override async unquiesce(_context: RequestContext, instance: DriverInstance): Promise<void> {
    await this.#begin('unquiesce', instance)
    this.#guest(instance)
  }

  override async getDiagnostics(
    instance: DriverInstance,
  ): Promise<Readonly<Record<string, unknown>>> {
    await this.#begin('get_diagnostics', instance)
    this.#guest(instance)
    return fakeDiagnosticsMap
  }

  override async getInstanceDiagnostics(instance: DriverInstance): Promise<Diagnostics> {
    await this.#begin('get_instance_diagnostics', instance)
    this.#guest(instance)
    return fakeDiagnostics()
  }

  override async powerUpdateEvent(instance: DriverInstance, power: PowerState): Promise<void> {
    await this.#begin('power_update_event', instance)
    await this.#set(instance, power)
  }

  override async attachInterface(
    _context: RequestContext,
    instance: DriverInstance,
    vif: Vif,
  ): Promise<void> {
    await this.#begin('attach_interface', instance)
    const guest = this.#guest(instance)
    if (guest.vifs.some(({ id }) => id === vif.id)) {
      throw new InterfaceAttachFailed({ instance_uuid: instance.uuid })
    }
    await this.#guests.set({ ...guest, vifs: [...guest.vifs, ...vifsOf([vif])] })
  }

  override async detachInterface(
    _context: RequestContext,
    instance: DriverInstance,
    vif: Vif,
  ): Promise<void> {
    await this.#begin('detach_interface', instance)
    const guest = this.#guest(instance)
    const vifs = guest.vifs.filter(({ id }) => id !== vif.id)
    if (vifs.length === guest.vifs.length) {
      throw new InterfaceDetachFailed({ instance_uuid: instance.uuid })
    }
    await this.#guests.set({ ...guest, vifs })
  }

  /** Lets a guest change by itself, as one that is shut down from within: for tests and demonstrations. */
  async transition(instance: DriverInstance, to: PowerState): Promise<void> {
    const guest = this.#guest(instance)
    await this.#guests.set({ ...guest, state: to })
    this.emitEvent({ uuid: instance.uuid, transition: transitionTo(to) })
  }

  #guest(instance: DriverInstance): Guest {
    const guest = this.#guests.get(instance.uuid)
    if (!guest) throw new InstanceNotFound({ instance_id: instance.uuid })
    return guest
  }

  async #set(instance: DriverInstance, state: PowerState): Promise<void> {
    await this.#guests.set({ ...this.#guest(instance), state })
  }

  async #boot(guest: Guest): Promise<void> {
    await this.#guests.set({
      ...guest,
      state: PowerState.running,
      bootedAt: new Date().toISOString(),
      boots: guest.boots + 1,
    })
  }

  #begin(method: FakeMethod, instance: DriverInstance): Promise<void> {
    return this.#troubles.begin(method, instance, this.#host)
  }
}

/** What a fake guest has on its disk: a sector that tells whose it was. */
const diskOf = (guest: Guest, imageId: string): Buffer => {
  const sector = Buffer.alloc(512)
  sector.write(`fake disk of ${guest.uuid}, ${guest.boots} boots, as image ${imageId}\n`)
  return sector
}

const transitionTo = (state: PowerState): LifecycleTransition => {
  switch (state) {
    case PowerState.running:
      return 'started'
    case PowerState.paused:
      return 'paused'
    case PowerState.suspended:
      return 'suspended'
    default:
      return 'stopped'
  }
}
