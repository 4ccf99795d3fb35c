import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../../../..')

describe('docs/testing.md', () => {
  it('has a suite that passes as written', async () => {
    const page = readFileSync(join(root, 'docs/testing.md'), 'utf8')
    const suite = /```js\n([\s\S]+?)```/.exec(page)?.[1] ?? ''
    // Within the package, so that `kilonova/testing` is found by its own name.
    const folder = mkdtempSync(join(root, 'dist/guide-'))
    try {
      const file = join(folder, 'guide.test.mjs')
      writeFileSync(file, suite)
      const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [mocha, '--no-config', '--reporter', 'json', file],
        { cwd: root, timeout: 20_000 },
      )
      const { stats } = JSON.parse(stdout)
      assert.deepEqual([stats.passes, stats.failures], [1, 0])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
