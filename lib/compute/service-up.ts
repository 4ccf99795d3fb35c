/** The part of a service's record that tells whether it is alive. */
export interface Beating {
  readonly forcedDown: boolean
  readonly lastSeenUp: Date | null
  readonly createdAt: Date | null
}

/**
 * nova's servicegroup: up is who was seen within `service_down_time` and is not forced down.
 *
 * @param downTime  seconds
 * @param now       ms since the epoch
 */
export const isServiceUp = (service: Beating, downTime: number, now = Date.now()): boolean => {
  if (service.forcedDown) return false
  const seen = service.lastSeenUp ?? service.createdAt
  return seen !== null && Math.abs(now - seen.getTime()) <= downTime * 1000
}
