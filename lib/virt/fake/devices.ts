import { fixedIps, type NetworkInfo } from '../../network/model.js'
import type { BlockDeviceInfo, ConnectionInfo } from '../driver.js'
import type { Guest } from './guest-store.js'

/** What the fake hypervisor keeps of interfaces. */
export const vifsOf = (info: NetworkInfo): Guest['vifs'] =>
  info.map(vif => ({ id: vif.id, mac: vif.address, ip: fixedIps(vif)[0]?.address ?? null }))

/** The volume behind a connection. */
export const serialOf = ({ serial }: ConnectionInfo): string => String(serial ?? '')

/** Ids of volumes by the name of their device. */
export const volumesIn = (info: BlockDeviceInfo | null): Record<string, string> =>
  Object.fromEntries(
    (info?.blockDeviceMapping ?? []).map(
      ({ mount_device: device, connection_info: connection }) => [
        String(device),
        serialOf(Object(connection)),
      ],
    ),
  )
