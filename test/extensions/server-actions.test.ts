import assert from 'node:assert/strict'
import { Instance, InstanceActionEventList, InstanceActionList } from '../../lib/objects/index.js'
import { RpcServer } from '../../lib/rpc/index.js'
import { addServer, OTHER_PROJECT_ID, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { addFlavor, bootOf } from '../support/servers.js'

type Values = NonNullable<Parameters<typeof addServer>[1]>

describe('actions that lock', () => {
  const as = eachWithApi()

  const server = async (values: Values = {}): Promise<string> =>
    (await addServer(as.current(), values)).uuid
  const act = (uuid: string, body: object, user: TestUser = 'member', version = '2.104') =>
    as(user, version).post(`/servers/${uuid}/action`, body)
  const lockOf = async (uuid: string) => {
    const { locked, lockedBy } = await Instance.getByUuid(as.current().context, uuid)
    return [locked, lockedBy]
  }
  const reasonOf = async (uuid: string) =>
    (await as('reader', '2.104').get(`/servers/${uuid}`)).body.server.locked_reason

  it('lock and unlock by the owner, whatever the state', async () => {
    const uuid = await server({ vmState: 'error', taskState: 'deleting', launchedAt: null })
    await act(uuid, { lock: null }).expect(202, {})
    assert.deepEqual(await lockOf(uuid), [true, 'owner'])
    await act(uuid, { lock: null }).expect(202)
    await act(uuid, { unlock: null }).expect(202, {})
    assert.deepEqual(await lockOf(uuid), [false, null])
    const { context } = as.current()
    const { objects } = await InstanceActionList.getByInstanceUuid(context, uuid)
    const events = await Promise.all(
      objects.map(async ({ id, action }) => {
        const list = await InstanceActionEventList.getByAction(context, id)
        return [action, ...list.objects.map(({ event, result }) => [event, result])]
      }),
    )
    assert.deepEqual(events, [
      ['unlock', ['api_unlock', 'Success']],
      ['lock', ['api_lock', 'Success']],
    ])
  })

  it('keep a reason from 2.73', async () => {
    const uuid = await server()
    await act(uuid, { lock: { locked_reason: 'mine' } }).expect(202)
    assert.equal(await reasonOf(uuid), 'mine')
    // An owner's second lock changes nothing.
    await act(uuid, { lock: { locked_reason: 'other' } }).expect(202)
    assert.equal(await reasonOf(uuid), 'mine')
    await act(uuid, { unlock: null }).expect(202)
    assert.equal(await reasonOf(uuid), null)
    for (const reason of ['', 'x'.repeat(256), 7, null]) {
      await act(uuid, { lock: { locked_reason: reason } }).expect(400)
    }
    await act(uuid, { lock: { other: 1 } }).expect(400)
    await act(uuid, { lock: { locked_reason: 'passed over' } }, 'member', '2.72').expect(202)
    assert.equal(await reasonOf(uuid), null)
    await act(uuid, { unlock: { anything: true } }).expect(202)
  })

  it('let the owner not undo what an administrator did', async () => {
    const uuid = await server({ projectId: OTHER_PROJECT_ID, userId: 'u-other' })
    await act(uuid, { lock: null }).expect(404)
    await act(uuid, { lock: null }, 'admin').expect(202)
    assert.deepEqual(await lockOf(uuid), [true, 'admin'])
    await act(uuid, { unlock: null }, 'other').expect(403, {
      forbidden: {
        code: 403,
        message:
          "Policy doesn't allow os_compute_api:os-lock-server:unlock:unlock_override to be performed.",
      },
    })
    await act(uuid, { unlock: null }, 'admin').expect(202)
    await act(uuid, { lock: null }, 'other').expect(202)
    await act(uuid, { unlock: null }, 'admin').expect(202)
    assert.deepEqual(await lockOf(uuid), [false, null])
    await act(uuid, { lock: null }, 'reader').expect(404)
  })

  it('work on a server that waits for a host', async () => {
    await addFlavor(as.current())
    const { body } = await bootOf(as.current())().expect(202)
    const { id } = body.server
    const locked = async () => (await as('reader', '2.9').get(`/servers/${id}`)).body.server.locked
    await act(id, { lock: { locked_reason: 'why' } }).expect(202)
    assert.equal(await locked(), true)
    assert.equal(await reasonOf(id), 'why')
    await as('member').delete(`/servers/${id}`).expect(409)
    await act(id, { unlock: null }).expect(202)
    assert.equal(await locked(), false)
    await as('member').delete(`/servers/${id}`).expect(204)
  })
})

describe('the action os-getConsoleOutput', () => {
  const as = eachWithApi()

  /** A nova-compute that knows one method. */
  const compute = async (answer: (args: Record<string, unknown>) => unknown) => {
    const { process } = as.current()
    const server = new RpcServer(
      process.transport,
      { topic: 'compute', server: 'one' },
      [
        {
          version: '6.0',
          methods: { get_console_output: (_context, args) => answer(args) },
        },
      ],
      { serializer: process.serializer, log: process.log },
    )
    await server.start()
    return server
  }

  const ask = (uuid: string, body: unknown, user: TestUser = 'member') =>
    as(user).post(`/servers/${uuid}/action`, { 'os-getConsoleOutput': body })

  it('tells what the host tells, as text that can be shown', async () => {
    const { uuid } = await addServer(as.current(), { host: 'one', node: 'one' })
    const asked: unknown[] = []
    const server = await compute(({ tail_length: length }) => {
      asked.push(length)
      return 'a\u0000b\u001B[0m\r\nlogin: \n'
    })
    try {
      await ask(uuid, {}).expect(200, { output: 'ab[0m\r\nlogin: \n' })
      for (const length of [null, -1, '-1', 0, 5, '5']) await ask(uuid, { length }).expect(200)
    } finally {
      await server.stop()
    }
    assert.deepEqual(asked, [null, null, null, null, 0, 5, 5])
  })

  it('refuses what is no length, and servers without a host', async () => {
    const { uuid } = await addServer(as.current())
    for (const length of [-2, '-2', 'x', 1.5, true]) await ask(uuid, { length }).expect(400)
    await ask(uuid, null).expect(400)
    await ask(uuid, { more: 1 }).expect(400)
    await ask(uuid, {}).expect(409)
    await ask(uuid, {}, 'reader').expect(403)
    await ask(uuid, {}, 'other').expect(404)
  })
})
