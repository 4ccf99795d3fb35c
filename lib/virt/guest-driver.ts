import type { RequestContext } from '../context/index.js'
import type { NetworkInfo } from '../network/model.js'
import type { Diagnostics } from '../objects/index.js'
import type { ConsoleAddress, ConsoleProtocol } from './devices.js'
import type {
  DestroyOptions,
  DriverInstance,
  GuestOptions,
  InstanceInfo,
  PowerOffOptions,
  RescueOptions,
  SnapshotSink,
  SpawnOptions,
} from './guest.js'
import { HostDriver } from './host-driver.js'
import { notImplemented } from './not-implemented.js'
import type { PowerState } from './power-state.js'

/** The life of guests on one host. */
export abstract class GuestDriver extends HostDriver {
  /** @throws InstanceNotFound */
  getInfo(_instance: DriverInstance): Promise<InstanceInfo> {
    return notImplemented('get_info')
  }

  listInstanceUuids(): Promise<readonly string[]> {
    return notImplemented('list_instance_uuids')
  }

  async getNumInstances(): Promise<number> {
    return (await this.listInstanceUuids()).length
  }

  async instanceExists(instance: DriverInstance): Promise<boolean> {
    return (await this.listInstanceUuids()).includes(instance.uuid)
  }

  /** Early hook of a build, and its undoing. */
  async prepareForSpawn(_instance: DriverInstance): Promise<void> {}
  async failedSpawnCleanup(_instance: DriverInstance): Promise<void> {}

  /** Creates and boots the guest; on return it is complete. */
  spawn(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: SpawnOptions,
  ): Promise<void> {
    return notImplemented('spawn')
  }

  /** Powers off and removes. A guest that is not there is no error. */
  destroy(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: DestroyOptions,
  ): Promise<void> {
    return notImplemented('destroy')
  }

  reboot(
    _context: RequestContext,
    _instance: DriverInstance,
    _rebootType: 'SOFT' | 'HARD',
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('reboot')
  }

  pause(_instance: DriverInstance): Promise<void> {
    return notImplemented('pause')
  }

  unpause(_instance: DriverInstance): Promise<void> {
    return notImplemented('unpause')
  }

  suspend(_context: RequestContext, _instance: DriverInstance): Promise<void> {
    return notImplemented('suspend')
  }

  resume(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('resume')
  }

  /** After the host itself was rebooted: brings the guest back. */
  resumeStateOnHostBoot(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('resume_state_on_host_boot')
  }

  powerOff(_instance: DriverInstance, _options?: PowerOffOptions): Promise<void> {
    return notImplemented('power_off')
  }

  powerOn(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('power_on')
  }

  /** Somebody else has switched the guest's machine on or off. */
  powerUpdateEvent(_instance: DriverInstance, _power: PowerState): Promise<void> {
    return notImplemented('power_update_event')
  }

  /** Boots the guest from another image; its own root disk is there too. */
  rescue(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: RescueOptions,
  ): Promise<void> {
    return notImplemented('rescue')
  }

  /** Boots the guest from its own root disk again. */
  unrescue(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('unrescue')
  }

  /** Puts a guest away that may be wanted back. */
  softDelete(_instance: DriverInstance): Promise<void> {
    return notImplemented('soft_delete')
  }

  restore(_instance: DriverInstance): Promise<void> {
    return notImplemented('restore')
  }

  /** Copies the root disk into an image; a running guest runs on. */
  snapshot(
    _context: RequestContext,
    _instance: DriverInstance,
    _imageId: string,
    _sink: SnapshotSink,
  ): Promise<void> {
    return notImplemented('snapshot')
  }

  /** Takes away what is left on disk of a guest that is no more. @returns whether nothing is left */
  async deleteInstanceFiles(_instance: DriverInstance): Promise<boolean> {
    return true
  }

  /** Has the guest hold still and write out what it has, so that snapshots of its volumes are whole. */
  quiesce(_context: RequestContext, _instance: DriverInstance): Promise<void> {
    return notImplemented('quiesce')
  }

  unquiesce(_context: RequestContext, _instance: DriverInstance): Promise<void> {
    return notImplemented('unquiesce')
  }

  setAdminPassword(_instance: DriverInstance, _password: string): Promise<void> {
    return notImplemented('set_admin_password')
  }

  /** Has the guest's kernel write a dump of itself. */
  triggerCrashDump(_instance: DriverInstance): Promise<void> {
    return notImplemented('trigger_crash_dump')
  }

  async injectNetworkInfo(_instance: DriverInstance, _networkInfo: NetworkInfo): Promise<void> {}

  /** Looks after guests whose reboot takes longer than it should (seconds). */
  async pollRebootingInstances(
    _timeout: number,
    _instances: readonly DriverInstance[],
  ): Promise<void> {}

  getConsoleOutput(_context: RequestContext, _instance: DriverInstance): Promise<string> {
    return notImplemented('get_console_output')
  }

  /** Where a console of the guest listens. @throws InstanceNotFound, ConsoleTypeUnavailable */
  getConsole(
    _context: RequestContext,
    _instance: DriverInstance,
    protocol: ConsoleProtocol,
  ): Promise<ConsoleAddress> {
    return notImplemented(`get_${protocol}_console`)
  }

  /** What the hypervisor counts of a guest, by its own names. */
  getDiagnostics(_instance: DriverInstance): Promise<Readonly<Record<string, unknown>>> {
    return notImplemented('get_diagnostics')
  }

  getInstanceDiagnostics(_instance: DriverInstance): Promise<Diagnostics> {
    return notImplemented('get_instance_diagnostics')
  }
}
