/** nova.compute.power_state: what the hypervisor says of the guest. */
export const PowerState = {
  noState: 0,
  running: 1,
  paused: 3,
  shutdown: 4,
  crashed: 6,
  suspended: 7,
} as const
export type PowerState = (typeof PowerState)[keyof typeof PowerState]

const names: ReadonlyMap<number, string> = new Map([
  [0, 'pending'],
  [1, 'running'],
  [3, 'paused'],
  [4, 'shutdown'],
  [6, 'crashed'],
  [7, 'suspended'],
])

/** A power state in words, for logs. */
export const powerStateName = (state: number | null | undefined): string =>
  names.get(state ?? 0) ?? `unknown (${state})`
