import type { ArriveOptions, ComingOptions, DriverInstance, ReturnOptions } from '../driver.js'
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
export const diskInfoOf = ({ boots, bootedAt, state }: Guest): string =>
  JSON.stringify({ boots, bootedAt, state })

type DiskInfo = Partial<Pick<Guest, 'boots' | 'bootedAt' | 'state'>>

const readDiskInfo = (text: string | null): DiskInfo => Object(JSON.parse(text ?? '{}'))

/** @param before  the guest as it was, if it is on this host */
export const arrived = (
  instance: DriverInstance,
  { diskInfo, networkInfo, blockDeviceInfo, powerOn }: ArriveOptions,
  before: Guest | undefined,
): Guest => {
  const disk = readDiskInfo(diskInfo)
  const boots = disk.boots ?? 0
  const now = new Date().toISOString()
  return {
    ...sizesOf(instance),
    state: powerOn ? PowerState.running : PowerState.shutdown,
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

/** A guest that is being moved here while it runs elsewhere. */
export const coming = (
  instance: DriverInstance,
  { diskInfo, networkInfo, blockDeviceInfo }: ComingOptions,
): Guest => {
  const { boots = 1, bootedAt, state = PowerState.running } = readDiskInfo(diskInfo)
  return {
    ...sizesOf(instance),
    state: PowerState.paused,
    arriving: state,
    vifs: vifsOf(networkInfo),
    volumes: volumesIn(blockDeviceInfo),
    bootedAt: bootedAt ?? new Date().toISOString(),
    boots,
  }
}

export const come = ({ arriving, ...guest }: Guest): Guest => ({
  ...guest,
  state: arriving ?? guest.state,
})

const sizesOf = (instance: DriverInstance) => ({
  uuid: instance.uuid,
  displayName: instance.displayName ?? instance.uuid,
  vcpus: instance.vcpus ?? 0,
  memoryMb: instance.memoryMb ?? 0,
  localGb: (instance.rootGb ?? 0) + (instance.ephemeralGb ?? 0),
})
