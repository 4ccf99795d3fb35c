/** Whether a text means yes, by oslo's words: `true`, `on`, `1`, …; anything else is no. */
export const isTrue = (value: unknown): boolean =>
  ['t', 'true', 'on', 'y', 'yes', '1'].includes(String(value).trim().toLowerCase())
