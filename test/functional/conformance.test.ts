import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Cloud } from '../support/cloud.js'

const here = import.meta.dirname
/** Sample → why it cannot be met yet. */
const known = JSON.parse(
  readFileSync(resolve(here, '../../../test/functional/conformance-known.json'), 'utf8'),
) as Readonly<Record<string, string>>

/** The runner: below `KILONOVA_CONFORMANCE`, or `../shared/conformance` beside the checkout. */
const runner = join(
  process.env.KILONOVA_CONFORMANCE ?? resolve(here, '../../../../shared/conformance'),
  'run.mjs',
)

interface Result {
  readonly passed: number
  readonly failed: number
  readonly files: Readonly<Record<string, { readonly state: string; readonly errors: unknown[] }>>
}

describe('a cloud in one process, held against the example documents', function () {
  this.timeout(600_000)
  let cloud: Cloud | undefined
  let folder = ''

  before(async function () {
    if (!existsSync(runner)) {
      console.log(`      skipped: ${runner} is not there`)
      this.skip()
    }
    folder = mkdtempSync(join(tmpdir(), 'kilonova-conformance-'))
    cloud = await Cloud.start({ computeNodes: 2 })
  })
  after(async () => {
    await cloud?.stop()
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  })

  it('answers as they do, but for what is known to be missing', async () => {
    assert.ok(cloud)
    const { env } = cloud
    const json = join(folder, 'result.json')
    const table = join(folder, 'known.tsv')
    const lines = ['sample\treason', ...Object.entries(known).map(line => line.join('\t'))]
    writeFileSync(table, `${lines.join('\n')}\n`)
    const child = spawn(
      process.execPath,
      [
        ...[runner, '--auth-url', env.OS_AUTH_URL ?? '', '--user', 'admin', '--project', 'admin'],
        ...['--known', table, '--json', json],
      ],
      { env: { ...process.env, OS_PASSWORD: env.OS_PASSWORD }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const output: string[] = []
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text))
    }
    await once(child, 'close')
    assert.ok(existsSync(json), output.join(''))
    const { files, passed } = JSON.parse(readFileSync(json, 'utf8')) as Result
    const failed = Object.entries(files).filter(([, { state }]) => state === 'fail')
    assert.deepEqual(Object.fromEntries(failed), {}, output.slice(-20).join(''))
    const mended = Object.keys(known).filter(sample => files[sample]?.state === 'pass')
    assert.deepEqual(mended, [], 'these pass now: take them out of conformance-known.json')
    assert.ok(passed > 200, `${passed} passed`)
  })
})
