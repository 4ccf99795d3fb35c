import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { NovaException } from '../../../lib/exception/index.js'
import {
  createTransport,
  type Endpoint,
  FakeBroker,
  InvalidTarget,
  MessageUndeliverable,
  MessagingTimeout,
  type PlainContext,
  RemoteError,
  RPCVersionCapError,
  RpcClient,
  type RpcClientOptions,
  RpcServer,
  type RpcServerOptions,
  plainSerializer as serializer,
  type Transport,
  TransportClosed,
  type TransportOptions,
} from '../../../lib/rpc/index.js'
import {
  needsRabbit,
  rabbitUrl,
  removeTopology,
  uniqueName,
  withChannel,
} from '../../support/broker.js'
import { MemoryLog } from '../../support/log.js'

class InstanceNotFound extends NovaException {
  static override readonly code = 404
  static override readonly msgFmt = 'Instance %(instance_id)s could not be found.'
}

/** One kind of transport, with what the tests need beside it. */
interface Kind {
  readonly name: string
  before(test: Mocha.Context): Promise<void>
  open(options: TransportOptions): Transport
  /** Puts a payload into a queue, without a transport. */
  publish(exchange: string, key: string, payload: Record<string, unknown>): Promise<void>
  /** Messages in a queue that nobody took; null when there is no such queue. */
  waiting(queue: string): Promise<number | null>
  clean(exchange: string, queues: readonly string[]): Promise<void>
}

const fake = (): Kind => {
  const broker = new FakeBroker()
  return {
    name: 'fake://',
    before: async () => {},
    open: options => createTransport('fake://', { ...options, broker }),
    publish: async (exchange, key, payload) => {
      broker.publish(exchange, key, JSON.stringify(payload))
    },
    waiting: async queue => broker.queues().find(({ name }) => name === queue)?.messages ?? null,
    clean: async () => {},
  }
}

const rabbit = (): Kind => ({
  name: 'rabbit://',
  before: needsRabbit,
  open: options => createTransport(rabbitUrl, options),
  publish: (exchange, key, payload) =>
    withChannel(async channel => {
      const body = { 'oslo.version': '2.0', 'oslo.message': JSON.stringify(payload) }
      channel.publish(exchange, key, Buffer.from(JSON.stringify(body)))
      await channel.waitForConfirms()
    }),
  waiting: queue =>
    withChannel(channel => channel.checkQueue(queue)).then(
      ({ messageCount }) => messageCount,
      () => null,
    ),
  clean: removeTopology,
})

