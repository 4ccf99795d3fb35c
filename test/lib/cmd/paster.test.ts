import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'

const command = resolve(import.meta.dirname, '../../../../bin/paster')

describe('bin/paster', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paster-'))
    writeFileSync(
      join(folder, 'hello.mjs'),
      'export const app = (globals, { text }) => (req, res) => res.end(text)',
    )
    writeFileSync(
      join(folder, 'a.ini'),
      '[app:main]\npaste.app_factory = ./hello.mjs:app\ntext = hello %(who)s\n',
    )
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const run = async (path: string, ...args: string[]) => {
    const child = spawn(path, args, { cwd: folder })
    const exited = once(child, 'exit')
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    const [code] = await exited
    return { code, out, err }
  }

  it('serves a file of five lines, and ends by a signal', async () => {
    const child = spawn(command, ['serve', 'a.ini', 'who=you', '--port', '0'], { cwd: folder })
    const exited = once(child, 'exit')
    const [line] = await once(createInterface(child.stdout), 'line')
    const [url = ''] = /http:\S+/.exec(line) ?? []
    assert.equal(await (await fetch(url)).text(), 'hello you')
    child.kill('SIGTERM')
    assert.deepEqual(await exited, [0, null])
  })

  it('is found through a link, and tells its version', async () => {
    const link = join(folder, 'paster')
    symlinkSync(command, link)
    const { code, out } = await run(link, '--version')
    assert.equal(code, 0)
    assert.match(out, /^\d+\.\d+\.\d+\n$/)
  })

  it('loads and tells the options', async () => {
    const { code, out } = await run(command, 'load', 'a.ini', 'who=me')
    assert.deepEqual([code, out], [0, '[app:main] loads.\n  text = hello me\n'])
  })

  it('says what is wrong where, and ends with 1', async () => {
    const { code, err } = await run(command, 'load', 'a.ini')
    assert.equal(code, 1)
    assert.equal(
      err.replaceAll(folder, ''),
      "paster: /a.ini:3: [app:main] text = hello %(who)s: '%(who)s' refers to nothing: neither this section nor [DEFAULT] has 'who'.\n\n3 | text = hello %(who)s\n  | ^^^^\n",
    )
  })
})
