import type { BlockDeviceMapping, ShareMapping } from '../../objects/index.js'
import type { InstanceArgs } from '../guards.js'
import type { GuestShares } from '../guest-shares.js'
import type { GuestVolumes } from '../guest-volumes.js'
import type { GuestInterfaces } from '../interfaces.js'
import { type MethodGuards, type RpcMethods, rpcMethod, taking } from '../method-guards.js'
import type { ComputeServices } from '../services.js'

interface AttachInterfaceArgs extends InstanceArgs {
  readonly network_id?: string | null
  readonly port_id?: string | null
  readonly requested_ip?: string | null
  readonly tag?: string | null
}

interface DetachInterfaceArgs extends InstanceArgs {
  readonly port_id?: string | null
}

interface FixedIpArgs extends InstanceArgs {
  readonly network_id?: string | null
  readonly address?: string | null
}

interface ReserveDeviceArgs extends InstanceArgs {
  readonly device?: string | null
  readonly volume_id: string
  readonly disk_bus?: string | null
  readonly device_type?: string | null
  readonly tag?: string | null
}

interface AttachVolumeArgs extends InstanceArgs {
  readonly bdm: BlockDeviceMapping
}

interface DetachVolumeArgs extends InstanceArgs {
  readonly volume_id: string
  readonly attachment_id?: string | null
}

interface SwapVolumeArgs extends InstanceArgs {
  readonly old_volume_id: string
  readonly new_volume_id: string
  readonly new_attachment_id: string
}

interface RemoveConnectionArgs extends InstanceArgs {
  readonly volume_id: string
  readonly delete_attachment?: boolean
}

interface VolumeSnapshotArgs extends InstanceArgs {
  readonly volume_id: string
  readonly snapshot_id?: string | null
  readonly create_info?: Readonly<Record<string, unknown>>
  readonly delete_info?: Readonly<Record<string, unknown>>
}

interface ShareArgs extends InstanceArgs {
  readonly share_mapping: ShareMapping
}

/** The methods of a host that give volumes to guests and take them away, by their names on the wire. */
export const volumeMethods = (
  { driver }: ComputeServices,
  volumes: GuestVolumes,
  guards: MethodGuards,
): RpcMethods => ({
  ...guards.faultedExclusive({
    reserve_block_device_name: taking<ReserveDeviceArgs>((context, args) =>
      volumes.reserveDeviceName(context, args.instance, {
        device: args.device ?? null,
        volumeId: args.volume_id,
        diskBus: args.disk_bus ?? null,
        deviceType: args.device_type ?? null,
        tag: args.tag ?? null,
      }),
    ),
  }),
  ...guards.recordedExclusive({
    attach_volume: taking<AttachVolumeArgs>((context, args) =>
      volumes.attach(context, args.instance, args.bdm),
    ),
    detach_volume: taking<DetachVolumeArgs>((context, args) =>
      volumes.detach(context, args.instance, args.volume_id, args.attachment_id ?? null),
    ),
    swap_volume: taking<SwapVolumeArgs>((context, args) =>
      volumes.swap(context, args.instance, {
        old: args.old_volume_id,
        new: args.new_volume_id,
        newAttachment: args.new_attachment_id,
      }),
    ),
  }),
  remove_volume_connection: rpcMethod((context, args: RemoveConnectionArgs) =>
    volumes.removeConnection(
      context,
      args.instance,
      args.volume_id,
      args.delete_attachment ?? false,
    ),
  ),
  volume_snapshot_create: rpcMethod((context, args: VolumeSnapshotArgs) =>
    driver.volumeSnapshotCreate(context, args.instance, args.volume_id, args.create_info ?? {}),
  ),
  volume_snapshot_delete: rpcMethod((context, args: VolumeSnapshotArgs) =>
    driver.volumeSnapshotDelete(
      context,
      args.instance,
      args.volume_id,
      args.snapshot_id ?? '',
      args.delete_info ?? {},
    ),
  ),
})

/** The same of interfaces and their addresses. */
export const interfaceMethods = (
  interfaces: GuestInterfaces,
  guards: MethodGuards,
): RpcMethods => ({
  ...guards.recorded({
    attach_interface: taking<AttachInterfaceArgs>((context, args) =>
      interfaces.attach(context, args.instance, {
        networkId: args.network_id ?? null,
        portId: args.port_id ?? null,
        requestedIp: args.requested_ip ?? null,
        tag: args.tag ?? null,
      }),
    ),
    detach_interface: taking<DetachInterfaceArgs>((context, args) =>
      interfaces.detach(context, args.instance, args.port_id ?? ''),
    ),
  }),
  ...guards.faulted({
    add_fixed_ip_to_instance: taking<FixedIpArgs>((context, args) =>
      interfaces.addFixedIp(context, args.instance, args.network_id ?? ''),
    ),
    remove_fixed_ip_from_instance: taking<FixedIpArgs>((context, args) =>
      interfaces.removeFixedIp(context, args.instance, args.address ?? ''),
    ),
  }),
})

/** The same of shares. */
export const shareMethods = (shares: GuestShares, guards: MethodGuards): RpcMethods =>
  guards.recordedExclusive({
    allow_share: taking<ShareArgs>((context, args) => shares.allow(context, args.share_mapping)),
    deny_share: taking<ShareArgs>((context, args) =>
      shares.deny(context, args.instance, args.share_mapping),
    ),
  })
