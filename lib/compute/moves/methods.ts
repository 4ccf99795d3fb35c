import { MigrationPreCheckError } from '../../exception/index.js'
import type { MigrateData } from '../../virt/driver.js'
import type { InstanceArgs } from '../guards.js'
import { type MethodGuards, type RpcMethods, taking } from '../method-guards.js'
import { type ConfirmResizeArgs, confirmResize } from './confirm-resize.js'
import { type FinishResizeArgs, finishResize } from './finish-resize.js'
import { leaveHost, type ResizeInstanceArgs } from './leave-host.js'
import {
  type CheckDestinationArgs,
  checkDestination,
  completeLive,
  type PreLiveMigrationArgs,
  prepareLive,
  type RollbackArgs,
  rollBackLive,
} from './live-destination.js'
import type { AbortArgs, LiveMigrationArgs, LiveMigrations } from './live-source.js'
import { endingOvertaken } from './overtaken.js'
import type { MoveParts } from './parts.js'
import { type PrepResizeArgs, prepareResize } from './prepare-resize.js'
import { finishRevertResize, type RevertArgs, revertResize } from './revert-resize.js'

interface CheckSourceArgs extends InstanceArgs {
  readonly dest_check_data: MigrateData
}

/** The methods of a host that move instances to other hosts, by their names on the wire. */
export const moveMethods = (
  parts: MoveParts,
  live: LiveMigrations,
  guards: MethodGuards,
): RpcMethods => ({
  ...liveMethods(parts, live, guards),
  ...endingOvertaken(
    parts,
    guards.exclusive({
      prep_resize: taking<PrepResizeArgs>((context, args) => prepareResize(parts, context, args)),
      resize_instance: taking<ResizeInstanceArgs>((context, args) =>
        leaveHost(parts, context, args),
      ),
      finish_resize: taking<FinishResizeArgs>((context, args) =>
        finishResize(parts, context, args),
      ),
      revert_resize: taking<RevertArgs>((context, args) => revertResize(parts, context, args)),
      finish_revert_resize: taking<RevertArgs>((context, args) =>
        finishRevertResize(parts, context, args),
      ),
    }),
  ),
  ...guards.recorded({
    confirm_resize: taking<ConfirmResizeArgs>((context, args) =>
      confirmResize(parts, context, args),
    ),
  }),
})

const liveMethods = (parts: MoveParts, live: LiveMigrations, guards: MethodGuards): RpcMethods => ({
  ...endingOvertaken(
    parts,
    guards.recorded({
      live_migration: taking<LiveMigrationArgs>((context, args) => live.start(context, args)),
    }),
  ),
  ...guards.recorded({
    check_can_live_migrate_destination: taking<CheckDestinationArgs>((context, args) =>
      checkDestination(parts, context, args),
    ),
    check_can_live_migrate_source: taking<CheckSourceArgs>((context, args) =>
      parts.services.driver.checkCanLiveMigrateSource(context, args.instance, args.dest_check_data),
    ),
    pre_live_migration: taking<PreLiveMigrationArgs>((context, args) =>
      prepareLive(parts, context, args),
    ),
    post_live_migration_at_destination: (context, { instance }) =>
      completeLive(parts, context, instance),
    rollback_live_migration_at_destination: taking<RollbackArgs>((context, args) =>
      rollBackLive(parts, context, args),
    ),
    live_migration_force_complete: (_context, { instance }) =>
      parts.services.driver.liveMigrationForceComplete(instance),
    live_migration_abort: taking<AbortArgs>((context, args) => live.abort(context, args)),
  }),
  ...guards.recorded({
    // Cells do not lend each other their instances here; who asks goes on to another host.
    prep_snapshot_based_resize_at_dest: async () => {
      throw new MigrationPreCheckError({
        reason: 'this host takes no instances of other cells',
      })
    },
  }),
  ...guards.faulted({
    drop_move_claim_at_destination: (_context, { instance }) =>
      parts.tracker.release(instance.uuid),
  }),
})
