import type { RequestContext } from '../context/index.js'
import type { NetworkInfo, Vif } from '../network/model.js'
import type { ConnectionInfo, CountedVolume, DriverShare, VolumeCounts } from './devices.js'
import type { DriverInstance } from './guest.js'
import { MoveDriver } from './move-driver.js'
import { notImplemented } from './not-implemented.js'

/** Volumes, shares and interfaces of guests. */
export abstract class DeviceDriver extends MoveDriver {
  /** Who this host is, for a volume service: `ip`, `host`, `initiator`, … */
  getVolumeConnector(_instance: DriverInstance): Promise<Readonly<Record<string, unknown>>> {
    return notImplemented('get_volume_connector')
  }

  /** What the hypervisor counts of volumes since their guests were switched on. */
  getAllVolumeUsage(
    _context: RequestContext,
    _volumes: readonly CountedVolume[],
  ): Promise<readonly VolumeCounts[]> {
    return notImplemented('get_all_volume_usage')
  }

  /** Plugs a volume into a guest, running or not. */
  attachVolume(
    _context: RequestContext,
    _connectionInfo: ConnectionInfo,
    _instance: DriverInstance,
    _mountpoint: string,
    _options: { readonly diskBus: string | null; readonly deviceType: string | null },
  ): Promise<void> {
    return notImplemented('attach_volume')
  }

  /** The guest sees that its volume has grown. @param _size  bytes */
  extendVolume(
    _context: RequestContext,
    _connectionInfo: ConnectionInfo,
    _instance: DriverInstance,
    _size: number,
  ): Promise<void> {
    return notImplemented('extend_volume')
  }

  /** One that is not there is no error. */
  detachVolume(
    _context: RequestContext,
    _connectionInfo: ConnectionInfo,
    _instance: DriverInstance,
    _mountpoint: string,
  ): Promise<void> {
    return notImplemented('detach_volume')
  }

  /** Copies while the guest runs, and goes on with the copy. @param resizeTo  GiB */
  swapVolume(
    _context: RequestContext,
    _oldConnectionInfo: ConnectionInfo,
    _newConnectionInfo: ConnectionInfo,
    _instance: DriverInstance,
    _mountpoint: string,
    _resizeTo: number,
  ): Promise<void> {
    return notImplemented('swap_volume')
  }

  /** Does what a volume service needs for a snapshot of a volume in use. */
  volumeSnapshotCreate(
    _context: RequestContext,
    _instance: DriverInstance,
    _volumeId: string,
    _createInfo: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return notImplemented('volume_snapshot_create')
  }

  volumeSnapshotDelete(
    _context: RequestContext,
    _instance: DriverInstance,
    _volumeId: string,
    _snapshotId: string,
    _deleteInfo: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return notImplemented('volume_snapshot_delete')
  }

  /** Makes a share there for a guest that is about to be switched on. One that is there is no error. */
  mountShare(
    _context: RequestContext,
    _instance: DriverInstance,
    _share: DriverShare,
  ): Promise<void> {
    return notImplemented('mount_share')
  }

  /** For a guest that is off. One that is not there is no error. */
  umountShare(
    _context: RequestContext,
    _instance: DriverInstance,
    _share: DriverShare,
  ): Promise<void> {
    return notImplemented('umount_share')
  }

  /** Plugs an interface into a guest. @throws InterfaceAttachFailed when it has it already */
  attachInterface(_context: RequestContext, _instance: DriverInstance, _vif: Vif): Promise<void> {
    return notImplemented('attach_interface')
  }

  /** @throws InterfaceDetachFailed when the guest has no such interface */
  detachInterface(_context: RequestContext, _instance: DriverInstance, _vif: Vif): Promise<void> {
    return notImplemented('detach_interface')
  }

  async plugVifs(_instance: DriverInstance, _networkInfo: NetworkInfo): Promise<void> {}
  async unplugVifs(_instance: DriverInstance, _networkInfo: NetworkInfo): Promise<void> {}
}
