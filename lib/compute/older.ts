/** Whether a moment lies more than so many seconds back; one that never was does not. */
export const isOlder = (time: Date | null | undefined, seconds: number): boolean =>
  time !== null && time !== undefined && Date.now() - time.getTime() > seconds * 1000
