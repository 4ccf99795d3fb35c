import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../../../..')

describe('docs/testing.md', () => {
  it('has suites that pass as written', async () => {
    const page = readFileSync(join(root, 'docs/testing.md'), 'utf8')
    const suites = [...page.matchAll(/```js\n([\s\S]+?)```/g)].map(([, text]) => text ?? '')
    // Within the package, so that `kilonova/testing` is found by its own name.
    const folder = mkdtempSync(join(root, 'dist/guide-'))
    try {
      const files = suites.map((suite, number) => {
        const file = join(folder, `guide-${number}.test.mjs`)
        writeFileSync(file, suite)
        return file
      })
      const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [mocha, '--no-config', '--reporter', 'json', ...files],
        { cwd: root, timeout: 20_000 },
      )
      const { stats } = JSON.parse(stdout)
      assert.deepEqual([stats.suites, stats.passes, stats.failures], [2, 4, 0])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
