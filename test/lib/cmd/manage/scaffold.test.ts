import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { manage } from '../../../support/manage.js'

const root = resolve(import.meta.dirname, '../../../../..')
const tool = (name: string): string => join(root, 'node_modules/.bin', name)
const run = promisify(execFile)

/** The shortest, a usual one, and the longest: lines must keep their form with all. */
const names = ['x', 'rack-notes', 'abcdefghij-abcdefghij-abcdefghij']

describe('nova-manage api scaffold', function () {
  // Compilers and linters take their time on a machine that is busy.
  this.timeout(120_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-scaffold-'))
    for (const name of ['.gitignore', 'biome.json']) cpSync(join(root, name), join(folder, name))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const scaffold = (...args: string[]) => manage('api', 'scaffold', ...args)
  const passes = async (program: string, args: readonly string[], cwd = folder) => {
    try {
      await run(tool(program), args, { cwd })
    } catch (error) {
      const { stdout = '', stderr = '' } = Object(error)
      assert.fail(`${program} ${args.join(' ')}:\n${stdout}${stderr}`)
    }
  }

  it('writes plain JavaScript that passes the linter and its own test, next to each other', async () => {
    const extensions = join(folder, 'extensions')
    for (const name of names) {
      const { code, out, err } = await scaffold(name, '--dir', extensions)
      const files = ['index.mjs', 'schemas.mjs', `${name}.test.mjs`]
      assert.deepEqual([code, err], [0, ''])
      assert.deepEqual(
        out.trim().split('\n'),
        files.map(file => join(extensions, name, file)),
      )
    }
    await passes('biome', ['check', '.'])
    // As in a folder of somebody who has installed the package.
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/kilonova'))
    symlinkSync(join(root, 'node_modules/supertest'), join(folder, 'node_modules/supertest'))
    await passes('mocha', ['--no-config', '--timeout', '20000', 'extensions/**/*.test.mjs'])
  })

  it('writes TypeScript among the sources of the project, which compiles, passes the linter and its own test', async function () {
    if (!existsSync(join(root, 'lib/wsgi/index.ts'))) {
      console.log('      skipped: the sources are not there')
      this.skip()
    }
    const rooms = ['lib', 'controllers', 'extensions', 'test/support', 'test/fuzz']
    const files = [...rooms, 'package.json', 'tsconfig.json', 'api-paste.ini']
    for (const name of files) cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const written: string[] = []
    for (const name of names) {
      const { code, out, err } = await scaffold(name, '--dir', join(folder, 'extensions'))
      assert.deepEqual([code, err], [0, ''])
      written.push(...out.trim().split('\n'))
    }
    assert.deepEqual(written.slice(0, 3), [
      join(folder, 'extensions/x/index.ts'),
      join(folder, 'extensions/x/schemas.ts'),
      join(folder, 'test/extensions/x.test.ts'),
    ])
    await passes('biome', ['check', ...written])
    await passes('tsc', ['-p', '.'])
    await passes('mocha', ['--no-config', '--timeout', '20000', 'dist/test/extensions/*.test.js'])
  })

  it('writes over nothing, and takes no name that something has', async () => {
    const refused = async (name: string, err: string | RegExp) => {
      const { code, err: told } = await scaffold(name, '--dir', folder)
      assert.equal(code, 1)
      if (typeof err === 'string') assert.equal(told, err)
      else assert.match(told, err)
    }
    mkdirSync(join(folder, 'notes'))
    writeFileSync(join(folder, 'notes/schemas.mjs'), '')
    await refused('notes', `${folder}/notes/schemas.mjs is there already: nothing was written\n`)
    assert.equal(existsSync(join(folder, 'notes/index.mjs')), false)
    await refused(
      'os-keypairs',
      /^the alias 'os-keypairs' is taken by \S*extensions\/keypairs\.js\n$/,
    )
    await refused('pause', "'pause' would clash with POST /servers/:id/action pause\n")
    await refused('servers', /^'servers' would clash with /)
    for (const name of ['Notes', 'no_tes', 'x--y', '../x', 'x'.repeat(33)]) {
      await refused(name, /cannot name an extension: expected small letters/)
    }
    assert.equal((await scaffold()).code, 2)
  })
})
