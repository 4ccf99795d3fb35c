import assert from 'node:assert/strict'
import fc from 'fast-check'
import { unwrapEnvelope, wrapEnvelope } from '../../../lib/rpc/envelope.js'
import { RemoteError } from '../../../lib/rpc/errors.js'
import { parseFailure, rebuildError } from '../../../lib/rpc/failure.js'
import { RecentIds } from '../../../lib/rpc/ids.js'
import {
  baseApiEndpoint,
  createTransport,
  endpointOf,
  FakeBroker,
  InvalidTarget,
  InvalidVersion,
  parseTransportUrl,
  RpcClient,
  RpcServer,
  redactTransportUrl,
  serializeFailure,
  plainSerializer as serializer,
  TransportConfigError,
  versionIsCompatible,
} from '../../../lib/rpc/index.js'

describe('rpc versions', () => {
  const cases: [string | undefined, string | undefined, boolean][] = [
    ['1.5', '1.5', true],
    ['1.5', '1.0', true],
    ['1.5', '1.6', false],
    ['2.0', '1.0', false],
    ['1.10', '1.9', true],
    ['1.5.2', '1.5.1', true],
    ['1.5.2', '1.5.3', false],
    ['1.5.2', '1.4.9', true],
    ['1.5', '1.5.1', false],
    [undefined, '9.9', true],
    [undefined, undefined, true],
    ['1.0', undefined, false],
  ]
  for (const [implemented, requested, expected] of cases) {
    it(`${implemented} ${expected ? 'takes' : 'refuses'} ${requested}`, () => {
      assert.equal(versionIsCompatible(implemented, requested), expected)
    })
  }

  it('must be numbers', () => {
    for (const version of ['', '1', '1.x', 'zed', '1.0.0.0', '-1.0']) {
      assert.throws(() => versionIsCompatible('1.0', version), InvalidVersion)
    }
  })
})

describe('rpc envelope', () => {
  it('gives back what was put in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), payload => {
        const text = JSON.stringify(payload)
        assert.deepEqual(unwrapEnvelope(wrapEnvelope(text)), JSON.parse(text))
      }),
    )
  })

  it('throws one kind of error for whatever else comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), body => {
        try {
          assert.equal(typeof unwrapEnvelope(body), 'object')
        } catch (error) {
          assert.equal((error as Error).name, 'InvalidEnvelope')
        }
      }),
    )
  })
})

describe('rpc failures', () => {
  it('can be made of whatever was thrown, and read whatever a peer sends', () => {
    fc.assert(
      fc.property(fc.anything(), thrown => {
        const failure = parseFailure(serializeFailure(thrown))
        assert.equal(typeof failure.message, 'string')
      }),
    )
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        assert.ok(rebuildError(new RemoteError(parseFailure(value)), {}) instanceof RemoteError)
        assert.ok(new RemoteError(parseFailure(JSON.stringify(value))).message)
      }),
    )
  })

  it('pass on unchanged what came from a third process', () => {
    const failure = {
      class: 'NoValidHost',
      module: 'nova.exception',
      message: 'm',
      tb: ['a', 'b'],
      args: ['m'],
      kwargs: { reason: 'r', code: 500 },
    }
    assert.deepEqual(JSON.parse(serializeFailure(new RemoteError(failure))), failure)
  })

  it('stay a RemoteError where the class refuses what came', () => {
    class Picky extends Error {
      constructor() {
        super()
        throw new TypeError('no')
      }
    }
    const remote = new RemoteError(parseFailure({ class: 'Picky', module: 'm', message: 'x' }))
    assert.equal(rebuildError(remote, { m: { Picky } }), remote)
    assert.equal(
      rebuildError(new RemoteError(parseFailure({ class: 'toString', module: 'm' })), { m: {} })
        .name,
      'RemoteError',
    )
  })
})

