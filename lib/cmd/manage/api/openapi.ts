import { writeFile } from 'node:fs/promises'
import {
  computeOpenApi,
  documentVersion,
  documentVersions,
} from '../../../../controllers/openapi.js'
import { messageOf } from '../../../util/message-of.js'
import { CommandError, type ManageSession } from '../session.js'
import { loadTables } from './tables.js'

/**
 * Prints what `GET /openapi.json` would serve, or writes it to a file.
 *
 * @throws CommandError for a version that the API does not have, or a file that cannot be written
 */
export const printOpenApi = async (
  session: ManageSession,
  {
    microversion,
    output,
    url,
  }: { readonly microversion?: string; readonly output?: string; readonly url: string },
): Promise<number> => {
  const minor = documentVersion(microversion)
  if (minor === null) {
    throw new CommandError(`--microversion ${microversion}: expected ${documentVersions}`)
  }
  // Warnings would stand in the middle of the document.
  const { router } = await loadTables(session.conf, () => undefined)
  const text = JSON.stringify(computeOpenApi(router, minor, url), null, 2)
  if (output === undefined) {
    session.print(text)
    return 0
  }
  try {
    await writeFile(output, `${text}\n`)
  } catch (error) {
    throw new CommandError(`--output ${output}: ${messageOf(error)}`)
  }
  return 0
}
