import { nodeTooOld } from '../util/node-version.js'

// Imported before anything else of a program: an older Node would fail somewhere, and not say why.
const problem = nodeTooOld()
if (problem) {
  console.error(problem)
  process.exit(1)
}