describe('transport URLs', () => {
  it('name hosts, credentials, virtual host and options', () => {
    assert.deepEqual(
      parseTransportUrl(
        'rabbit://a:p%40ss@h1:5672,b:q@[::1]:5673/cell%2F1?ssl=true&heartbeat_rate=3',
      ),
      {
        driver: 'rabbit',
        hosts: [
          { hostname: 'h1', port: 5672, username: 'a', password: 'p@ss' },
          { hostname: '::1', port: 5673, username: 'b', password: 'q' },
        ],
        virtualHost: 'cell/1',
        query: { ssl: 'true', heartbeat_rate: '3' },
      },
    )
  })

  for (const [url, virtualHost] of [
    ['rabbit://', '/'],
    ['rabbit://h', '/'],
    ['rabbit://h/', '/'],
    ['rabbit://h//', '/'],
    ['rabbit://h/nova', 'nova'],
  ] as const) {
    it(`${url} means virtual host ${virtualHost}`, () => {
      assert.equal(parseTransportUrl(url).virtualHost, virtualHost)
    })
  }

  for (const [url, text] of [
    ['localhost:5672', /'localhost:5672' is not of the form 'rabbit:\/\//],
    ['rabbit://u:secret@h:port/', /'h:port' is not host:port/],
    ['rabbit://u:secret@h:99999/', /'h:99999' is not host:port/],
    ['kafka://h/', /begins with 'kafka:\/\/', expected rabbit:\/\/ or fake:\/\//],
    ['rabbit://h/?rabbit_login_method=MAGIC', /rabbit_login_method is 'MAGIC', expected PLAIN/],
    [
      'rabbit://h/?heartbeat_timeout_threshold=soon',
      /heartbeat_timeout_threshold is 'soon', expected a number/,
    ],
    ['rabbit://h/?ssl=perhaps', /ssl is 'perhaps', expected true or false/],
    ['rabbit://h/?rabbit_ha_queues=1&rabbit_quorum_queue=1', /exclude each other/],
  ] as const) {
    it(`${url.replace('secret', '…')} is refused in a sentence`, () => {
      assert.throws(
        () => createTransport(url),
        error =>
          error instanceof TransportConfigError &&
          text.test(error.message) &&
          !/secret/.test(error.message),
      )
    })
  }

  it('are shown without their passwords', () => {
    assert.equal(
      redactTransportUrl('rabbit://a:one@h1:1,b:two@h2:2/v'),
      'rabbit://a:***@h1:1,b:***@h2:2/v',
    )
  })
})

describe('rpc endpoints', () => {
  class Manager {
    readonly #prefix = 'built '
    buildAndRunInstance(_context: unknown, { name }: { name: string }): string {
      return this.#prefix + name
    }
  }

  it("run a manager's camelCase methods by their wire names", async () => {
    const { methods, version } = endpointOf(new Manager(), {
      version: '6.1',
      methods: ['build_and_run_instance'],
    })
    assert.equal(version, '6.1')
    assert.equal(await methods.build_and_run_instance?.({}, { name: 'x' }), 'built x')
  })

  it('refuse a method that the manager does not have', () => {
    // what plain JavaScript may pass
    const manager = JSON.parse('{}')
    assert.throws(
      () => endpointOf(manager, { version: '1.0', methods: ['reboot_instance'] }),
      /RPC method 'reboot_instance' needs a method 'rebootInstance' on Object/,
    )
  })

  it('of every service answer ping', () => {
    assert.deepEqual(baseApiEndpoint('conductor').methods.ping?.({}, { arg: 'x' }), {
      service: 'conductor',
      arg: 'x',
    })
  })

  it('and targets are checked when they are made', () => {
    const transport = createTransport('fake://')
    assert.throws(() => new RpcServer(transport, { topic: 't' }, [], { serializer }), InvalidTarget)
    assert.throws(
      () => new RpcClient(transport, { topic: 't', version: 'x' }, { serializer }),
      InvalidVersion,
    )
  })
})

describe('rpc duplicates', () => {
  it('are known for the last 16 messages', () => {
    const recent = new RecentIds()
    for (let n = 0; n < 17; n++) assert.equal(recent.seen(`m${n}`), false)
    assert.equal(recent.seen('m1'), true)
    assert.equal(recent.seen('m16'), true)
    assert.equal(recent.seen('m0'), false)
  })
})

describe('an rpc server', () => {
  it('outlives whatever lies in its queue', async () => {
    const broker = new FakeBroker()
    const transport = createTransport('fake://', { broker })
    const endpoint = { version: '1.0', methods: { ok: () => 'ok' } }
    const server = new RpcServer(transport, { topic: 't', server: 'a' }, [endpoint], { serializer })
    await server.start()
    const client = new RpcClient(transport, { topic: 't', version: '1.0' }, { serializer })
    await client.call({}, 'ok')
    const replies = broker.queues().find(({ name }) => name.startsWith('reply_'))?.name ?? ''
    const keys = ['method', 'args', 'version', 'namespace', '_msg_id', '_reply_q', '_timeout']
    const more = ['_unique_id', '_context_request_id', 'failure', 'result', 'ending']
    const message = fc.dictionary(fc.constantFrom(...keys, ...more), fc.jsonValue())
    await fc.assert(
      fc.asyncProperty(message, fc.string(), async (payload, garbage) => {
        for (const [exchange, key] of [
          ['nova', 't'],
          ['', replies],
        ] as const) {
          broker.publish(exchange, key, JSON.stringify(payload))
          broker.publish(exchange, key, garbage)
        }
        assert.equal(await client.call({}, 'ok'), 'ok')
      }),
    )
    await server.stop()
    await transport.close()
  })
})
