import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { NovaException } from '../../../lib/exception/index.js'
import {
  createTransport,
  type PlainContext,
  RemoteError,
  RpcClient,
  RpcServer,
  plainSerializer as serializer,
  type Transport,
} from '../../../lib/rpc/index.js'
import { needsRabbit, rabbitUrl, removeTopology, uniqueName } from '../../support/broker.js'
import { MemoryLog } from '../../support/log.js'

const script = resolve(import.meta.dirname, '../../../../test/lib/rpc/oslo_peer.py')

class InstanceNotFound extends NovaException {
  static override readonly code = 404
  static override readonly msgFmt = 'Instance %(instance_id)s could not be found.'
}

/** A Python that has oslo.messaging: the first one, or Debian's own. */
const findPython = (test: Mocha.Context): string => {
  const python = ['python3', '/usr/bin/python3'].find(
    name => spawnSync(name, ['-c', 'import oslo_messaging']).status === 0,
  )
  if (python) return python
  if (process.env.CI === 'true') throw new Error('no python3 with oslo.messaging')
  console.log('      skipped: no python3 with oslo.messaging')
  return test.skip()
}

class Peer {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  #stderr = ''

  private constructor(python: string, args: readonly string[]) {
    this.#process = spawn(python, [script, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    const { stdout, stderr } = this.#process
    if (!stdout) throw new Error('the peer has no stdout')
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
    stderr?.on('data', text => {
      this.#stderr += text
    })
  }

  static async start(python: string, args: readonly string[]): Promise<Peer> {
    const peer = new Peer(python, args)
    assert.equal(await peer.#line(), 'ready')
    return peer
  }

  async ask(question: Record<string, unknown>): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify(question)}\n`)
    return this.#line()
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.stdin?.end()
    await exited
  }

  async #line(): Promise<unknown> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`the peer ended: ${this.#stderr}`)
    return JSON.parse(value)
  }
}

