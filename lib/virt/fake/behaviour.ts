import { OperatorError } from '../../util/operator-error.js'

/** What can be slowed down, or made to fail. */
const methods = [
  'spawn',
  'destroy',
  'reboot',
  'pause',
  'unpause',
  'suspend',
  'resume',
  'power_off',
  'power_on',
  'rescue',
  'unrescue',
  'soft_delete',
  'restore',
  'set_admin_password',
  'trigger_crash_dump',
  'inject_network_info',
  'snapshot',
  'quiesce',
  'unquiesce',
  'migrate_disk_and_power_off',
  'finish_migration',
  'confirm_migration',
  'finish_revert_migration',
  'check_can_live_migrate_destination',
  'check_can_live_migrate_source',
  'pre_live_migration',
  'live_migration',
  'live_migration_force_complete',
  'live_migration_abort',
  'post_live_migration_at_source',
  'post_live_migration_at_destination',
  'rollback_live_migration_at_destination',
  'power_update_event',
  'plug_vifs',
  'resume_state_on_host_boot',
  'extend_volume',
  'attach_interface',
  'detach_interface',
  'get_console_output',
  'attach_volume',
  'detach_volume',
  'swap_volume',
  'mount_share',
  'umount_share',
  'get_vnc_console',
  'get_spice_console',
  'get_serial_console',
  'get_mks_console',
  'get_diagnostics',
  'get_instance_diagnostics',
] as const

/** A method of the driver, by nova's name: `spawn`, `power_on`, … */
export type FakeMethod = (typeof methods)[number]

/** Seconds; a slower hypervisor than that is a dead one. */
const MAX_DELAY = 3600

const ENTRY =
  /^(?<method>\w+)(?:@(?<host>[^:]+))?(?::(?:(?<times>\d+)|(?<percent>\d+(?:\.\d+)?)%))?$/

export interface FakeFailure {
  readonly method: FakeMethod
  /** Only on this host; null: on all. */
  readonly host: string | null
  /** How many calls fail; Infinity: all. */
  readonly times: number
  /** How likely each of them fails: above 0, to 1. */
  readonly rate: number
}

/**
 * Reads `[fake] delays`: `spawn:0.5,reboot:2` (seconds).
 *
 * @throws OperatorError naming the entry
 */
export const parseDelays = (entries: readonly string[]): ReadonlyMap<FakeMethod, number> => {
  const delays = new Map<FakeMethod, number>()
  for (const entry of entries) {
    const [name = '', value = ''] = entry.split(':')
    const seconds = Number(value)
    if (value === '' || !(seconds >= 0 && seconds <= MAX_DELAY)) {
      throw new OperatorError(
        `[fake] delays: '${entry}' is not method:seconds with seconds from 0 to ${MAX_DELAY}`,
      )
    }
    delays.set(methodNamed(name, 'delays'), seconds)
  }
  return delays
}

/**
 * Reads `[fake] failures`: `spawn`, `spawn@compute-1` (on that host only), `reboot:2` (twice only),
 * `spawn@compute-1:1`, `spawn:5%` (now and then).
 *
 * @throws OperatorError naming the entry
 */
export const parseFailures = (entries: readonly string[]): readonly FakeFailure[] =>
  entries.map(entry => {
    const parts = ENTRY.exec(entry)?.groups
    const rate = parts?.percent === undefined ? 1 : Number(parts.percent) / 100
    if (!parts || !(rate > 0 && rate <= 1)) {
      throw new OperatorError(
        `[fake] failures: '${entry}' is not method, method@host, method@host:times or method@host:percent%`,
      )
    }
    return {
      method: methodNamed(parts.method ?? '', 'failures'),
      host: parts.host ?? null,
      times: parts.times === undefined ? Number.POSITIVE_INFINITY : Number(parts.times),
      rate,
    }
  })

const methodNamed = (name: string, option: string): FakeMethod => {
  const method = methods.find(known => known === name)
  if (!method) {
    throw new OperatorError(
      `[fake] ${option}: no method '${name}'; there are ${methods.join(', ')}`,
    )
  }
  return method
}
