import type { ArriveOptions, DriverInstance, ReturnOptions } from '../driver.js'
import { PowerState } from '../power-state.js'
import { vifsOf, volumesIn } from './devices.js'
import type { Guest } from './guest-store.js'

/** What is left of a guest whose disks went over. */
export const leaving = (guest: Guest): Guest => ({
  ...guest,
  state: PowerState.shutdown,
  left: true,
})

/** What the fake disks tell the host where they go. */
export const diskInfoOf = ({ boots, bootedAt }: Guest): string =>
  JSON.stringify({ boots, bootedAt })

/** @param before  the guest as it was, if it is on this host */
export const arrived = (
  instance: DriverInstance,
  { diskInfo, networkInfo, blockDeviceInfo, powerOn }: ArriveOptions,
  before: Guest | undefined,
): Guest => {
  const disk = Object(JSON.parse(diskInfo ?? '{}')) as Partial<Pick<Guest, 'boots' | 'bootedAt'>>
  const boots = disk.boots ?? 0
  const now = new Date().toISOString()
  return {
    uuid: instance.uuid,
    displayName: instance.displayName ?? instance.uuid,
    state: powerOn ? PowerState.running : PowerState.shutdown,
    vcpus: instance.vcpus ?? 0,
    memoryMb: instance.memoryMb ?? 0,
    localGb: (instance.rootGb ?? 0) + (instance.ephemeralGb ?? 0),
    vifs: vifsOf(networkInfo),
    volumes: volumesIn(blockDeviceInfo),
    bootedAt: powerOn ? now : (disk.bootedAt ?? now),
    boots: powerOn ? boots + 1 : boots,
    ...(before ? { before } : {}),
  }
}

/** @returns what stays of it; null: nothing, for it is elsewhere now */
export const confirmed = ({ before: _, ...guest }: Guest): Guest | null =>
  guest.left ? null : guest

export const returned = (
  { left: _, ...guest }: Guest,
  { networkInfo, blockDeviceInfo, powerOn }: ReturnOptions,
): Guest => ({
  ...guest,
  vifs: vifsOf(networkInfo),
  volumes: volumesIn(blockDeviceInfo),
  ...(powerOn
    ? {
        state: PowerState.running,
        bootedAt: new Date().toISOString(),
        boots: guest.boots + 1,
      }
    : { state: PowerState.shutdown }),
})
