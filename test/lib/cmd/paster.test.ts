import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { request } from 'undici'
import { answering, freePort, Process } from '../../support/processes.js'

const command = resolve(import.meta.dirname, '../../../../bin/paster')

describe('bin/paster', function () {
  this.timeout(60_000)

  let folder = ''
  const running: Process[] = []
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content)
  const app = (greeting = 'hello'): void =>
    write(
      'a.ini',
      `[app:main]\npaste.app_factory = ./hello.mjs:app\ntext = ${greeting} %(who)s\n[filter:unused]\n`,
    )
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paster-'))
    write(
      'hello.mjs',
      `export const app = (globals, { text }) => (req, res, next) => {
         if (req.url === '/missing') return next()
         if (req.url === '/pid') return res.end(String(process.pid))
         res.setHeader('x-method', req.method)
         res.write(text + ' ' + req.url + ' ')
         req.pipe(res)
       }`,
    )
    app()
  })
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  const run = async (path: string, args: readonly string[], input = '') => {
    const child = spawn(path, args, { cwd: folder })
    child.stdin.end(input)
    const exited = once(child, 'exit')
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    const [code] = await exited
    return { code, out, err: err.replaceAll(folder, '') }
  }
  const paster = (...args: readonly string[]) => run(command, args)
  const serving = async (...args: readonly string[]) => {
    const child = new Process('paster', ['serve', ...args], {}, folder)
    running.push(child)
    const [, url = ''] = await child.printed(/ on (http:\S+)/)
    return { child, url }
  }
  const ask = async (url: string): Promise<string> =>
    (await (await request(url)).body.text()).trim()

  describe('serve', () => {
    it('serves a file of five lines, and ends by a signal', async () => {
      const { child, url } = await serving('a.ini', 'who=you', '--port', '0')
      assert.equal(await ask(url), 'hello you /')
      assert.equal(await child.stop('SIGTERM'), 0)
    })

    it('takes changed files, keeps what serves when they are wrong, and tells', async () => {
      const { child, url } = await serving('a.ini', 'who=you', '--port', '0', '--reload')
      write('a.ini', 'nonsense')
      await child.printed(/not reloaded, the old one goes on: .*a\.ini:1: /)
      assert.equal(await ask(url), 'hello you /')
      app('hi')
      await child.printed(/^reloaded$/m)
      assert.equal(await ask(url), 'hi you /')
      write('hello.mjs', "export const app = () => (req, res) => res.end('other')")
      await child.printed(/(?:^reloaded\n[\s\S]*?){2}/m)
      assert.equal(await ask(url), 'other')
    })

    it('waits for a file that is wrong at the start, where it watches', async () => {
      write('a.ini', '[app:main')
      const child = new Process(
        'paster',
        ['serve', 'a.ini', 'who=you', '--port', '0', '--reload-interval', '0.1'],
        {},
        folder,
      )
      running.push(child)
      await child.printed(/a\.ini:1: [\s\S]*\nwaiting for a change\n/)
      app()
      const [, url = ''] = await child.printed(/ on (http:\S+)/)
      assert.equal(await ask(url), 'hello you /')
      app('hi')
      await child.printed(/^reloaded$/m)
      assert.equal(await ask(url), 'hi you /')
    })

    it('keeps its workers on one port, replaces the dead, and reloads them all', async () => {
      const pids = join(folder, 'w.pid')
      const { child, url } = await serving(
        ...['a.ini', 'who=you', '--port', String(await freePort()), '--workers', '2'],
        ...['--pid-file', pids],
      )
      await child.printed(/(?:\] serving [\s\S]*?){2}/)
      const worker = Number(await ask(`${url}/pid`))
      assert.notEqual(worker, child.pid)
      assert.equal(Number(readFileSync(pids, 'utf8')), child.pid)
      app('hi')
      child.signal('SIGHUP')
      await child.printed(/(?:\] reloaded\n[\s\S]*?){2}/)
      assert.equal(await ask(url), 'hi you /')
      process.kill(worker, 'SIGKILL')
      await child.printed(/A worker was killed by SIGKILL; starting another[\s\S]* serving /)
      assert.equal(await ask(url), 'hi you /')
      assert.equal(await child.stop(), 0)
      assert.equal(existsSync(pids), false)
    })

    it('appends to a log file, and begins another of its name at SIGHUP', async () => {
      write('log', 'before\n')
      const port = String(await freePort())
      const child = new Process(
        'paster',
        ['serve', 'a.ini', 'who=you', '--port', port, '--log-file', 'log'],
        {},
        folder,
      )
      running.push(child)
      await answering(`http://127.0.0.1:${port}/`, child)
      renameSync(join(folder, 'log'), join(folder, 'log.1'))
      child.signal('SIGHUP')
      while (!existsSync(join(folder, 'log'))) await new Promise(setImmediate)
      assert.equal(await child.stop(), 0)
      assert.match(readFileSync(join(folder, 'log.1'), 'utf8'), /^before\nserving .* on http/)
      assert.match(readFileSync(join(folder, 'log'), 'utf8'), /^reloaded\n$/)
      assert.equal(child.output, '')
    })

    it('goes into the background, tells of itself, and is stopped by its pid file', async () => {
      const port = String(await freePort())
      const args = ['who=you', '--port', port, '--pid-file', 'd.pid', '--log-file', 'd.log']
      const started = await paster('serve', 'a.ini', 'start', ...args)
      assert.equal(started.err, '')
      assert.match(started.out, /^the process \d+ serves; it prints to d\.log\n$/)
      const pid = readFileSync(join(folder, 'd.pid'), 'utf8').trim()
      try {
        assert.equal(await ask(`http://127.0.0.1:${port}/`), 'hello you /')
        assert.deepEqual(await paster('serve', 'a.ini', 'status', '--pid-file', 'd.pid'), {
          code: 0,
          out: `d.pid: the process ${pid} runs\n`,
          err: '',
        })
        const again = await paster('serve', 'a.ini', 'start', ...args)
        assert.deepEqual(again, {
          code: 1,
          out: '',
          err: `paster: d.pid: the process ${pid} runs already\n`,
        })
      } finally {
        const stopped = await paster('serve', 'a.ini', 'stop', '--pid-file', 'd.pid')
        assert.deepEqual(stopped, { code: 0, out: `stopped the process ${pid}\n`, err: '' })
      }
      const status = await paster('serve', 'a.ini', 'status', '--pid-file', 'd.pid')
      assert.deepEqual([status.code, status.out], [1, 'd.pid: nothing runs\n'])
      assert.equal((await paster('serve', 'a.ini', 'stop', '--pid-file', 'd.pid')).code, 1)
      write('d.pid', '999999999\n')
      const stale = await paster('serve', 'a.ini', 'stop', '--pid-file', 'd.pid')
      assert.deepEqual([stale.code, existsSync(join(folder, 'd.pid'))], [1, false])
    })

    it('shows at the terminal why it cannot go into the background', async () => {
      const { code, err } = await paster('serve', 'a.ini', 'start')
      assert.equal(code, 1)
      assert.match(err, /^paster: \/a\.ini:3: /)
    })

    it('says in a sentence what it cannot have', async () => {
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      const address = taken.address()
      const port = address !== null && typeof address === 'object' ? String(address.port) : ''
      const refused = async (...args: readonly string[]) => {
        const { code, err } = await paster('serve', 'a.ini', 'who=you', ...args)
        return [code, err]
      }
      assert.deepEqual(await refused('--port', port), [
        1,
        `paster: cannot listen on 127.0.0.1:${port}: another process listens there\n`,
      ])
      taken.close()
      assert.deepEqual(await refused('--pid-file', 'none/x'), [
        1,
        'paster: none/x: there is no such file or folder\n',
      ])
      assert.deepEqual(await refused('--log-file', '.'), [1, 'paster: .: it is a folder\n'])
      assert.deepEqual(await refused('--pid-file', 'a.ini'), [
        1,
        'paster: a.ini is no pid file: it holds something else than a number\n',
      ])
      write('live.pid', `${process.pid}\n`)
      assert.deepEqual(await refused('--pid-file', 'live.pid'), [
        1,
        `paster: live.pid: the process ${process.pid} runs already\n`,
      ])
    })
  })

  describe('request', () => {
    it('gives the body to stdout, and to stderr what each section did', async () => {
      const { code, out, err } = await paster('request', 'a.ini', '/x?a=1', 'who=me')
      assert.deepEqual([code, out], [0, 'hello me /x?a=1 '])
      assert.match(err, /^app:main +answered +\d+\.\d\d ms\n\nHTTP 200 OK\nx-method: GET\n/)
      assert.match(err, /\n\n$/)
    })

    it('sends a body, from a file or stdin', async () => {
      const sent = async (data: string, input = '') => {
        const args = ['request', 'a.ini', '/', '-q', '-d', data, '--config-var', 'who:me']
        return (await run(command, args, input)).out
      }
      assert.equal(await sent('text'), 'hello me / text')
      write('body', 'of a file')
      assert.equal(await sent('@body'), 'hello me / of a file')
      assert.equal(await sent('@-', 'of stdin'), 'hello me / of stdin')
    })

    it('tells all as JSON, and ends with 1 where the answer is an error', async () => {
      const { code, out } = await paster(
        ...['request', 'a.ini', '/missing', '--json', '--config-var', 'who:me'],
      )
      const { status, steps } = JSON.parse(out)
      assert.deepEqual([code, status], [1, 404])
      const [{ ownMs, ...step }] = steps
      assert.equal(typeof ownMs, 'number')
      assert.deepEqual(step, { section: 'app:main', kind: 'app', outcome: 'gave up', changes: [] })
    })

    it('does not wait for ever, and tells who has the request', async () => {
      write('hello.mjs', 'export const app = () => () => setInterval(() => {}, 1000)')
      const { code, out, err } = await paster(
        ...['request', 'a.ini', '/', '--timeout', '0.1', '--config-var', 'who:me'],
      )
      assert.deepEqual([code, out], [1, ''])
      assert.match(err, /^app:main +aborted .*\n\npaster: no answer within 100 ms\n$/)
    })
  })

  describe('routes', () => {
    it('lists mounts, the filters in front, and the routes of those that tell', async () => {
      write(
        'apps.mjs',
        `import express from ${JSON.stringify(import.meta.resolve('express'))}
         const end = (req, res) => res.end()
         export const ex = () => {
           const inner = express.Router().post('/deep', end)
           return express().get(['/a', '/b'], end).use('/in', inner).all('/any', end)
         }
         export const own = () => Object.assign(() => {}, { routes: () => [{ method: 'GET', path: '/own' }], close: () => console.error('closed') })
         export const told = Object.assign(() => { throw new Error('not made') }, { routes: (globals, { at }) => [{ method: 'PUT', path: at }] })
         export const mute = () => end
         export const broken = () => { throw new Error('not today') }
         export const pass = () => app => app`,
      )
      const section = (name: string) =>
        `[app:${name}]\npaste.app_factory = ./apps.mjs:${name}\nat = /told\n`
      write(
        'r.ini',
        `[composite:main]\nuse = egg:Paste#urlmap\n/ = piped\n/own = own\n/told = told\n/mute = mute\n
[pipeline:piped]\npipeline = pass ex\n[filter:pass]\npaste.filter_factory = ./apps.mjs:pass\n
${['ex', 'own', 'told', 'mute', 'broken'].map(section).join('')}`,
      )
      assert.deepEqual(await paster('routes', 'r.ini'), {
        code: 0,
        err: 'closed\n',
        out: `/      pass → ex
    GET     /a
    GET     /b
    POST    …/deep
    ANY     /any
/own   own
    GET     /own
/told  told
    PUT     /told
/mute  mute
`,
      })
      const { code, out } = await paster('routes', 'r.ini#broken')
      assert.deepEqual([code, out], [0, '/  broken\n    ? not today\n'])
      const unasked = await paster('routes', 'r.ini', '--no-load')
      assert.deepEqual(
        [unasked.err, unasked.out],
        ['', '/      pass → ex\n/own   own\n/told  told\n    PUT     /told\n/mute  mute\n'],
      )
      write('n.ini', '[composite:main]\nuse = egg:Paste#urlmap\n/ = nowhere\n')
      const lost = await paster('routes', 'n.ini')
      assert.equal(lost.code, 1)
      assert.match(lost.out, /^\/ {2}nowhere\n {4}✗ .*'nowhere'/)
    })

    it('lists all of Kilonova’s, which needs no cloud for that', async () => {
      const ini = resolve(import.meta.dirname, '../../../../api-paste.ini')
      const { code, out } = await paster('routes', `${ini}#osapi_compute_app_v21`)
      assert.equal(code, 0)
      assert.match(out, /\n {4}GET {5}\/servers\/:id\n/)
      assert.match(out, /\n {4}POST {4}\/servers\/:id\/action \(reboot\)\n/)
    })
  })

  it('is found through a link, and tells its version', async () => {
    const link = join(folder, 'paster')
    symlinkSync(command, link)
    const { code, out } = await run(link, ['--version'])
    assert.equal(code, 0)
    assert.match(out, /^\d+\.\d+\.\d+\n$/)
  })

  it('loads and tells the options', async () => {
    const { code, out } = await paster('load', 'a.ini', 'who=me')
    assert.deepEqual([code, out], [0, '[app:main] loads.\n  text = hello me\n'])
  })

  it('adds no globals of its own: an option named length reaches its factory', async () => {
    writeFileSync(
      join(folder, 'b.ini'),
      '[app:main]\npaste.app_factory = ./hello.mjs:app\nlength = 5\ntext = x\n',
    )
    const { out, err } = await paster('load', 'b.ini')
    assert.deepEqual([out, err], ['[app:main] loads.\n  length = 5\n  text = x\n', ''])
  })

  it('points at a mount that cannot be read', async () => {
    writeFileSync(join(folder, 'c.ini'), '[composite:main]\nuse = egg:Paste#urlmap\n/x y = a\n')
    const { code, err } = await paster('load', 'c.ini')
    assert.equal(code, 1)
    assert.match(err, /c\.ini:3: .*mount '\/x y' has two paths/)
  })

  it('says what is wrong where, and ends with 1', async () => {
    const { code, err } = await paster('load', 'a.ini')
    assert.equal(code, 1)
    assert.equal(
      err,
      "paster: /a.ini:3: [app:main] text = hello %(who)s: '%(who)s' refers to nothing: neither this section nor [DEFAULT] has 'who'.\n\n3 | text = hello %(who)s\n  |              ^^^^^^^\n",
    )
  })

  it('ends with 2 when the command line makes no sense', async () => {
    const told = async (...args: readonly string[]) => {
      const { code, err } = await paster(...args)
      return [code, err]
    }
    assert.deepEqual(await told('serve'), [2, "paster: missing required argument 'file'\n"])
    assert.deepEqual(await told('sevre'), [
      2,
      "paster: unknown command 'sevre'\n(Did you mean serve?)\n",
    ])
    assert.deepEqual(await told('serve', 'a.ini', '--worker', '2'), [
      2,
      "paster: unknown option '--worker'\n(Did you mean --workers?)\n",
    ])
    assert.deepEqual(await told('serve', 'a.ini', '--port', 'x'), [
      2,
      "paster: option '--port <number>' argument 'x' is invalid. It must be a number from 0 to 65535.\n",
    ])
    assert.deepEqual(await told('serve', 'a.ini', 'start', '--reload'), [
      2,
      'paster: a daemon does not watch its files; send it SIGHUP instead of --reload\n',
    ])
  })

  it('has a page of the manual with examples for every command, without colour in a pipe', async () => {
    const { out } = await paster('--help')
    const commands = [...out.matchAll(/^ {4}([a-z]+)\n {8}\S/gm)].map(([, name]) => name ?? '')
    assert.deepEqual(commands, [
      ...['serve', 'check', 'show', 'request', 'routes', 'load', 'describe', 'completion', 'help'],
    ])
    for (const name of commands.slice(0, -1)) {
      const { code, out: page } = await paster(name, '--help')
      assert.equal(code, 0)
      assert.match(page, new RegExp(`^NAME\n    paster ${name} - `))
      for (const part of ['SYNOPSIS', 'DESCRIPTION', 'ARGUMENTS', 'OPTIONS', 'EXAMPLES']) {
        assert(page.includes(`\n${part}\n    `), `${name}: ${part}`)
      }
      assert.equal(page.includes('\u001b'), false)
      const long = page.split('\n').filter(line => line.length > 130)
      assert.deepEqual(long, [])
    }
  })

  it('completes commands, options, files and sections in bash', async function () {
    if (!existsSync('/bin/bash')) this.skip()
    write('a.ini', '[app:main]\n[pipeline:api]\n[filter:f]\n[server:front]\n')
    write('notes.txt', '')
    const lines = [
      ['sh'],
      ['serve', '--work'],
      ['show', ''],
      ['show', 'a.ini#'],
      ['show', 'a.ini#a'],
      ['check', 'a.ini', '-n', ''],
      ['serve', 'a.ini', '--server-name', ''],
      ['serve', 'a.ini', 'sta'],
      ['completion', ''],
    ]
    const script = lines
      .map(
        words =>
          `COMP_WORDS=(paster ${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _paster; echo "\${COMPREPLY[*]}"`,
      )
      .join('\n')
    const { out, err } = await run('/bin/bash', [
      '--norc',
      '-c',
      `source <('${command}' completion bash); compopt() { :; }\n${script}`,
    ])
    assert.equal(err, '')
    assert.deepEqual(out.trim().split('\n'), [
      'show',
      '--workers',
      'a.ini',
      'a.ini#main a.ini#api',
      'a.ini#api',
      'main api',
      'front',
      'start status',
      'bash zsh',
    ])
  })
})
