import { ObjectActionError } from '../exception/index.js'

/** For a Downgrade: the words that a field of an older version does not know. @throws ObjectActionError */
export const refuse = (
  data: Readonly<Record<string, unknown>>,
  field: string,
  words: readonly unknown[],
): void => {
  if (!words.includes(data[field])) return
  throw new ObjectActionError({
    action: 'obj_make_compatible',
    reason: `${field}=${data[field]} is not supported in the older version`,
  })
}
