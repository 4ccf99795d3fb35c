import assert from 'node:assert/strict'
import { deflateSync, gzipSync } from 'node:zlib'
import { InvalidEnvelope } from '../../../lib/rpc/envelope.js'
import { TransportConfigError } from '../../../lib/rpc/index.js'
import { compress, decompress } from '../../../lib/rpc/rabbit/compression.js'
import { notUsed, type RabbitOptions, rabbitSettings } from '../../../lib/rpc/rabbit/options.js'

const expires = { 'x-expires': 1_800_000 }

describe('options of [oslo_messaging_rabbit]', () => {
  const cases: [name: string, options: RabbitOptions, settings: object][] = [
    [
      'nothing',
      {},
      {
        durable: false,
        autoDelete: false,
        topicArguments: {},
        transientDurable: false,
        transientArguments: expires,
        consumerArguments: {},
        prefetch: 0,
        heartbeat: 60,
        loginMethod: 'AMQPLAIN',
        mandatory: true,
        isCompressed: false,
        tls: null,
        reconnect: {
          interval: 1,
          backoff: 2,
          max: 30,
          delay: 1,
          splay: 0,
          strategy: 'round-robin',
        },
      },
    ],
    ['amqp_durable_queues', { amqp_durable_queues: true }, { durable: true, topicArguments: {} }],
    ['rabbit_transient_queues_ttl', { rabbit_transient_queues_ttl: 0 }, { transientArguments: {} }],
    [
      'rabbit_quorum_queue',
      { rabbit_quorum_queue: true, rabbit_quorum_delivery_limit: 3 },
      {
        durable: true,
        topicArguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 },
        transientDurable: false,
        transientArguments: expires,
      },
    ],
    [
      'the limits of memory of quorum queues',
      {
        rabbit_quorum_queue: true,
        rabbit_quorum_max_memory_length: 10,
        rabbit_quorum_max_memory_bytes: 20,
      },
      {
        topicArguments: {
          'x-queue-type': 'quorum',
          'x-max-in-memory-length': 10,
          'x-max-in-memory-bytes': 20,
        },
      },
    ],
    [
      'rabbit_transient_quorum_queue',
      { rabbit_transient_quorum_queue: true },
      {
        durable: false,
        topicArguments: {},
        transientDurable: true,
        transientArguments: { 'x-queue-type': 'quorum', ...expires },
      },
    ],
    [
      'rabbit_ha_queues',
      { rabbit_ha_queues: true },
      {
        topicArguments: { 'x-ha-policy': 'all' },
        transientArguments: { 'x-ha-policy': 'all', ...expires },
      },
    ],
    [
      'enable_cancel_on_failover',
      { enable_cancel_on_failover: true },
      { consumerArguments: { 'x-cancel-on-ha-failover': true } },
    ],
    ['kombu_compression', { kombu_compression: 'gzip' }, { isCompressed: true }],
    ['kombu_compression of nobody', { kombu_compression: null }, { isCompressed: false }],
    ['ssl without authorities', { ssl: true }, { tls: { rejectUnauthorized: false } }],
    [
      'ssl_version',
      { ssl: true, ssl_version: 'TLSv1_2' },
      { tls: { rejectUnauthorized: false, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } },
    ],
  ]
  for (const [name, options, expected] of cases) {
    it(`${name} is understood`, () => {
      const settings: Readonly<Record<string, unknown>> = { ...rabbitSettings(options, {}) }
      const asked = Object.keys(expected).map(key => [key, settings[key]])
      assert.deepEqual(Object.fromEntries(asked), expected)
    })
  }

  it("of a URL's query stand above those of nova.conf", () => {
    const settings = rabbitSettings(
      { heartbeat_timeout_threshold: 60 },
      {
        heartbeat_timeout_threshold: '5',
        amqp_durable_queues: 'true',
      },
    )
    assert.deepEqual([settings.heartbeat, settings.durable], [5, true])
  })

  const refusals: [RabbitOptions, string][] = [
    [{ kombu_compression: 'bz2' }, "kombu_compression is 'bz2', expected nothing or gzip"],
    [
      { kombu_failover_strategy: 'best' },
      "kombu_failover_strategy is 'best', expected round-robin or shuffle",
    ],
    [
      { ssl: true, ssl_version: 'SSLv3' },
      "ssl_version is 'SSLv3', expected TLSv1, TLSv1_1, TLSv1_2 or SSLv23",
    ],
    [
      { ssl: true, ssl_enforce_fips_mode: true },
      'ssl_enforce_fips_mode is not supported: start Node with --force-fips',
    ],
    [
      { ssl: true, ssl_ca_file: '/nowhere/ca.crt' },
      "ssl_ca_file: cannot read '/nowhere/ca.crt': ENOENT: no such file or directory, open '/nowhere/ca.crt'",
    ],
    [
      { rabbit_transient_quorum_queue: true, rabbit_ha_queues: true },
      'rabbit_quorum_queue and rabbit_ha_queues exclude each other',
    ],
  ]
  for (const [options, message] of refusals) {
    it(`${JSON.stringify(options)} is refused in a sentence`, () => {
      assert.throws(() => rabbitSettings(options, {}), {
        constructor: TransportConfigError,
        message,
      })
    })
  }

  it('that change nothing here are told, once each, when they are set', () => {
    const presets = { rabbit_stream_fanout: false, rpc_conn_pool_size: 30, heartbeat_rate: 2 }
    assert.deepEqual(notUsed(presets, {}), [])
    assert.deepEqual(notUsed({ rpc_conn_pool_size: 50 }, { use_queue_manager: 'true' }), [
      '[oslo_messaging_rabbit] use_queue_manager is not used: queues of answers and fanouts have random names',
      '[oslo_messaging_rabbit] rpc_conn_pool_size is not used: one connection sends',
    ])
  })
})

describe('compressed bodies', () => {
  const zlib = 'application/x-gzip'
  const body = Buffer.from('{"text": "grüße"}')

  it('are what zlib makes, and are read whichever of both is meant', () => {
    assert.deepEqual(decompress(compress(body), zlib), body)
    assert.deepEqual(decompress(deflateSync(body), zlib), body)
    assert.deepEqual(decompress(gzipSync(body), zlib), body)
    assert.equal(decompress(body, undefined), body)
  })

  it('of another kind, or broken, are refused', () => {
    for (const [bytes, kind] of [
      [body, 'application/x-bz2'],
      [body, { of: 'nobody' }],
      [body, zlib],
    ] as const) {
      assert.throws(() => decompress(bytes, kind), InvalidEnvelope)
    }
  })
})
