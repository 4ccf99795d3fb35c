import assert from 'node:assert/strict'
import { RequestContext } from '../../lib/context/index.js'
import { InstanceNotFound, novaExceptions } from '../../lib/exception/index.js'
import { Instance, NovaObjectSerializer } from '../../lib/objects/index.js'
import {
  createTransport,
  MessagingTimeout,
  RemoteError,
  RpcClient,
  RpcServer,
  type Transport,
} from '../../lib/rpc/index.js'
import { rabbitUrl, uniqueName } from '../support/broker.js'
import { MemoryLog } from '../support/log.js'
import { PeerError, PythonPeer } from '../support/python-peer.js'
import { addVhost, deleteVhost, needsVhosts } from '../support/vhost.js'

type Args = Readonly<Record<string, unknown>>

const bigText = 'ä'.repeat(2_500_000)
const manyThings = { list: [1, 2.5, null, true], text: 'ünïcode 𝄞 \u0000', deep: { a: { b: [] } } }

describe("rpc with Python's nova", function () {
  this.timeout(60_000)
  const vhost = uniqueName('test-peers')
  const url = `${rabbitUrl}${vhost}`
  const context = new RequestContext({
    userId: 'u-77',
    projectId: 'p-1',
    roles: ['member'],
    isAdmin: true,
    userName: 'grüße ✓ 𝄞',
  })
  let peer: PythonPeer
  let transport: Transport
  let log: MemoryLog

  before(async function () {
    await needsVhosts(this)
    peer = await PythonPeer.start(this, 'rpc')
    await addVhost(vhost)
    await peer.ask('rpc.open', { url, exchange: 'nova' })
    log = new MemoryLog()
    transport = createTransport(url, { controlExchange: 'nova', log })
  })
  after(async () => {
    await transport?.close()
    await peer?.stop()
    if (transport) await deleteVhost(vhost)
  })

  describe('as the server', () => {
    const topic = 'theirs'
    let client: RpcClient<RequestContext>

    before(async () => {
      await peer.ask('rpc.serve', { topic, server: 'python' })
      client = new RpcClient<RequestContext>(
        transport,
        { topic, version: '1.2' },
        {
          serializer: new NovaObjectSerializer(),
          timeout: 20,
          errors: { 'nova.exception': novaExceptions },
        },
      )
    })

    it('answers our call', async () => {
      assert.deepEqual(await client.call(context, 'echo', manyThings), manyThings)
    })

    it('sees whose call it is', async () => {
      const seen = (await client.call(context, 'whose')) as Args
      const { user_id, project_id, roles, is_admin, user_name, request_id } = seen
      assert.deepEqual(
        { user_id, project_id, roles, is_admin, user_name, request_id },
        {
          user_id: 'u-77',
          project_id: 'p-1',
          roles: ['member'],
          is_admin: true,
          user_name: 'grüße ✓ 𝄞',
          request_id: context.requestId,
        },
      )
    })

    it('reads what we compress', async () => {
      const compressing = createTransport(`${url}?kombu_compression=gzip`, { log })
      try {
        const target = { topic, version: '1.2' }
        const caller = new RpcClient<RequestContext>(compressing, target, {
          serializer: new NovaObjectSerializer(),
          timeout: 20,
        })
        assert.deepEqual(await caller.call(context, 'echo', manyThings), manyThings)
      } finally {
        await compressing.close()
      }
    })

    it('takes 5 MB and gives it back', async () => {
      const answer = (await client.call(context, 'echo', { text: bigText })) as { text: string }
      assert.ok(answer.text === bigText)
    })

    it('takes an object, changes it and gives it back', async () => {
      const instance = Instance.hydrate(null, {
        uuid: 'i-1',
        display_name: 'a',
        vm_state: 'active',
      })
      const answer = await client.call(context, 'rename', { instance, name: 'b' })
      assert.ok(answer instanceof Instance)
      assert.equal(answer.displayName, 'b')
      assert.deepEqual([...answer.changedFields()], ['display_name'])
    })

    it('takes our casts and fanouts', async () => {
      await client.cast(context, 'note', { text: 'cast' })
      await client.prepare({ server: 'python' }).call(context, 'note', { text: 'directed' })
      await client.prepare({ fanout: true }).cast(context, 'note', { text: 'fanout' })
      // Queues of their own, so that the order among them is open.
      let noted: string[] = []
      while (noted.length < 3) noted = await peer.ask('rpc.noted')
      assert.deepEqual([...noted].sort(), ['cast', 'directed', 'fanout'])
    })

    it('fails with a class that we rebuild', async () => {
      const error = await client.call(context, 'missing', { uuid: 'x-1' }).catch(error => error)
      assert.ok(error instanceof InstanceNotFound)
      assert.equal(error.message, 'Instance x-1 could not be found.')
      assert.deepEqual(error.kwargs, { instance_id: 'x-1', code: 404 })
      assert.match(error.stack ?? '', /Remote traceback:\nTraceback \(most recent call last\)/)
    })

    it('fails with one that we do not know', async () => {
      const error = await client.call(context, 'value_error').catch(error => error)
      assert.ok(error instanceof RemoteError)
      assert.deepEqual([error.excType, error.value], ['ValueError', 'not this one'])
    })

    it('refuses a version that it does not have', async () => {
      await assert.rejects(client.prepare({ version: '1.6' }).call(context, 'echo'), {
        message:
          'Remote error: UnsupportedVersion Endpoint does not support RPC version 1.6. Attempted method: echo',
      })
    })

    it('keeps our monitored call alive', async () => {
      const monitored = client.prepare({ callMonitorTimeout: 2 })
      assert.equal(await monitored.call(context, 'slow', { seconds: 3 }), 'slept')
    })

    it('is not waited for longer than our time limit, and its late answer harms nobody', async () => {
      await assert.rejects(client.prepare({ timeout: 1 }).call(context, 'wait'), MessagingTimeout)
      await peer.ask('rpc.release')
      assert.deepEqual(await client.call(context, 'echo', { next: 1 }), { next: 1 })
    })
  })

  describe('as the client', () => {
    const topic = 'ours'
    let server: RpcServer<RequestContext>
    let noted: unknown[]
    let waiting: PromiseWithResolvers<string>

    beforeEach(async () => {
      noted = []
      waiting = Promise.withResolvers()
      const methods = {
        echo: (_context: RequestContext, args: Args) => args,
        whose: ({ userId, projectId, roles, isAdmin, userName, requestId }: RequestContext) => ({
          who: [userId, projectId, roles, isAdmin, userName, requestId],
        }),
        note: (_context: RequestContext, { text }: Args) => void noted.push(text),
        missing: (_context: RequestContext, { uuid }: Args) => {
          throw new InstanceNotFound({ instance_id: uuid })
        },
        broken: () => {
          throw new RangeError('out of it')
        },
        rename: (_context: RequestContext, { instance, name }: Args) => {
          assert.ok(instance instanceof Instance)
          instance.displayName = String(name)
          return instance
        },
        slow: () => new Promise(resolve => setTimeout(() => resolve('slept'), 3000)),
        wait: () => waiting.promise,
      }
      server = new RpcServer(transport, { topic, server: 'ours' }, [{ version: '1.5', methods }], {
        serializer: new NovaObjectSerializer(),
        log,
      })
      await server.start()
    })
    afterEach(async () => {
      waiting.resolve('late')
      await server?.stop()
    })

    const call = <T>(method: string, args: Args = {}, prepare: Args = {}) =>
      peer.ask<T>('rpc.call', { topic, method, args, prepare })
    const failure = async (method: string, args: Args = {}, prepare: Args = {}) => {
      const error = await call(method, args, prepare).catch(error => error)
      assert.ok(error instanceof PeerError)
      return error
    }

    it('calls us', async () => {
      assert.deepEqual(await call('echo', manyThings), manyThings)
    })

    it('tells us whose call it is', async () => {
      const request = 'req-5e5d0c3e-7d60-4c8f-8e6c-3b8b5f4a6a01'
      assert.deepEqual(await call('whose'), {
        who: ['u-77', 'p-1', ['member'], true, 'grüße ✓ 𝄞', request],
      })
    })

    it('sends 5 MB and gets it back', async () => {
      assert.ok((await call<{ text: string }>('echo', { text: bigText })).text === bigText)
    })

    it('sends an object and gets it back as we changed it', async () => {
      const instance = Instance.hydrate(null, {
        uuid: 'i-1',
        display_name: 'a',
        vm_state: 'active',
      })
      assert.deepEqual(await call('rename', { instance: instance.toPrimitive(), name: 'b' }), {
        'nova_object.name': 'Instance',
        'nova_object.namespace': 'nova',
        'nova_object.version': '2.7',
        'nova_object.data': { uuid: 'i-1', display_name: 'b', vm_state: 'active' },
        'nova_object.changes': ['display_name'],
      })
    })

    it('casts and fans out to us', async () => {
      const cast = (text: string, prepare: Args = {}) =>
        peer.ask('rpc.cast', { topic, method: 'note', args: { text }, prepare })
      await cast('cast')
      await cast('fanout', { fanout: true })
      await call('note', { text: 'call' }, { server: 'ours' })
      while (noted.length < 3) await call('echo')
      assert.deepEqual([...noted].sort(), ['call', 'cast', 'fanout'])
    })

    it("rebuilds our failure as nova's class", async () => {
      const error = await failure('missing', { uuid: 'x-1' })
      assert.deepEqual(
        [error.class, error.module, error.kwargs],
        ['InstanceNotFound_Remote', 'nova.exception_Remote', { instance_id: 'x-1', code: 404 }],
      )
      assert.match(error.message, /Instance x-1 could not be found\./)
    })

    it('rebuilds our built-in failure as its own', async () => {
      assert.equal((await failure('broken')).class, 'ValueError')
    })

    it('sees our refusals', async () => {
      const refused = [await failure('hide'), await failure('echo', {}, { version: '1.9' })]
      assert.deepEqual(
        refused.map(error => [error.class, error.excType]),
        [
          ['RemoteError', 'NoSuchMethod'],
          ['RemoteError', 'UnsupportedVersion'],
        ],
      )
    })

    it('is kept alive by us', async () => {
      assert.equal(await call('slow', {}, { call_monitor_timeout: 2, timeout: 20 }), 'slept')
    })

    it('waits no longer than its time limit, and takes no harm from our late answer', async () => {
      assert.equal((await failure('wait', {}, { timeout: 1 })).class, 'MessagingTimeout')
      waiting.resolve('late')
      assert.deepEqual(await call('echo', { next: 1 }), { next: 1 })
    })
  })
})
