import type { RequestContext } from '../../context/index.js'
import { InstanceNotFound } from '../../exception/index.js'
import { BlockDeviceMappingList, Instance } from '../../objects/index.js'
import { setAdminPassword } from '../admin-password.js'
import type { InstanceArgs } from '../guards.js'
import type { GuestActions } from '../guest-actions.js'
import { type MethodGuards, type RpcMethods, rpcMethod, taking } from '../method-guards.js'
import { takeOver } from '../moves/evacuate.js'
import type { LiveMigrations } from '../moves/live-source.js'
import type { MoveParts } from '../moves/parts.js'
import type { InstanceRebuilder, RebuildArgs } from '../rebuild.js'
import type { GuestRescue } from '../rescue.js'
import type { RebootType } from '../rpcapi.js'
import type { InstanceShelving } from '../shelve.js'
import type { InstanceSnapshots } from '../snapshots.js'
import type { SoftDeletion } from '../soft-delete.js'
import type { InstanceTerminator } from '../terminate.js'
import type { InstanceUnshelver, UnshelveArgs } from '../unshelve.js'

interface StopArgs extends InstanceArgs {
  readonly clean_shutdown?: boolean
}

interface RebootArgs extends InstanceArgs {
  readonly reboot_type: RebootType
}

interface RescueArgs extends InstanceArgs {
  readonly rescue_password?: string | null
  readonly rescue_image_ref?: string | null
  readonly clean_shutdown?: boolean
}

interface SnapshotArgs extends InstanceArgs {
  readonly image_id: string
}

interface ShelveArgs extends SnapshotArgs {
  readonly clean_shutdown?: boolean
}

interface BackupArgs extends SnapshotArgs {
  readonly backup_type: string
  readonly rotation: number
}

interface SetAdminPasswordArgs extends InstanceArgs {
  readonly new_pass?: string | null
}

export interface GuestMethodParts {
  readonly moves: MoveParts
  readonly actions: GuestActions
  readonly terminator: InstanceTerminator
  readonly rescue: GuestRescue
  readonly rebuilder: InstanceRebuilder
  readonly shelving: InstanceShelving
  readonly unshelver: InstanceUnshelver
  readonly softDeletion: SoftDeletion
  readonly snapshots: InstanceSnapshots
  readonly live: LiveMigrations
  /** A build of it that waits for something has nothing to wait for any more. */
  readonly giveUpWaiting: (instance: Instance) => void
}

/** The methods of a host that make something of a guest, by their names on the wire. */
export const guestMethods = (parts: GuestMethodParts, guards: MethodGuards): RpcMethods => {
  const { actions, rescue, rebuilder, shelving, unshelver, softDeletion, snapshots } = parts
  const { services } = parts.moves
  const { terminate_instance: terminate } = guards.lasting({
    terminate_instance: async (context, { instance }) => {
      if (await isElsewhere(parts, context, instance)) {
        return services.compute.terminateInstance(context, instance, noDevices(context))
      }
      await parts.terminator.terminate(context, instance)
    },
  })
  const exclusive = guards.exclusive({
    start_instance: (context, { instance }) => actions.start(context, instance),
    stop_instance: taking<StopArgs>((_context, args) =>
      actions.stop(args.instance, args.clean_shutdown !== false),
    ),
    reboot_instance: taking<RebootArgs>((context, args) =>
      actions.reboot(context, args.instance, args.reboot_type),
    ),
    pause_instance: (_context, { instance }) => actions.pause(instance),
    unpause_instance: (_context, { instance }) => actions.unpause(instance),
    suspend_instance: (context, { instance }) => actions.suspend(context, instance),
    resume_instance: (context, { instance }) => actions.resume(context, instance),
    rescue_instance: taking<RescueArgs>((context, args) =>
      rescue.rescue(context, args.instance, {
        password: args.rescue_password ?? null,
        imageRef: args.rescue_image_ref ?? null,
        cleanShutdown: args.clean_shutdown !== false,
      }),
    ),
    rebuild_instance: taking<RebuildArgs>((context, args) =>
      args.recreate ? takeOver(parts.moves, context, args) : rebuilder.rebuild(context, args),
    ),
    shelve_instance: taking<ShelveArgs>((context, args) =>
      shelving.shelve(context, args.instance, args.image_id, args.clean_shutdown !== false),
    ),
    shelve_offload_instance: taking<StopArgs>((context, args) =>
      shelving.offload(context, args.instance, args.clean_shutdown !== false),
    ),
    unshelve_instance: taking<UnshelveArgs>((context, args) => unshelver.unshelve(context, args)),
    unrescue_instance: (context, { instance }) => rescue.unrescue(context, instance),
    soft_delete_instance: async (context, { instance }) => {
      if (await isElsewhere(parts, context, instance)) {
        return services.compute.softDeleteInstance(context, instance)
      }
      await softDeletion.softDelete(instance)
    },
    restore_instance: (context, { instance }) => softDeletion.restore(context, instance),
    set_admin_password: taking<SetAdminPasswordArgs>((_context, args) =>
      setAdminPassword(services, args.instance, args.new_pass ?? null),
    ),
  })
  return {
    ...exclusive,
    // A build that waits for an event holds the lock that its deletion wants.
    terminate_instance: rpcMethod((context, args: InstanceArgs) => {
      parts.giveUpWaiting(args.instance)
      return terminate?.(context, { ...args })
    }),
    ...guards.shared({
      snapshot_instance: taking<SnapshotArgs>((context, args) =>
        snapshots.snapshot(context, args.instance, args.image_id),
      ),
      backup_instance: taking<BackupArgs>((context, args) =>
        snapshots.backup(context, args.instance, {
          imageId: args.image_id,
          backupType: args.backup_type,
          rotation: args.rotation,
        }),
      ),
    }),
  }
}

/**
 * Whether a guest that is to be deleted has gone to another host meanwhile: a live migration of it is
 * given up first.
 */
const isElsewhere = async (
  { live, moves: { services } }: GuestMethodParts,
  context: RequestContext,
  instance: Instance,
): Promise<boolean> => {
  await live.giveUp(context, instance)
  try {
    const { host } = await Instance.getByUuid(context, instance.uuid, { expectedAttrs: [] })
    if (host === null || host === services.host) return false
    instance.host = host
    instance.resetChanges({ fields: ['host'] })
    return true
  } catch (error) {
    // What is left of it here goes nevertheless.
    if (error instanceof InstanceNotFound) return false
    throw error
  }
}

const noDevices = (context: RequestContext): BlockDeviceMappingList =>
  new BlockDeviceMappingList(context, { objects: [] })
