import { ConsoleTypeUnavailable } from '../../exception/index.js'
import type { ConsoleProtocol } from '../../virt/driver.js'
import { GuestConsoles } from '../consoles.js'
import { GuestDiagnostics } from '../diagnostics.js'
import type { InstanceArgs } from '../guards.js'
import type { GuestActions } from '../guest-actions.js'
import { type MethodGuards, type RpcMethods, rpcMethod, taking } from '../method-guards.js'
import type { InstanceNetworks } from '../networking.js'
import type { ComputeServices } from '../services.js'
import { type SnapshotMapping, unquiesce } from '../unquiesce.js'

interface ConsoleOutputArgs extends InstanceArgs {
  readonly tail_length: number | string | null
}

interface ConsoleArgs extends InstanceArgs {
  readonly console_type: string
}

interface ConsolePortArgs extends ConsoleArgs {
  readonly port: string | number
}

interface UnquiesceArgs extends InstanceArgs {
  readonly mapping?: SnapshotMapping | null
}

export interface InspectionParts {
  readonly services: ComputeServices
  readonly actions: GuestActions
  readonly networks: InstanceNetworks
}

/** The methods of a host that look into a guest or tell it something, by their names on the wire. */
export const inspectionMethods = (
  { services, actions, networks }: InspectionParts,
  guards: MethodGuards,
): RpcMethods => {
  const { driver } = services
  const consoles = new GuestConsoles(services)
  const diagnostics = new GuestDiagnostics(services)
  const open = (protocol: ConsoleProtocol) =>
    taking<ConsoleArgs>((context, args) =>
      consoles.open(context, args.instance, protocol, args.console_type),
    )
  return {
    quiesce_instance: rpcMethod((context, { instance }: InstanceArgs) =>
      driver.quiesce(context, instance),
    ),
    unquiesce_instance: rpcMethod((context, args: UnquiesceArgs) =>
      unquiesce(services, context, args.instance, args.mapping ?? []),
    ),
    ...guards.recorded({
      trigger_crash_dump: (_context, { instance }) => driver.triggerCrashDump(instance),
    }),
    ...guards.faulted({
      inject_network_info: async (context, { instance }) =>
        driver.injectNetworkInfo(instance, await networks.refresh(context, instance)),
      get_console_output: taking<ConsoleOutputArgs>((context, args) =>
        actions.consoleOutput(context, args.instance, args.tail_length ?? null),
      ),
      get_vnc_console: open('vnc'),
      get_spice_console: open('spice'),
      get_serial_console: open('serial'),
      get_mks_console: open('mks'),
      get_rdp_console: taking<ConsoleArgs>(async (_context, args) => {
        // Only Hyper-V ever had them.
        throw new ConsoleTypeUnavailable({ console_type: args.console_type })
      }),
      validate_console_port: taking<ConsolePortArgs>((context, args) =>
        consoles.isPort(context, args.instance, args.port, args.console_type),
      ),
      get_diagnostics: (_context, { instance }) => diagnostics.map(instance),
      get_instance_diagnostics: (_context, { instance }) => diagnostics.objects(instance),
    }),
  }
}
