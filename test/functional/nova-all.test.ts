import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { request } from 'undici'
import { openDatabase } from '../../lib/db/open.js'
import type { CellSchema } from '../../lib/db/schema/cell.js'
import { Cloud } from '../support/cloud.js'
import { Process } from '../support/processes.js'

const ownIni = resolve(import.meta.dirname, '../../../api-paste.ini')

interface Server {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly fault?: { readonly message: string }
}

describe('nova-all', function () {
  this.timeout(60_000)
  const folders: string[] = []
  const running: { stop(signal?: NodeJS.Signals): Promise<unknown> }[] = []
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'kilonova-all-'))
    folders.push(path)
    return path
  }
  const all = (...args: readonly string[]): Process => {
    const process = new Process('nova-all', args)
    running.push(process)
    return process
  }
  const start = async (stateDir: string, ...args: readonly string[]): Promise<Cloud> => {
    const cloud = await Cloud.start({ stateDir, args })
    running.push(cloud)
    return cloud
  }
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop('SIGKILL')
    for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
  })

  const ask = async (cloud: Cloud, method: 'GET' | 'POST', path: string, body?: object) => {
    const { token } = await cloud.session()
    const response = await request(`${cloud.origin}${path}`, {
      method,
      headers: { 'x-auth-token': token, 'content-type': 'application/json' },
      body: body ? JSON.stringify(body) : null,
    })
    return (await response.body.json()) as Record<string, unknown>
  }
  const boot = async (cloud: Cloud, name: string): Promise<void> => {
    const { images } = await ask(cloud, 'GET', '/image/v2/images')
    const [image] = images as { id: string }[]
    const answer = await ask(cloud, 'POST', '/v2.1/servers', {
      server: { name, flavorRef: '1', imageRef: image?.id },
    })
    assert.ok('server' in answer, JSON.stringify(answer))
  }
  const until = async (
    cloud: Cloud,
    isSo: (servers: readonly Server[]) => boolean,
  ): Promise<readonly Server[]> => {
    for (let left = 400; left > 0; left--) {
      const { servers } = await ask(cloud, 'GET', '/v2.1/servers/detail')
      if (isSo(servers as Server[])) return servers as Server[]
    }
    throw new Error(JSON.stringify(await ask(cloud, 'GET', '/v2.1/servers/detail')))
  }

  it('reads its pipelines anew by SIGHUP, and goes on with the old ones where it cannot', async () => {
    const state = folder()
    const ini = join(state, 'site.ini')
    const mark = (text: string) =>
      writeFileSync(
        join(state, 'mark.mjs'),
        `export const mark = () => app => (req, res, next) => { res.setHeader('x-mark', '${text}'); app(req, res, next) }`,
      )
    const edit = (line: string) =>
      writeFileSync(
        ini,
        `[overlay]\nbase = ${ownIni}\n[edit:pipeline:oscomputeversions]\n${line}\n[filter:mark]\npaste.filter_factory = ./mark.mjs:mark\n`,
      )
    mark('1')
    edit('before cors = mark')
    const cloud = await start(state, '--paste-config', ini, '--server-timing')
    const head = async () => {
      const { headers } = await request(`${cloud.origin}/`, { method: 'HEAD' })
      return {
        mark: headers['x-mark'],
        timing: /filter_mark;dur=/.test(String(headers['server-timing'])),
      }
    }
    const logged = async (pattern: RegExp) => {
      while (!pattern.test(readFileSync(join(state, 'kilonova.log'), 'utf8'))) {
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
    assert.deepEqual(await head(), { mark: '1', timing: true })
    edit('before nobody = mark')
    cloud.process.signal('SIGHUP')
    await logged(/Cannot reload; going on as before/)
    assert.deepEqual(await head(), { mark: '1', timing: true })
    edit('after cors = mark')
    mark('2')
    cloud.process.signal('SIGHUP')
    await logged(/Reloaded/)
    assert.deepEqual(await head(), { mark: '2', timing: true })
    assert.equal(await cloud.stop(), 0)
  })

  it('prints the port that it got when any will do', async () => {
    const process = all('--port', '0', '--state-dir', folder())
    const [, port] = await process.printed(/runs at http:\/\/127\.0\.0\.1:(\d+)\n/)
    assert.notEqual(port, '0')
    const { statusCode } = await request(`http://127.0.0.1:${port}/v2.1/`)
    assert.equal(statusCode, 200)
  })

  it('goes on where it was: servers, guests, users, at another port', async () => {
    const stateDir = folder()
    const first = await start(stateDir)
    await boot(first, 'lasting')
    const before = await until(first, ([one]) => one?.status === 'ACTIVE')
    assert.equal(await first.process.stop('SIGINT'), 0)

    const second = await start(stateDir)
    assert.notEqual(second.origin, first.origin)
    const after = await until(second, ([one]) => one?.status === 'ACTIVE')
    assert.equal(after[0]?.id, before[0]?.id)
    // Its guest is there: it can be acted on.
    const { token } = await second.session()
    const { statusCode } = await request(`${second.origin}/v2.1/servers/${after[0]?.id}/action`, {
      method: 'POST',
      headers: { 'x-auth-token': token, 'content-type': 'application/json' },
      body: '{"pause":null}',
    })
    assert.equal(statusCode, 202)
    await until(second, ([one]) => one?.status === 'PAUSED')
  })

  it('takes a server at once, however long its folder has rested', async () => {
    const stateDir = folder()
    const first = await start(stateDir)
    assert.equal(await first.process.stop('SIGINT'), 0)
    const cell = openDatabase<CellSchema>(`sqlite:///${join(stateDir, 'nova_cell1.sqlite')}`)
    const then = new Date(Date.now() - 3_600_000)
    await cell.kysely
      .updateTable('services')
      .set({ last_seen_up: then, updated_at: then })
      .execute()
    await cell.kysely.updateTable('compute_nodes').set({ updated_at: then }).execute()
    await cell.close()

    const second = await start(stateDir)
    await boot(second, 'first')
    const [server] = await until(second, ([one]) => one !== undefined && one.status !== 'BUILD')
    assert.equal(server?.status, 'ACTIVE', server?.fault?.message)
  })

  it('leaves no build hanging when it is killed in the middle of a burst', async () => {
    const stateDir = folder()
    const first = await start(stateDir)
    const boots = Array.from({ length: 8 }, (_, index) => boot(first, `burst-${index}`))
    await Promise.race(boots)
    await first.process.stop('SIGKILL')
    await Promise.allSettled(boots)

    const second = await start(stateDir)
    const servers = await until(second, all =>
      all.every(({ status }) => status === 'ACTIVE' || status === 'ERROR'),
    )
    assert.ok(servers.length >= 1)
    for (const { status, fault } of servers) if (status === 'ERROR') assert.ok(fault?.message)
    await boot(second, 'afterwards')
    await until(second, all =>
      all.some(({ name, status }) => name === 'afterwards' && status === 'ACTIVE'),
    )
  })

  it('ends with status 0 at Ctrl-C, though a request is under way', async () => {
    const cloud = await start(folder())
    const socket = connect(Number(new URL(cloud.origin).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write('POST /v2.1/servers HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
    await new Promise(resolve => socket.once('connect', resolve))
    assert.equal(await cloud.process.stop('SIGINT'), 0)
    socket.destroy()
  })

  it('ends at Ctrl-C while it starts, without a word', async () => {
    const stateDir = folder()
    const process = all('--port', '0', '--state-dir', stateDir)
    await logged(stateDir, /kilonova listens on/)
    assert.equal(await process.stop('SIGINT'), 0)
    assert.equal(process.output, '')
    // And what was begun is finished by the next start.
    const again = all('--port', '0', '--state-dir', stateDir)
    await again.printed(/runs at/)
  })

  it('ends at once at the second Ctrl-C', async () => {
    const cloud = await start(folder())
    cloud.process.signal('SIGINT')
    await logged(cloud.stateDir, /Caught SIGINT/)
    cloud.process.signal('SIGINT')
    const code = await cloud.process.exited
    assert.ok(code === 130 || code === 0, String(code)) // 0: the first was quicker
  })

  describe('refuses, in one sentence,', () => {
    const refusal = async (
      ...args: readonly string[]
    ): Promise<readonly [number | null, string]> => {
      const process = all(...args)
      return [await process.exited, process.output]
    }

    it('a port in use', async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await new Promise(resolve => server.once('listening', resolve))
      const { port } = server.address() as AddressInfo
      try {
        assert.deepEqual(await refusal('--port', String(port), '--state-dir', folder()), [
          1,
          `nova-all: kilonova: cannot listen on 127.0.0.1:${port}: another process listens there\n`,
        ])
      } finally {
        server.close()
      }
    })

    it('a state folder that another one uses, and takes it when that one is gone', async () => {
      const stateDir = folder()
      const cloud = await start(stateDir)
      assert.deepEqual(await refusal('--port', '0', '--state-dir', stateDir), [
        1,
        `nova-all: the state folder ${stateDir} is in use by another nova-all (process ${cloud.pid})\n`,
      ])
      await cloud.process.stop('SIGKILL')
      await all('--port', '0', '--state-dir', stateDir).printed(/runs at/)
    })

    it('a state folder that is a file', async () => {
      const file = join(folder(), 'file')
      writeFileSync(file, '')
      assert.deepEqual(await refusal('--state-dir', file), [
        1,
        `nova-all: the state folder ${file} cannot be used: it is not a folder\n`,
      ])
    })

    it('a state folder that it may not write', async function () {
      if (process.getuid?.() === 0) {
        console.warn('      skipped: root may write everywhere')
        this.skip()
      }
      const dir = join(folder(), 'closed')
      mkdirSync(dir)
      chmodSync(dir, 0o500)
      assert.deepEqual(await refusal('--state-dir', dir), [
        1,
        `nova-all: the state folder ${dir} cannot be used: this user may not read and write it\n`,
      ])
    })

    it('a database of its state that is none', async () => {
      const stateDir = folder()
      writeFileSync(
        join(stateDir, 'identity.sqlite'),
        'not a database at all, but long enough '.repeat(9),
      )
      const [code, output] = await refusal('--port', '0', '--state-dir', stateDir)
      assert.equal(code, 1)
      assert.match(output, /^nova-all: Cannot use the database sqlite:.*identity\.sqlite: .*\n$/)
    })

    it('a command line that makes no sense', async () => {
      assert.deepEqual(await refusal('--port', 'many'), [
        2,
        "nova-all: --port is 'many': expected a whole number from 0 to 65535\n",
      ])
    })
  })
})

const logged = async (stateDir: string, pattern: RegExp): Promise<void> => {
  const deadline = performance.now() + 20_000
  for (;;) {
    try {
      if (pattern.test(readFileSync(join(stateDir, 'kilonova.log'), 'utf8'))) return
    } catch {
      // not there yet
    }
    if (performance.now() > deadline) throw new Error(`${stateDir}: not logged: ${pattern}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}
