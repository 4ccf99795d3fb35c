import {
  ForbiddenWithAccelerators,
  MigrationError,
  MigrationPreCheckError,
  NovaException,
  UnsupportedRPCVersion,
} from '../exception/index.js'
import { legacyRequestSpec } from '../objects/legacy-request-spec.js'
import { RequestSpec } from '../objects/request-spec.js'
import { type Rendering, type Renderings, refusing, without } from '../rpc/renderings.js'

/** How one method is sent to a compute host. */
export interface MethodSpec {
  readonly versions: Renderings
  /** A call that may take `long_rpc_timeout`, monitored at `rpc_response_timeout`. */
  readonly long?: true
  /** What is said of a host that has no such method; else RPCVersionCapError. */
  readonly tooOld?: (required: string) => Error
}

type Change = NonNullable<Rendering['change']>

const at = (version: string, change?: Change): Rendering =>
  change ? { version, change } : { version }

/** 6.0 is 5.13 without what was deprecated, and 5.0 is the oldest that is spoken. */
const plain: Renderings = [at('6.0'), at('5.0')]
const since = (version: string): Renderings => [at('6.0'), at(version)]
/** An argument came with a version of 5.x, and is left out before. */
const argument = (version: string, ...names: string[]): Renderings => [
  at('6.0'),
  at(version),
  at('5.0', without(...names)),
]

const always: MethodSpec = { versions: plain }
const long: MethodSpec = { versions: plain, long: true }
const withSpec: MethodSpec = { versions: argument('5.2', 'request_spec') }

/** The flavor's older name. */
const instanceType: Change = ({ flavor, ...args }) => ({ ...args, instance_type: flavor })

const withLegacySpec: Change = args => ({
  ...args,
  request_spec:
    args.request_spec instanceof RequestSpec
      ? legacyRequestSpec(args.request_spec)
      : args.request_spec,
})

const noAccelerators = refusing('accel_uuids', () => new ForbiddenWithAccelerators())

const unsupported = (api: string) => (required: string) =>
  new UnsupportedRPCVersion({ api, required })
const migrationTooOld = () => new MigrationError({ reason: 'Compute too old' })
const crossCell = (version: string): MethodSpec => ({
  versions: since(version),
  long: true,
  tooOld: migrationTooOld,
})

/**
 * Every method of the topic `compute`, with the versions it is sent with: the newest that
 * `[upgrade_levels] compute` lets through (contract: rpc-apis.tsv). Without such a limit hosts of Zed understand all
 * of it, but for what only newer ones can do.
 */
export const computeMethods = {
  add_fixed_ip_to_instance: always,
  allow_share: { versions: [at('6.4')], tooOld: unsupported('allow_share') },
  attach_interface: always,
  attach_volume: always,
  backup_instance: always,
  build_and_run_instance: { versions: argument('5.11', 'accel_uuids') },
  cache_images: { versions: since('5.4'), long: true },
  check_can_live_migrate_destination: {
    versions: argument('5.3', 'migration', 'limits'),
    long: true,
  },
  check_can_live_migrate_source: always,
  check_instance_shared_storage: always,
  confirm_resize: always,
  confirm_snapshot_based_resize_at_source: crossCell('5.8'),
  deny_share: { versions: [at('6.4')], tooOld: unsupported('deny_share') },
  detach_interface: always,
  detach_volume: always,
  drop_move_claim_at_destination: { versions: since('5.3') },
  external_instance_event: always,
  finish_resize: withSpec,
  finish_revert_resize: withSpec,
  finish_revert_snapshot_based_resize_at_source: crossCell('5.10'),
  finish_snapshot_based_resize_at_dest: crossCell('5.7'),
  get_console_output: always,
  get_diagnostics: always,
  get_host_uptime: always,
  get_instance_diagnostics: always,
  get_mks_console: always,
  get_rdp_console: always,
  get_serial_console: always,
  get_spice_console: always,
  get_vnc_console: always,
  host_maintenance_mode: always,
  host_power_action: always,
  inject_network_info: always,
  live_migration: always,
  live_migration_abort: always,
  live_migration_force_complete: always,
  pause_instance: always,
  post_live_migration_at_destination: long,
  pre_live_migration: {
    versions: [at('6.0'), at('5.0', args => ({ ...args, block_migration: null }))],
    long: true,
  },
  prep_resize: {
    versions: [at('6.0'), at('5.1', instanceType), at('5.0', withLegacySpec)],
  },
  prep_snapshot_based_resize_at_dest: {
    versions: since('5.5'),
    long: true,
    tooOld: () => new MigrationPreCheckError({ reason: 'Compute too old' }),
  },
  prep_snapshot_based_resize_at_source: crossCell('5.6'),
  quiesce_instance: always,
  reboot_instance: always,
  rebuild_instance: {
    versions: [
      // Zed's hosts do not know it.
      { version: '6.2', when: args => Boolean(args.target_state) },
      at(
        '6.1',
        refusing('target_state', () => unsupported('rebuild_instance')('6.2')),
      ),
      at(
        '6.0',
        refusing(
          'reimage_boot_volume',
          () =>
            new NovaException(
              'Compute RPC version does not support reimage_boot_volume parameter.',
            ),
        ),
      ),
      at('5.12'),
      at('5.0', without('accel_uuids')),
    ],
  },
  remove_fixed_ip_from_instance: always,
  remove_volume_connection: {
    versions: [
      { version: '6.3', when: args => Boolean(args.delete_attachment) },
      at(
        '6.0',
        refusing('delete_attachment', () => unsupported('remove_volume_connection')('6.3')),
      ),
      at('5.0'),
    ],
  },
  rescue_instance: always,
  reserve_block_device_name: long,
  resize_instance: {
    versions: [at('6.0'), at('5.2', instanceType), at('5.0', without('request_spec'))],
  },
  restore_instance: always,
  resume_instance: always,
  revert_resize: withSpec,
  revert_snapshot_based_resize_at_dest: crossCell('5.9'),
  rollback_live_migration_at_destination: always,
  set_admin_password: always,
  set_host_enabled: long,
  shelve_instance: { versions: [at('6.0'), at('5.13'), at('5.0', noAccelerators)] },
  shelve_offload_instance: { versions: argument('5.13', 'accel_uuids') },
  snapshot_instance: always,
  soft_delete_instance: always,
  start_instance: always,
  stop_instance: always,
  suspend_instance: always,
  swap_volume: always,
  terminate_instance: always,
  trigger_crash_dump: always,
  unpause_instance: always,
  unquiesce_instance: always,
  unrescue_instance: always,
  unshelve_instance: {
    versions: [
      at('6.0'),
      at('5.13'),
      at('5.2', without('accel_uuids')),
      at('5.0', without('request_spec')),
    ],
  },
  validate_console_port: always,
  volume_snapshot_create: always,
  volume_snapshot_delete: always,
} satisfies Readonly<Record<string, MethodSpec>>

export type ComputeMethod = keyof typeof computeMethods
