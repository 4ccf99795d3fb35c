import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { statusPage } from './status-page.js'

/**
 * Writes docs/status.md from the router that would serve: `npm run status`. With `--check` it writes
 * nothing and fails when the page is not current.
 */
const file = resolve(import.meta.dirname, '../../docs/status.md')
const page = await statusPage()

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== page) {
    console.error('docs/status.md is not current: run `npm run status`')
    process.exitCode = 1
  }
} else {
  writeFileSync(file, page)
}
