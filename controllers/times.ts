/** `YYYY-MM-DDTHH:MM:SS.ffffff` without a zone: how a time looks that nova's view does not format. */
export const rawTime = (time: Date | null | undefined): string | null =>
  time ? `${time.toISOString().slice(0, -1)}000` : null
