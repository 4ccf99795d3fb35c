import { isUuid } from '../lib/util/is-uuid.js'
import { errors } from '../lib/wsgi/index.js'

/**
 * The id of a path where only a UUID can stand.
 *
 * @throws Fault 400
 */
export const uuidOf = (id: string): string => {
  if (!isUuid(id)) throw errors.badRequest(`Invalid uuid ${id}`)
  return id
}