describe("rpc with Python's oslo.messaging", function () {
  this.timeout(60_000)
  const exchange = uniqueName('test-peer')
  let python: string
  let transport: Transport
  let log: MemoryLog
  const context = { user_id: 'u-77', roles: ['member'], is_admin: true, text: 'grüße ✓ 𝄞' }

  before(async function () {
    python = findPython(this)
    await needsRabbit(this)
  })
  beforeEach(() => {
    log = new MemoryLog()
    transport = createTransport(rabbitUrl, { controlExchange: exchange, log })
  })
  afterEach(() => transport?.close())

  describe('as the server', () => {
    const topic = uniqueName('test-python')
    let peer: Peer
    let client: RpcClient<PlainContext>

    before(async () => {
      peer = await Peer.start(python, ['server', rabbitUrl, exchange, topic])
    })
    beforeEach(() => {
      client = new RpcClient(
        transport,
        { topic, version: '1.2' },
        {
          serializer,
          timeout: 20,
          errors: { 'nova.exception': { InstanceNotFound } },
        },
      )
    })
    after(async () => {
      await peer?.stop()
      await removeTopology(exchange, [topic, `${topic}.python`])
    })

    it('answers our call, and sees our context', async () => {
      const args = { list: [1, 2.5, null, true], text: 'ünïcode', deep: { a: { b: [] } } }
      const answer = await client.call(context, 'echo', args)
      assert.deepEqual(answer, { args, context: { ...context, client_timeout: null } })
    })

    it('takes 5 MB and gives it back', async () => {
      const text = 'ä'.repeat(2_500_000)
      const answer = (await client.call({}, 'echo', { text })) as { args: { text: string } }
      assert.ok(answer.args.text === text)
    })

    it('takes our casts and fanouts', async () => {
      await client.cast({}, 'note', { text: 'cast' })
      await client.prepare({ server: 'python' }).call({}, 'note', { text: 'directed' })
      await client.prepare({ fanout: true }).cast({}, 'note', { text: 'fanout' })
      // Queues of their own, so that the order among them is open.
      let noted: unknown = []
      while (Array.isArray(noted) && noted.length < 3) noted = await client.call({}, 'noted_so_far')
      assert.deepEqual(Array.isArray(noted) && [...noted].sort(), ['cast', 'directed', 'fanout'])
    })

    it('fails with a class that we rebuild', async () => {
      const error = await client.call({}, 'missing', { uuid: 'x-1' }).catch(error => error)
      assert.ok(error instanceof InstanceNotFound)
      assert.equal(error.message, 'Instance x-1 could not be found.')
      assert.deepEqual(error.kwargs, { instance_id: 'x-1', code: 404 })
      assert.match(error.stack ?? '', /Remote traceback:\nTraceback \(most recent call last\)/)
    })

    it('fails with one that we do not know', async () => {
      const error = await client.call({}, 'value_error').catch(error => error)
      assert.ok(error instanceof RemoteError)
      assert.deepEqual([error.excType, error.value], ['ValueError', 'not this one'])
    })

    it('refuses a version that it does not have', async () => {
      await assert.rejects(client.prepare({ version: '1.6' }).call({}, 'echo'), {
        message:
          'Remote error: UnsupportedVersion Endpoint does not support RPC version 1.6. Attempted method: echo',
      })
    })

    it('keeps our monitored call alive', async () => {
      const monitored = client.prepare({ callMonitorTimeout: 2 })
      assert.equal(await monitored.call({}, 'slow', { seconds: 3 }), 'slept')
    })
  })

  describe('as the client', () => {
    const topic = uniqueName('test-ours')
    let peer: Peer
    let server: RpcServer<PlainContext>
    let noted: unknown[]

    before(async () => {
      peer = await Peer.start(python, ['client', rabbitUrl, exchange, topic])
    })
    beforeEach(async () => {
      noted = []
      const methods = {
        echo: (context: PlainContext, args: PlainContext) => ({ context, args }),
        note: (_context: PlainContext, { text }: PlainContext) => void noted.push(text),
        missing: (_context: PlainContext, { uuid }: PlainContext) => {
          throw new InstanceNotFound({ instance_id: uuid })
        },
        broken: () => {
          throw new RangeError('out of it')
        },
        slow: () => new Promise(resolve => setTimeout(() => resolve('slept'), 3000)),
      }
      server = new RpcServer(transport, { topic, server: 'ours' }, [{ version: '1.5', methods }], {
        serializer,
        log,
      })
      await server.start()
    })
    afterEach(() => server?.stop())
    after(async () => {
      await peer?.stop()
      await removeTopology(exchange, [topic, `${topic}.ours`])
    })

    it('calls us', async () => {
      const args = { list: [1, 2.5, null, true], text: 'ünïcode 𝄞' }
      assert.deepEqual(await peer.ask({ kind: 'call', method: 'echo', context, args }), {
        result: { context, args },
      })
    })

    it('casts and fans out to us', async () => {
      await peer.ask({ kind: 'cast', method: 'note', args: { text: 'cast' } })
      await peer.ask({
        kind: 'cast',
        method: 'note',
        args: { text: 'fanout' },
        prepare: { fanout: true },
      })
      await peer.ask({
        kind: 'call',
        method: 'note',
        args: { text: 'call' },
        prepare: { server: 'ours' },
      })
      while (noted.length < 3) await peer.ask({ kind: 'call', method: 'echo' })
      assert.deepEqual([...noted].sort(), ['call', 'cast', 'fanout'])
    })

    it("rebuilds our failure as nova's class", async () => {
      const answer = await peer.ask({ kind: 'call', method: 'missing', args: { uuid: 'x-1' } })
      assert.deepEqual(answer, {
        error: 'InstanceNotFound_Remote',
        module: 'nova.exception_Remote',
        args: ['Instance x-1 could not be found.'],
        kwargs: { instance_id: 'x-1', code: 404 },
        exc_type: null,
      })
    })

    it('rebuilds our built-in failure as its own', async () => {
      const answer = await peer.ask({ kind: 'call', method: 'broken' })
      assert.equal((answer as { error: string }).error, 'ValueError')
    })

    it('sees our refusals', async () => {
      const refused = [
        await peer.ask({ kind: 'call', method: 'hide' }),
        await peer.ask({ kind: 'call', method: 'echo', prepare: { version: '1.9' } }),
      ] as { error: string; exc_type: string }[]
      assert.deepEqual(
        refused.map(({ error, exc_type }) => [error, exc_type]),
        [
          ['RemoteError', 'NoSuchMethod'],
          ['RemoteError', 'UnsupportedVersion'],
        ],
      )
    })

    it('is kept alive by us', async () => {
      const prepare = { call_monitor_timeout: 2, timeout: 20 }
      assert.deepEqual(await peer.ask({ kind: 'call', method: 'slow', prepare }), {
        result: 'slept',
      })
    })
  })
})
