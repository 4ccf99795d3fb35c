import assert from 'node:assert/strict'
import {
  createTransport,
  MessageDeliveryFailure,
  MessagingTimeout,
  type PlainContext,
  RpcClient,
  RpcServer,
  plainSerializer as serializer,
  type Transport,
  TransportClosed,
  type TransportOptions,
} from '../../../lib/rpc/index.js'
import {
  BrokerProxy,
  needsRabbit,
  rabbitUrl,
  removeTopology,
  uniqueName,
  withChannel,
} from '../../support/broker.js'
import { MemoryLog } from '../../support/log.js'

/** Quick to come back, for tests. */
const quick = {
  rabbit_retry_interval: 0.02,
  rabbit_retry_backoff: 0.02,
  rabbit_interval_max: 0.1,
  kombu_reconnect_delay: 0.02,
}

describe('rpc on RabbitMQ', () => {
  const exchange = uniqueName('test-rabbit')
  const topic = uniqueName('test-topic')
  const queues = [topic, `${topic}.a`, `${topic}.plain`]
  const transports: Transport[] = []
  let log: MemoryLog

  const open = (url: string, options: TransportOptions = {}): Transport => {
    const transport = createTransport(url, { controlExchange: exchange, log, ...options })
    transports.push(transport)
    return transport
  }
  const serve = async (
    transport: Transport,
    methods: Record<string, (context: PlainContext, args: PlainContext) => unknown>,
  ) => {
    const endpoints = [{ version: '1.0', methods }]
    const server = new RpcServer(transport, { topic, server: 'a' }, endpoints, { serializer, log })
    await server.start()
    return server
  }
  const client = (transport: Transport) =>
    new RpcClient<PlainContext>(transport, { topic, version: '1.0' }, { serializer, timeout: 10 })

  before(async function () {
    await needsRabbit(this)
  })
  beforeEach(() => {
    log = new MemoryLog()
  })
  afterEach(() => Promise.all(transports.splice(0).map(transport => transport.close())))
  after(() => removeTopology(exchange, queues))

  describe('on the wire', () => {
    /** The next message of a queue, as it lies there. */
    const take = (queue: string) =>
      withChannel(async channel => {
        for (;;) {
          const message = await channel.get(queue, { noAck: true })
          if (message) return message
        }
      })
    const present = (properties: object): Record<string, unknown> =>
      Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))

    before(() =>
      withChannel(async channel => {
        await channel.assertExchange(exchange, 'topic', { durable: false })
        await channel.assertQueue(`${topic}.plain`, { durable: false })
        await channel.bindQueue(`${topic}.plain`, exchange, `${topic}.plain`)
      }),
    )

    it('a cast has the properties and the envelope of oslo.messaging', async () => {
      const caller = client(open(rabbitUrl)).prepare({ server: 'plain', namespace: 'compute_task' })
      await caller.cast({ user_id: 'u', roles: ['member'] }, 'pause_instance', {
        instance: { uuid: 'x' },
      })
      const { content, fields, properties } = await take(`${topic}.plain`)
      assert.deepEqual([fields.exchange, fields.routingKey], [exchange, `${topic}.plain`])
      assert.deepEqual(present(properties), {
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        headers: {},
        deliveryMode: 2,
        priority: 0,
      })
      const envelope = JSON.parse(content.toString())
      assert.deepEqual(Object.keys(envelope), ['oslo.version', 'oslo.message'])
      assert.equal(envelope['oslo.version'], '2.0')
      const { _unique_id: uniqueId, ...payload } = JSON.parse(envelope['oslo.message'])
      assert.match(uniqueId, /^[0-9a-f]{12}4[0-9a-f]{19}$/)
      assert.deepEqual(payload, {
        method: 'pause_instance',
        args: { instance: { uuid: 'x' } },
        namespace: 'compute_task',
        version: '1.0',
        _context_user_id: 'u',
        _context_roles: ['member'],
      })
    })

    it('a call tells where to reply, and expires with its caller', async () => {
      const caller = client(open(rabbitUrl)).prepare({ server: 'plain', callMonitorTimeout: 60 })
      const answer = caller.prepare({ timeout: 5 }).call({}, 'build')
      const { content, properties } = await take(`${topic}.plain`)
      assert.equal(properties.expiration, '5000')
      const payload = JSON.parse(JSON.parse(content.toString())['oslo.message'])
      assert.match(payload._reply_q, /^reply_[0-9a-f]{32}$/)
      assert.deepEqual(payload, {
        method: 'build',
        args: {},
        version: '1.0',
        _msg_id: payload._msg_id,
        _reply_q: payload._reply_q,
        _timeout: 60,
        _unique_id: payload._unique_id,
      })
      // The queue is there, of the declared kind, and nobody's own.
      await withChannel(channel =>
        channel.assertQueue(payload._reply_q, {
          durable: false,
          autoDelete: false,
          arguments: { 'x-expires': 1_800_000 },
        }),
      )
      const reply = (body: object) =>
        withChannel(async channel => {
          const text = JSON.stringify({ _msg_id: payload._msg_id, failure: null, ...body })
          const envelope = { 'oslo.version': '2.0', 'oslo.message': text }
          channel.sendToQueue(payload._reply_q, Buffer.from(JSON.stringify(envelope)))
          await channel.waitForConfirms()
        })
      await reply({ result: null, ending: false, _unique_id: '1' })
      await reply({ result: 'built', ending: true, _unique_id: '2' })
      assert.equal(await answer, 'built')
      // Again, and for nobody: told, and dropped.
      await reply({ result: 'built', ending: true, _unique_id: '3' })
      await log.seen(/No calling threads waiting for msg_id/)
    })

    it("declares what Python's services declare", async () => {
      const server = await serve(open(rabbitUrl), {})
      await withChannel(async channel => {
        await channel.assertExchange(exchange, 'topic', { durable: false, autoDelete: false })
        await channel.assertExchange(`${topic}_fanout`, 'fanout', {
          durable: false,
          autoDelete: true,
        })
        await channel.assertQueue(topic, { durable: false, autoDelete: false })
        await channel.assertQueue(`${topic}.a`, { durable: false, autoDelete: false })
      })
      await server.stop()
    })

    it('takes a body without an envelope, and rejects what it cannot read', async () => {
      const got: unknown[] = []
      const server = await serve(open(rabbitUrl), { note: (_context, { n }) => void got.push(n) })
      await withChannel(async channel => {
        const bodies = [
          'no json',
          '[]',
          '{"oslo.version": "3.0", "oslo.message": "{}"}',
          '{"oslo.version": "2.0", "oslo.message": "no json"}',
          '{"oslo.version": "2.0", "oslo.message": {}}',
          '{"method": "note", "args": {"n": 1}}',
        ]
        for (const body of bodies) channel.publish(exchange, `${topic}.a`, Buffer.from(body))
        await channel.waitForConfirms()
      })
      await client(open(rabbitUrl)).prepare({ server: 'a' }).call({}, 'note', { n: 2 })
      assert.deepEqual(got, [1, 2])
      assert.equal(log.texts('warn').filter(text => /cannot be read/.test(text)).length, 5)
      await server.stop()
    })
  })

  describe('when the connection is cut', () => {
    let proxy: BrokerProxy
    beforeEach(async () => {
      proxy = await BrokerProxy.start()
    })
    afterEach(() => proxy.stop())

    it('comes back, says so once and once again, and goes on with its consumers', async () => {
      const transport = open(proxy.url, { rabbit: quick })
      const server = await serve(transport, { echo: (_context, { n }) => n })
      const caller = client(transport)
      assert.equal(await caller.call({}, 'echo', { n: 1 }), 1)
      proxy.cut()
      assert.equal(await caller.call({}, 'echo', { n: 2 }), 2)
      await log.seen(/Reconnected/)
      assert.equal(log.texts('warn').filter(text => /unreachable/.test(text)).length, 1)
      assert.equal(log.texts('info').filter(text => /Reconnected/.test(text)).length, 1)
      await server.stop()
    })

    it('loses no cast over many cuts, and runs none twice', async () => {
      const got = new Map<number, number>()
      const receiver = open(rabbitUrl)
      const server = await serve(receiver, {
        note: (_context, { n }) => void got.set(Number(n), (got.get(Number(n)) ?? 0) + 1),
      })
      const caller = client(open(proxy.url, { rabbit: quick }))
      for (let round = 0; round < 5; round++) {
        const casts = Array.from({ length: 10 }, (_, n) =>
          caller.cast({}, 'note', { n: round * 10 + n }),
        )
        proxy.cut()
        await Promise.all(casts)
      }
      await client(receiver).call({}, 'note', { n: -1 })
      assert.deepEqual(
        [...got.values()],
        Array.from({ length: 51 }, () => 1),
      )
      await server.stop()
    })

    it('answers a call whose caller was cut off meanwhile', async () => {
      const begun = Promise.withResolvers<void>()
      const release = Promise.withResolvers<string>()
      const server = await serve(open(rabbitUrl), {
        slow: () => {
          begun.resolve()
          return release.promise
        },
      })
      const answer = client(open(proxy.url, { rabbit: quick })).call({}, 'slow')
      await begun.promise
      proxy.cut()
      release.resolve('still there')
      assert.equal(await answer, 'still there')
      await server.stop()
    })

    it('waits for a broker that is away at the start', async () => {
      proxy.refuse(true)
      const transport = open(proxy.url, { rabbit: quick })
      const started = serve(transport, { ok: () => 'ok' })
      await log.seen(/AMQP server is unreachable: 127\.0\.0\.1:\d+: /)
      proxy.refuse(false)
      const server = await started
      assert.equal(await client(transport).call({}, 'ok'), 'ok')
      await server.stop()
    })

    it('gives a sender up at its limit, and holds no more than its bound', async () => {
      proxy.refuse(true)
      const transport = open(proxy.url, { rabbit: quick, publishTimeout: 0.05, maxPending: 2 })
      const caller = client(transport)
      const casts = [1, 2, 3].map(n => caller.cast({}, 'note', { n }))
      const results = await Promise.allSettled(casts)
      for (const result of results) {
        assert.equal(result.status, 'rejected')
        assert.ok(result.reason instanceof MessageDeliveryFailure)
      }
      await assert.rejects(caller.prepare({ timeout: 0.05 }).call({}, 'x'), MessagingTimeout)
    })

    it('stops and closes at once while the broker is away', async () => {
      proxy.refuse(true)
      const transport = open(proxy.url, { rabbit: quick })
      const server = new RpcServer<PlainContext>(transport, { topic, server: 'a' }, [], {
        serializer,
      })
      const started = assert.rejects(server.start(), TransportClosed)
      await log.seen(/unreachable/)
      await server.stop()
      await transport.close()
      await started
    })
  })

  it('comes back when somebody deletes its queue', async () => {
    const transport = open(rabbitUrl, { rabbit: quick })
    const server = await serve(transport, { ok: () => 'ok' })
    await withChannel(channel => channel.deleteQueue(`${topic}.a`))
    await log.seen(/Reconnected/)
    assert.equal(await client(transport).prepare({ server: 'a' }).call({}, 'ok'), 'ok')
    await server.stop()
  })

  it('says what is wrong when the exchange is of another kind', async () => {
    const other = uniqueName('test-other')
    await withChannel(channel => channel.assertExchange(other, 'topic', { durable: true }))
    const transport = open(rabbitUrl, { rabbit: quick, controlExchange: other })
    const server = new RpcServer<PlainContext>(transport, { topic, server: 'a' }, [], {
      serializer,
    })
    const started = assert.rejects(server.start(), TransportClosed)
    await log.seen(/PRECONDITION_FAILED - inequivalent arg 'durable' for exchange/)
    await server.stop()
    await transport.close()
    await started
    await withChannel(channel => channel.deleteExchange(other))
  })

  it('speaks PLAIN, and says when it is refused', async () => {
    const transport = open(rabbitUrl, { rabbit: { ...quick, rabbit_login_method: 'PLAIN' } })
    const server = await serve(transport, { ok: () => 'ok' })
    assert.equal(await client(transport).call({}, 'ok'), 'ok')
    await server.stop()
    const refused = open(rabbitUrl.replace('guest:guest', 'guest:wrong'), { rabbit: quick })
    await assert.rejects(client(refused).prepare({ timeout: 0.3 }).call({}, 'ok'), MessagingTimeout)
    await log.seen(/ACCESS.REFUSED/)
    assert.ok(!log.lines.some(({ text }) => text.includes('wrong')))
  })

  it('tries the next host of several', async () => {
    const { port } = new URL(rabbitUrl.replace('rabbit', 'http'))
    const url = `rabbit://guest:guest@127.0.0.1:1,guest:guest@127.0.0.1:${port}/`
    const transport = open(url, { rabbit: quick })
    const server = await serve(transport, { ok: () => 'ok' })
    assert.equal(await client(transport).call({}, 'ok'), 'ok')
    await server.stop()
  })
})
