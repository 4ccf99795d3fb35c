import { ConfigFile } from './config-file.js'
import { PasteError } from './errors.js'
import { editedBase, overlaidBy } from './overlay.js'
import type { Session, Via } from './session.js'
import { warnOfStrays } from './strays.js'
import { configPath } from './uri.js'

/**
 * Reads a file, and the one under it where it is an overlay; once for each session.
 *
 * @throws PasteError what cannot be read or parsed, bad-overlay
 */
export const openFile = (session: Session, path: string, via: Via): Promise<ConfigFile> => {
  const known = session.files.get(path)
  if (known) return known
  const reading = read(session, path, via)
  session.files.set(path, reading)
  return reading
}

const read = async (session: Session, path: string, via: Via): Promise<ConfigFile> => {
  const { chain } = via
  const file = await ConfigFile.read(path, via.at, chain, session.alsoWrong)
  warnOfStrays(file, session.warn)
  const overlaid = overlaidBy(file)
  if (!overlaid) return file
  const { at } = overlaid
  const place = { at, chain }
  const name = configPath(overlaid.base.replace(/^config:/, ''), file.folder, place)
  const base = await ConfigFile.read(name, at, chain, session.alsoWrong)
  if (overlaidBy(base)) {
    const text = `${base.path} is an overlay itself; an overlay's base is a file as it stands`
    throw new PasteError('bad-overlay', text, place)
  }
  warnOfStrays(base, session.warn)
  file.join(editedBase(base, file, chain))
  return file
}
