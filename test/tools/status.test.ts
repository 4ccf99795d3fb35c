import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { statusPage } from '../../tools/status-page.js'

describe('docs/status.md', () => {
  it('is what the router tells: npm run status', async () => {
    const file = resolve(import.meta.dirname, '../../../docs/status.md')
    assert.equal(readFileSync(file, 'utf8'), await statusPage())
  })
})