for (const kind of [fake(), rabbit()]) {
  describe(`rpc over ${kind.name}`, () => {
    const exchange = uniqueName('test-nova')
    const topic = uniqueName('test-topic')
    const hosts = new Set<string>()
    const transports: Transport[] = []
    const servers: RpcServer<PlainContext>[] = []
    let log: MemoryLog

    const open = (options: TransportOptions = {}): Transport => {
      const transport = kind.open({ controlExchange: exchange, log, ...options })
      transports.push(transport)
      return transport
    }
    const serve = async (
      methods: Endpoint<PlainContext>['methods'],
      {
        host = 'a',
        version = '1.5',
        namespace,
        ...options
      }: Partial<RpcServerOptions<PlainContext>> & {
        host?: string
        version?: string
        namespace?: string
      } = {},
    ) => {
      hosts.add(host)
      const endpoint = { version, namespace, methods }
      const server = new RpcServer(open(), { topic, server: host }, [endpoint], {
        serializer,
        log,
        ...options,
      })
      servers.push(server)
      await server.start()
      return server
    }
    const client = (options: Partial<RpcClientOptions<PlainContext>> = {}) =>
      new RpcClient<PlainContext>(
        open(),
        { topic, version: '1.2' },
        { serializer, timeout: 10, ...options },
      )

    before(async function () {
      await kind.before(this)
    })
    beforeEach(() => {
      log = new MemoryLog()
    })
    afterEach(async () => {
      await Promise.all(servers.splice(0).map(server => server.stop()))
      await Promise.all(transports.splice(0).map(transport => transport.close()))
    })
    after(() => kind.clean(exchange, [topic, ...[...hosts].map(host => `${topic}.${host}`)]))

    it("calls a method, by keyword, with the caller's context", async () => {
      await serve({ add: (context, { x, y }) => ({ sum: Number(x) + Number(y), context }) })
      const context = { user_id: 'u-77', roles: ['member'], is_admin: false, text: 'grüße ✓' }
      assert.deepEqual(await client().call(context, 'add', { x: 1, y: 2, z: undefined }), {
        sum: 3,
        context,
      })
    })

    it('gives null for a method that returns nothing', async () => {
      await serve({ nothing: () => undefined })
      assert.equal(await client().call({}, 'nothing'), null)
    })

    it('carries 5 MB there and back', async () => {
      await serve({ echo: (_context, { text }) => text })
      const text = 'ä'.repeat(2_500_000)
      assert.equal(await client().call({}, 'echo', { text }), text)
    })

    it('keeps concurrent calls apart', async () => {
      await serve({ echo: (_context, { n }) => n })
      const caller = client()
      const numbers = Array.from({ length: 200 }, (_, n) => n)
      assert.deepEqual(await Promise.all(numbers.map(n => caller.call({}, 'echo', { n }))), numbers)
    })

    it('casts in order to a server that is asked by name, and to it alone', async () => {
      const got: string[] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      const note =
        (host: string) =>
        (_context: unknown, { n }: Readonly<Record<string, unknown>>) => {
          got.push(`${host}${n}`)
          if (n === 3) resolve()
        }
      await serve({ note: note('a') }, { host: 'a' })
      await serve({ note: note('b') }, { host: 'b' })
      const caller = client().prepare({ server: 'b' })
      for (const n of [1, 2, 3]) await caller.cast({}, 'note', { n })
      await promise
      assert.deepEqual(got, ['b1', 'b2', 'b3'])
    })

    it('shares a topic out among its servers in turn', async () => {
      await serve({ who: () => 'a' }, { host: 'a' })
      await serve({ who: () => 'b' }, { host: 'b' })
      const caller = client()
      const got: unknown[] = []
      for (let n = 0; n < 6; n++) got.push(await caller.call({}, 'who'))
      assert.deepEqual([...got].sort(), ['a', 'a', 'a', 'b', 'b', 'b'])
    })

    it('fans out to every server', async () => {
      const got = new Set<string>()
      const { promise, resolve } = Promise.withResolvers<void>()
      const note = (host: string) => () => {
        got.add(host)
        if (got.size === 2) resolve()
      }
      await serve({ note: note('a') }, { host: 'a' })
      await serve({ note: note('b') }, { host: 'b' })
      await client().prepare({ fanout: true }).cast({}, 'note')
      await promise
      assert.deepEqual([...got].sort(), ['a', 'b'])
    })

    it('fans out to nobody without harm, also when the last server has gone', async () => {
      const caller = client().prepare({ fanout: true })
      await caller.cast({}, 'note')
      const server = await serve({ note: () => {} })
      await caller.cast({}, 'note')
      await server.stop()
      await caller.cast({}, 'note')
      await caller.cast({}, 'note')
    })

    it('refuses to call a fanout', async () => {
      await assert.rejects(client().prepare({ fanout: true }).call({}, 'x'), InvalidTarget)
    })

    it('rebuilds a failure of a class that the client knows', async () => {
      await serve({
        show: (_context, { id }) => {
          throw new InstanceNotFound({ instance_id: id })
        },
      })
      const caller = client({ errors: { 'nova.exception': { InstanceNotFound } } })
      const error = await caller.call({}, 'show', { id: 'x-1' }).catch(error => error)
      assert.ok(error instanceof InstanceNotFound)
      assert.equal(error.message, 'Instance x-1 could not be found.')
      assert.deepEqual(error.kwargs, { instance_id: 'x-1', code: 404 })
      assert.equal(error.code, 404)
      assert.match(error.stack ?? '', /Remote traceback:\nInstanceNotFound: Instance x-1/)
    })

    it('gives a RemoteError for one that it does not know', async () => {
      await serve({
        show: () => {
          throw new TypeError('not like this')
        },
      })
      const error = await client()
        .call({}, 'show')
        .catch(error => error)
      assert.ok(error instanceof RemoteError)
      assert.equal(error.message, 'Remote error: TypeError not like this')
      assert.deepEqual(
        [error.excType, error.value, error.failure.module],
        ['TypeError', 'not like this', 'builtins'],
      )
    })

    it('answers a result that is no JSON with a failure', async () => {
      await serve({ bad: () => 1n })
      await assert.rejects(client().call({}, 'bad'), /Remote error: TypeError .*BigInt/)
    })

    it('logs what a cast throws, and goes on', async () => {
      await serve({
        bad: () => {
          throw new Error('for nobody')
        },
        good: () => 'fine',
      })
      await client().cast({}, 'bad')
      await log.seen(/Exception during message handling/)
      assert.equal(await client().call({}, 'good'), 'fine')
    })

    it('logs an expected failure for debugging only', async () => {
      await serve(
        {
          bad: () => {
            throw new InstanceNotFound({ instance_id: 'x' })
          },
        },
        { isExpected: error => error instanceof InstanceNotFound },
      )
      await assert.rejects(client().call({}, 'bad'), RemoteError)
      assert.deepEqual(log.texts('error'), [])
    })

    it('refuses versions, methods and namespaces that no endpoint has', async () => {
      await serve({ show: () => 'shown', _private: () => 'no' })
      const refusals: [string, string | undefined, string, string][] = [
        [
          '1.6',
          undefined,
          'show',
          'UnsupportedVersion Endpoint does not support RPC version 1.6. Attempted method: show',
        ],
        [
          '2.0',
          undefined,
          'show',
          'UnsupportedVersion Endpoint does not support RPC version 2.0. Attempted method: show',
        ],
        [
          '1.0',
          'other',
          'show',
          'UnsupportedVersion Endpoint does not support RPC version 1.0. Attempted method: show',
        ],
        ['1.0', undefined, 'hide', 'NoSuchMethod Endpoint does not support RPC method hide'],
        [
          '1.0',
          undefined,
          '_private',
          'NoSuchMethod Endpoint does not support RPC method _private',
        ],
        [
          '1.0',
          undefined,
          'toString',
          'NoSuchMethod Endpoint does not support RPC method toString',
        ],
      ]
      for (const [version, namespace, method, text] of refusals) {
        const caller = client().prepare({ version, namespace })
        await assert.rejects(caller.call({}, method), {
          name: 'RemoteError',
          message: `Remote error: ${text}`,
        })
      }
      assert.equal(await client().prepare({ version: '1.5' }).call({}, 'show'), 'shown')
    })

    it('finds a method in its namespace', async () => {
      await serve({ build: () => 'built' }, { namespace: 'compute_task', version: '1.24' })
      const caller = client().prepare({ namespace: 'compute_task', version: '1.19' })
      assert.equal(await caller.call({}, 'build'), 'built')
    })

    it('sends nothing above its cap', async () => {
      const caller = client({ versionCap: '1.3' })
      assert.equal(caller.canSendVersion('1.3'), true)
      assert.equal(caller.canSendVersion('1.4'), false)
      assert.equal(caller.canSendVersion('2.0'), false)
      await assert.rejects(caller.prepare({ version: '1.4' }).cast({}, 'x'), {
        constructor: RPCVersionCapError,
        message:
          'Requested message version, 1.4 is incompatible.  It needs to be equal in major version ' +
          'and less than or equal in minor version as the specified version cap 1.3.',
      })
    })

    it('times a call out that nobody answers', async () => {
      const caller = client({ timeout: 0.05 })
      await assert.rejects(caller.prepare({ server: 'nobody' }).call({}, 'x'), MessagingTimeout)
    })

    it('drops a call that waited in the queue for longer than its caller', async () => {
      hosts.add('late')
      const first = await serve({ x: () => {} }, { host: 'late' })
      await first.stop()
      const caller = client().prepare({ server: 'late', timeout: 0.05 })
      await assert.rejects(caller.call({}, 'x'), MessagingTimeout)
      // Its time began at the broker, a little after the caller's.
      while ((await kind.waiting(`${topic}.late`)) !== 0) await turn()
      const got: string[] = []
      await serve({ x: () => got.push('x'), y: () => got.push('y') }, { host: 'late' })
      await client().prepare({ server: 'late' }).call({}, 'y')
      assert.deepEqual(got, ['y'])
    })

    it("keeps a monitored call alive past its monitor's time", async () => {
      // Keep-alives come every second for 2; the method ends when three of them would have been missed.
      const { promise, resolve } = Promise.withResolvers<string>()
      await serve({ slow: () => promise })
      const answer = client().prepare({ callMonitorTimeout: 2, timeout: 30 }).call({}, 'slow')
      setTimeout(() => resolve('done'), 3500)
      assert.equal(await answer, 'done')
    })

    it('times a monitored call out when the keep-alives end', async () => {
      // 1 is below what a server sends keep-alives for
      await serve({ never: () => new Promise(() => {}) })
      const caller = client().prepare({ callMonitorTimeout: 0.2, timeout: 30 })
      await assert.rejects(caller.call({}, 'never'), MessagingTimeout)
    })

    it('drops a message that comes twice', async () => {
      const got: unknown[] = []
      await serve({ note: (_context, { n }) => got.push(n) }, { host: 'twice' })
      const message = (n: number, id: string) => ({
        method: 'note',
        args: { n },
        version: '1.0',
        _unique_id: id,
      })
      const key = `${topic}.twice`
      await kind.publish(exchange, key, message(1, 'aa'))
      await kind.publish(exchange, key, message(2, 'aa'))
      await kind.publish(exchange, key, message(3, 'bb'))
      await client().prepare({ server: 'twice' }).call({}, 'note', { n: 4 })
      assert.deepEqual(got, [1, 3, 4])
    })

    it('answers a malformed message with a failure, and survives one that is none', async () => {
      await serve({ ok: () => 'ok' }, { host: 'bad' })
      const key = `${topic}.bad`
      await kind.publish(exchange, key, {})
      await kind.publish(exchange, key, { method: 'ok', args: [1], version: '1.0' })
      await kind.publish(exchange, key, { method: 'ok', args: null, version: 7 })
      assert.equal(await client().prepare({ server: 'bad' }).call({}, 'ok'), 'ok')
    })

    it('runs no more at once than it may, and leaves the rest to others', async () => {
      const release = Promise.withResolvers<void>()
      let running = 0
      let most = 0
      const work = async () => {
        most = Math.max(most, ++running)
        await release.promise
        running--
      }
      const busy = await serve({ work }, { host: 'busy', concurrency: 2 })
      const caller = client().prepare({ server: 'busy' })
      const calls = Array.from({ length: 10 }, () => caller.call({}, 'work'))
      await caller.cast({}, 'work')
      release.resolve()
      await Promise.all(calls)
      assert.equal(most, 2)
      assert.equal(await busy.wait(10), true)
    })

    it('lets what runs end and reply after a stop; what was not begun waits for another', async () => {
      const begun = Promise.withResolvers<void>()
      const release = Promise.withResolvers<string>()
      const first = await serve(
        {
          slow: () => {
            begun.resolve()
            return release.promise
          },
        },
        { host: 'drain', concurrency: 1 },
      )
      const caller = client().prepare({ server: 'drain' })
      const one = caller.call({}, 'slow')
      await begun.promise
      const two = caller.call({}, 'slow')
      await first.stop()
      assert.deepEqual(
        first.running().map(({ method }) => method),
        ['slow'],
      )
      assert.equal(await first.wait(0.01), false)
      release.resolve('first')
      assert.equal(await one, 'first')
      assert.equal(await first.wait(), true)
      await serve({ slow: () => 'second' }, { host: 'drain' })
      assert.equal(await two, 'second')
    })

    it('keeps messages for a server that is away', async () => {
      const server = await serve({ x: () => {} }, { host: 'away' })
      await server.stop()
      await client().prepare({ server: 'away' }).cast({}, 'x')
      assert.equal(await kind.waiting(`${topic}.away`), 1)
    })

    it('says that nobody was ever there, when it must have been', async () => {
      const caller = client({ atLeastOnce: true })
      const nobody = caller.prepare({ server: 'never' })
      const text = `No queue took a message to ${topic}.never`
      const error = { constructor: MessageUndeliverable, message: text }
      await assert.rejects(nobody.cast({}, 'x'), error)
      await assert.rejects(nobody.call({}, 'x'), error)
      await serve({ x: () => 'taken' })
      assert.equal(await caller.call({}, 'x'), 'taken')
      await nobody.prepare({ atLeastOnce: false }).cast({}, 'x')
    })

    it('answers the ping of the library when asked to', async () => {
      await serve({}, { ping: true })
      const caller = client().prepare({ version: undefined })
      assert.equal(await caller.call({}, 'oslo_rpc_server_ping'), 'pong')
    })

    it('rejects what waits when it is closed', async () => {
      await serve({ never: () => new Promise(() => {}) })
      const transport = open()
      const caller = new RpcClient<PlainContext>(
        transport,
        { topic, version: '1.0' },
        { serializer },
      )
      const answer = assert.rejects(caller.call({}, 'never'), TransportClosed)
      await transport.close()
      await answer
      await assert.rejects(caller.cast({}, 'never'), TransportClosed)
    })
  })
}
