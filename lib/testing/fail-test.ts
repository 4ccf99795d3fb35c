import type { LintError } from '../paste/index.js'

/** Beyond the filters, one of which might catch it: the runner of tests takes it for the test's. */
export const failTest = (breach: LintError): void => {
  setImmediate(() => {
    throw breach
  })
}
