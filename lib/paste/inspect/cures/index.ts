import { CureBook, type Patient } from './cure-book.js'
import { cureFactories } from './factories.js'
import { cureHeaders } from './headers.js'
import { cureLines } from './lines.js'
import { cureNames } from './names.js'
import { cureOpenHeaders } from './open-headers.js'
import { curePipelines } from './pipelines.js'
import { cureReferences } from './references.js'
import { cureSwapped } from './swapped.js'
import { cureUnused } from './unused.js'

/** What to do about each finding, as far as the rest of the file tells; the surest first. */
export const curesOf = async (patient: Patient): Promise<CureBook> => {
  const book = new CureBook()
  cureSwapped(patient, book)
  cureHeaders(patient, book)
  await cureFactories(patient, book)
  await cureReferences(patient, book)
  cureLines(patient, book)
  cureNames(patient, book)
  curePipelines(patient, book)
  cureUnused(patient, book)
  cureOpenHeaders(patient, book)
  return book
}
