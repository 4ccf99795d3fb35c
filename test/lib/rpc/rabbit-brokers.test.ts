import assert from 'node:assert/strict'
import {
  createTransport,
  MessagingTimeout,
  type PlainContext,
  type RabbitOptions,
  RpcClient,
  RpcServer,
  plainSerializer as serializer,
  type Transport,
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
import { Certificates, needsOpenssl, TlsBroker } from '../../support/tls-broker.js'

/** Quick to come back, for tests. */
const quick = {
  rabbit_retry_interval: 0.02,
  rabbit_retry_backoff: 0.02,
  rabbit_interval_max: 0.1,
  kombu_reconnect_delay: 0.02,
}

const port = Number(new URL(rabbitUrl.replace('rabbit', 'http')).port)

describe('rpc on brokers', () => {
  const transports: Transport[] = []
  const topologies: string[] = []
  let exchange: string
  let topic: string
  let log: MemoryLog

  const open = (url: string, rabbit: RabbitOptions = {}): Transport => {
    const transport = createTransport(url, {
      controlExchange: exchange,
      log,
      rabbit: { ...quick, ...rabbit },
    })
    transports.push(transport)
    return transport
  }
  const serve = async (transport: Transport) => {
    const echo = (_context: PlainContext, { text }: PlainContext) => text
    const endpoints = [{ version: '1.0', methods: { echo } }]
    const server = new RpcServer(transport, { topic, server: 'a' }, endpoints, { serializer, log })
    await server.start()
    return server
  }
  const client = (transport: Transport, timeout = 10) =>
    new RpcClient<PlainContext>(transport, { topic, version: '1.0' }, { serializer, timeout })
  const echoes = async (transport: Transport): Promise<void> => {
    assert.equal(await client(transport).call({}, 'echo', { text: 'grüße' }), 'grüße')
  }

  before(async function () {
    await needsRabbit(this)
  })
  beforeEach(() => {
    exchange = uniqueName('test-brokers')
    topic = uniqueName('test-topic')
    topologies.push(exchange, topic)
    log = new MemoryLog()
  })
  afterEach(async () => {
    await Promise.all(transports.splice(0).map(transport => transport.close()))
    const [usedExchange = '', usedTopic = ''] = topologies.splice(0)
    await removeTopology(usedExchange, [usedTopic, `${usedTopic}.a`])
  })

  describe('of which there are two', () => {
    let proxies: BrokerProxy[]
    beforeEach(async () => {
      proxies = await Promise.all([BrokerProxy.start(), BrokerProxy.start()])
    })
    afterEach(() => Promise.all(proxies.map(proxy => proxy.stop())))

    const both = () =>
      `rabbit://${proxies.map(proxy => `guest:guest@127.0.0.1:${proxy.port}`).join(',')}/`

    for (const strategy of ['round-robin', 'shuffle']) {
      it(`goes on with the other when one goes, and back (${strategy})`, async () => {
        const transport = open(both(), { kombu_failover_strategy: strategy })
        await serve(transport)
        await echoes(transport)
        for (const gone of [...proxies, ...proxies]) {
          gone.refuse(true)
          gone.cut()
          await echoes(transport)
          assert.equal(gone.connections, 0)
          gone.refuse(false)
        }
        assert.deepEqual(log.texts('error'), [])
      })
    }

    it('does not wait between two of one round', async () => {
      // A pause of a minute would be longer than the test may take.
      const patient = { rabbit_retry_interval: 60, kombu_reconnect_delay: 0 }
      for (const proxy of proxies) {
        proxy.refuse(true)
        const transport = open(both(), patient)
        await serve(transport)
        await echoes(transport)
        await transport.close()
        proxy.refuse(false)
      }
    })
  })

  it('notices by heartbeats that nobody hears it', async () => {
    const proxy = await BrokerProxy.start()
    try {
      const transport = open(proxy.url, { heartbeat_timeout_threshold: 1 })
      await serve(transport)
      proxy.swallow(true)
      await log.seen(/Heartbeat timeout/)
      proxy.swallow(false)
      await echoes(transport)
    } finally {
      await proxy.stop()
    }
  })

  it('makes queues of answers and fanouts that last, where all are to be quorum queues', async () => {
    const limits = { rabbit_quorum_delivery_limit: 5, rabbit_quorum_max_memory_length: 100 }
    const quorum = { rabbit_quorum_queue: true, rabbit_transient_quorum_queue: true, ...limits }
    const transport = open(rabbitUrl, quorum)
    await serve(transport)
    await echoes(transport)
    await client(transport).prepare({ fanout: true }).cast({}, 'echo', { text: 'x' })
    await withChannel(async channel => {
      const options = {
        durable: true,
        arguments: {
          'x-queue-type': 'quorum',
          'x-delivery-limit': 5,
          'x-max-in-memory-length': 100,
        },
      }
      await channel.assertQueue(topic, options)
      await channel.assertQueue(`${topic}.a`, options)
      await channel.assertExchange(exchange, 'topic', { durable: true })
      await channel.assertExchange(`${topic}_fanout`, 'fanout', { durable: true, autoDelete: true })
    })
  })

  it('holds as many messages as it is told, and leaves the rest at the broker', async () => {
    const release = Promise.withResolvers<void>()
    let begun = 0
    const work = async (): Promise<void> => {
      begun++
      await release.promise
    }
    const server = new RpcServer(
      open(rabbitUrl, { rabbit_qos_prefetch_count: 2 }),
      { topic, server: 'a' },
      [{ version: '1.0', methods: { work } }],
      { serializer, log, concurrency: 1 },
    )
    await server.start()
    const caller = client(open(rabbitUrl)).prepare({ server: 'a' })
    for (let count = 0; count < 5; count++) await caller.cast({}, 'work')
    // One runs, two are held, two wait.
    await withChannel(async channel => {
      while ((await channel.checkQueue(`${topic}.a`)).messageCount !== 2);
    })
    assert.equal(begun, 1)
    release.resolve()
    await withChannel(async channel => {
      while ((await channel.checkQueue(`${topic}.a`)).messageCount !== 0);
    })
    await server.stop()
  })

  it('compresses what it sends, and reads it', async () => {
    const transport = open(rabbitUrl, { kombu_compression: 'gzip' })
    await withChannel(async channel => {
      await channel.assertExchange(exchange, 'topic', { durable: false })
      await channel.assertQueue(topic, { durable: false })
      await channel.bindQueue(topic, exchange, topic)
      await client(transport).cast({}, 'echo', { text: 'x' })
      const message = await channel.get(topic, { noAck: true })
      assert.ok(message)
      assert.deepEqual(message.properties.headers, { compression: 'application/x-gzip' })
    })
    await serve(open(rabbitUrl))
    await echoes(transport)
  })

  describe('over TLS', () => {
    let certificates: Certificates
    let broker: TlsBroker
    before(async function () {
      needsOpenssl(this)
      certificates = await Certificates.make()
    })
    after(() => certificates?.remove())
    beforeEach(async () => {
      broker = await TlsBroker.start(certificates, port)
    })
    afterEach(() => broker.stop())

    const urlOf = ({ port: tlsPort }: TlsBroker, host = 'localhost') =>
      `rabbit://guest:guest@${host}:${tlsPort}/`
    const tls = (more: RabbitOptions = {}): RabbitOptions => ({
      ssl: true,
      ssl_ca_file: certificates.path('ca.crt'),
      ...more,
    })
    /** Nobody is there, and the log says why. */
    const refuses = async (transport: Transport, reason: RegExp): Promise<void> => {
      await assert.rejects(client(transport, 0.2).call({}, 'echo'), MessagingTimeout)
      await log.seen(reason)
    }

    it('speaks with a broker whose certificate an authority signed', async () => {
      const transport = open(urlOf(broker), tls())
      await serve(transport)
      await echoes(transport)
      assert.deepEqual(log.texts('warn'), [])
    })

    it('speaks with none that another one signed', async () => {
      const other = tls({ ssl_ca_file: certificates.path('other-ca.crt') })
      await refuses(open(urlOf(broker), other), /unreachable: .*certificate/)
    })

    it('speaks with none of another name, unless told not to look', async () => {
      const url = urlOf(broker, '127.0.0.1')
      await refuses(open(url, tls()), /unreachable: .*does not match certificate's altnames/)
      const lax = open(url, tls({ ssl_enforce_hostname_verification: false }))
      await serve(lax)
      await echoes(lax)
    })

    it('speaks with any without an authority, and says so', async () => {
      const transport = open(urlOf(broker, '127.0.0.1'), { ssl: true })
      await serve(transport)
      await echoes(transport)
      await log.seen(/ssl_ca_file is not set: any certificate will do/)
    })

    it('shows a certificate of its own to a broker that asks for it', async () => {
      const strict = await TlsBroker.start(certificates, port, { asksClients: true })
      try {
        const own = {
          ssl_cert_file: certificates.path('client.crt'),
          ssl_key_file: certificates.path('client.key'),
        }
        const transport = open(urlOf(strict), tls(own))
        await serve(transport)
        await echoes(transport)
        assert.deepEqual([...new Set(strict.clients)], ['client'])
        await refuses(open(urlOf(strict), tls()), /unreachable/)
      } finally {
        await strict.stop()
      }
    })
  })
})
