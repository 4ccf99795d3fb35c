import type { RequestContext } from '../context/index.js'
import type { NetworkInfo } from '../network/model.js'
import type { DestroyOptions, DriverInstance, GuestOptions } from './guest.js'
import { GuestDriver } from './guest-driver.js'
import type {
  ArriveOptions,
  ComingOptions,
  LeaveOptions,
  LiveMigrationOptions,
  LiveMigrationRequest,
  MigrateData,
  ReturnOptions,
} from './moving.js'
import { notImplemented } from './not-implemented.js'

/** Guests that leave for another host, and come from one. */
export abstract class MoveDriver extends GuestDriver {
  /** Whether the disks of a guest can be reached from here, as on storage that hosts share. */
  async instanceOnDisk(_instance: DriverInstance): Promise<boolean> {
    return false
  }

  /**
   * Whether what another host left on its storage can be seen from here.
   *
   * @param _data  what that host's driver said of it
   */
  checkInstanceSharedStorageRemote(
    _context: RequestContext,
    _data: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    return notImplemented('check_instance_shared_storage_remote')
  }

  /**
   * The first half of a cold migration, on the host that is left: the guest goes off, its disks go over,
   * and a copy stays for the way back.
   *
   * @returns what the other half needs to know
   */
  migrateDiskAndPowerOff(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: LeaveOptions,
  ): Promise<string | null> {
    return notImplemented('migrate_disk_and_power_off')
  }

  /** The second half, on the host where it goes. */
  finishMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: ArriveOptions,
  ): Promise<void> {
    return notImplemented('finish_migration')
  }

  /** There is no way back: what was kept for it goes. Nothing kept is no error. */
  confirmMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _networkInfo: NetworkInfo,
  ): Promise<void> {
    return notImplemented('confirm_migration')
  }

  /** The way back, on the host that was left. */
  finishRevertMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: ReturnOptions,
  ): Promise<void> {
    return notImplemented('finish_revert_migration')
  }

  /**
   * Whether this host can take the guest; asked before anything moves, on the destination.
   *
   * @throws Invalid, MigrationPreCheckError when it cannot
   */
  checkCanLiveMigrateDestination(
    _context: RequestContext,
    _instance: DriverInstance,
    _request: LiveMigrationRequest,
  ): Promise<MigrateData> {
    return notImplemented('check_can_live_migrate_destination')
  }

  /** The same on the source, which knows by now what the destination said. */
  checkCanLiveMigrateSource(
    _context: RequestContext,
    _instance: DriverInstance,
    _data: MigrateData,
  ): Promise<MigrateData> {
    return notImplemented('check_can_live_migrate_source')
  }

  async cleanupLiveMigrationDestinationCheck(
    _context: RequestContext,
    _data: MigrateData,
  ): Promise<void> {}

  /** What the destination has to know of the disks; null: nothing. */
  async getInstanceDiskInfo(_instance: DriverInstance): Promise<string | null> {
    return null
  }

  /** Makes the destination ready for the guest. */
  preLiveMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _data: MigrateData,
    _options: ComingOptions,
  ): Promise<MigrateData> {
    return notImplemented('pre_live_migration')
  }

  /**
   * Moves the guest while it runs; on return it is there.
   *
   * @throws LiveMigrationAborted after {@link liveMigrationAbort}
   */
  liveMigration(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: LiveMigrationOptions,
  ): Promise<void> {
    return notImplemented('live_migration')
  }

  /** Has it come to its end now, if need be by a pause of the guest. */
  liveMigrationForceComplete(_instance: DriverInstance): Promise<void> {
    return notImplemented('live_migration_force_complete')
  }

  liveMigrationAbort(_instance: DriverInstance): Promise<void> {
    return notImplemented('live_migration_abort')
  }

  /** Clears away what the source still has of a guest that went. */
  postLiveMigrationAtSource(
    _context: RequestContext,
    _instance: DriverInstance,
    _networkInfo: NetworkInfo,
  ): Promise<void> {
    return notImplemented('post_live_migration_at_source')
  }

  /** Completes the guest that came. */
  postLiveMigrationAtDestination(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: GuestOptions,
  ): Promise<void> {
    return notImplemented('post_live_migration_at_destination')
  }

  /** Undoes {@link preLiveMigration}. */
  rollbackLiveMigrationAtDestination(
    _context: RequestContext,
    _instance: DriverInstance,
    _options: DestroyOptions,
  ): Promise<void> {
    return notImplemented('rollback_live_migration_at_destination')
  }
}
