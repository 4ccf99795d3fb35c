import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Instance, InstanceActionList, InstanceMapping } from '../../../lib/objects/index.js'
import { addComputeHost, addServer, type TestUser } from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'
import { addFlavor, bootOf } from '../../support/servers.js'

type Values = NonNullable<Parameters<typeof addServer>[1]>
type VmState = NonNullable<Values['vmState']>

interface Case {
  readonly body: Readonly<Record<string, unknown>>
  /** as a refusal names it */
  readonly name: string
  readonly from: readonly VmState[]
  readonly tasks?: readonly string[]
  readonly sets: string
  readonly needsHost?: boolean
}

/** Contract: servers.md, 7. */
const cases: readonly Case[] = [
  {
    body: { reboot: { type: 'SOFT' } },
    name: 'reboot',
    from: ['active'],
    sets: 'rebooting',
  },
  {
    body: { reboot: { type: 'hard' } },
    name: 'reboot',
    from: ['active', 'stopped', 'paused', 'suspended', 'error'],
    tasks: [
      'rebooting',
      'reboot_pending',
      'reboot_started',
      'rebooting_hard',
      'resuming',
      'unpausing',
      'pausing',
      'suspending',
    ],
    sets: 'rebooting_hard',
  },
  {
    body: { 'os-start': null },
    name: 'start',
    from: ['stopped'],
    sets: 'powering-on',
    needsHost: true,
  },
  {
    body: { 'os-stop': null },
    name: 'stop',
    from: ['active', 'error'],
    sets: 'powering-off',
    needsHost: true,
  },
  { body: { pause: null }, name: 'pause', from: ['active'], sets: 'pausing' },
  { body: { unpause: null }, name: 'unpause', from: ['paused'], sets: 'unpausing' },
  { body: { suspend: null }, name: 'suspend', from: ['active'], sets: 'suspending' },
  { body: { resume: null }, name: 'resume', from: ['suspended'], sets: 'resuming' },
]

const vmStates: readonly VmState[] = [
  'active',
  'building',
  'paused',
  'suspended',
  'stopped',
  'rescued',
  'resized',
  'soft-delete',
  'error',
  'shelved',
  'shelved_offloaded',
]

describe('POST /servers/{id}/action', () => {
  const as = eachWithApi()

  const server = async (values: Values = {}): Promise<string> =>
    (await addServer(as.current(), { host: 'one', node: 'one', ...values })).uuid

  const act = (uuid: string, body: object, user: TestUser = 'member', version = '2.104') =>
    as(user, version).post(`/servers/${uuid}/action`, body)

  const conflict = (message: string) => ({ conflictingRequest: { code: 409, message } })

  for (const { body, name, from, tasks = [], sets, needsHost } of cases) {
    it(`does ${JSON.stringify(body)} in its states only`, async () => {
      for (const vmState of vmStates) {
        const uuid = await server({ vmState })
        if (from.includes(vmState)) {
          await act(uuid, body).expect(202, {})
          const row = await Instance.getByUuid(as.current().context, uuid)
          assert.deepEqual([row.vmState, row.taskState], [vmState, sets])
          const { objects } = await InstanceActionList.getByInstanceUuid(as.current().context, uuid)
          assert.deepEqual(
            objects.map(({ action }) => action),
            [name],
          )
        } else {
          await act(uuid, body).expect(
            409,
            conflict(`Cannot '${name}' instance ${uuid} while it is in vm_state ${vmState}`),
          )
        }
      }
    })

    it(`refuses ${JSON.stringify(body)} while a task runs, before a launch, and of the locked`, async () => {
      const [vmState = 'active'] = from
      for (const taskState of tasks)
        await act(await server({ vmState, taskState }), body).expect(202)
      const busy = await server({ vmState, taskState: 'deleting' })
      await act(busy, body).expect(
        409,
        conflict(`Cannot '${name}' instance ${busy} while it is in task_state deleting`),
      )
      const fresh = await server({ vmState, launchedAt: null })
      await act(fresh, body).expect(
        409,
        conflict(`Instance ${fresh} is in an invalid state for '${name}'`),
      )
      const locked = await server({ vmState, locked: true, lockedBy: 'owner' })
      const { body: refusal } = await act(locked, body).expect(409)
      assert.match(refusal.conflictingRequest.message, new RegExp(`${locked} is locked`))
      await act(locked, body, 'admin').expect(202)
      const homeless = await server({ vmState, host: null, node: null })
      if (needsHost) await act(homeless, body).expect(409)
    })

    it(`leaves ${JSON.stringify(body)} to those who own the server`, async () => {
      const [vmState = 'active'] = from
      const uuid = await server({ vmState })
      const { body: refusal } = await act(uuid, body, 'reader').expect(403)
      assert.match(
        refusal.forbidden.message,
        /^Policy doesn't allow os_compute_api:\S+ to be performed\.$/,
      )
      await act(uuid, body, 'other').expect(404)
      await act(randomUUID(), body).expect(404)
      await act(uuid, body, 'manager').expect(202)
    })
  }

  it('wants one action that there is', async () => {
    const uuid = await server()
    await act(uuid, {}).expect(400)
    await act(uuid, { pause: null, suspend: null }).expect(400)
    await act(uuid, { fly: null }).expect(400, {
      badRequest: { code: 400, message: 'no action named fly' },
    })
    await act(uuid, { reboot: { type: 'WARM' } }).expect(400)
    await act(uuid, { reboot: {} }).expect(400)
    await act(uuid, { reboot: { type: 'SOFT', more: 1 } }).expect(400)
    await act(uuid, { pause: { any: 'thing' } }).expect(202)
  })

  it('refuses to act on a server that waits for a host', async () => {
    await addFlavor(as.current())
    const { body } = await bootOf(as.current())().expect(202)
    const { id } = body.server
    for (const { body: action, name, needsHost } of cases) {
      const { body: refusal } = await act(id, action).expect(409)
      if (needsHost) continue
      assert.deepEqual(
        refusal,
        conflict(`Cannot '${name}' instance ${id} while it is in vm_state building`),
      )
    }
  })

  it('lets one of two that ask at once have its way', async () => {
    const uuid = await server()
    const answers = await Promise.all([
      act(uuid, { pause: null }),
      act(uuid, { suspend: null }),
      act(uuid, { 'os-stop': null }),
    ])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 409, 409])
  })
})

describe('DELETE /servers/{id}', () => {
  const as = eachWithApi()

  it('deletes what no host holds at once, in whatever state', async () => {
    const { context } = as.current()
    for (const vmState of vmStates) {
      const { uuid } = await addServer(as.current(), { vmState, taskState: 'spawning' })
      await as('member').delete(`/servers/${uuid}`).expect(204)
      await as('member').get(`/servers/${uuid}`).expect(404)
      await as('member').delete(`/servers/${uuid}`).expect(404)
      const row = await Instance.getByUuid(context.with({ readDeleted: 'yes' }), uuid)
      assert.deepEqual([row.vmState, row.taskState, row.deleted], ['deleted', null, true])
      assert.ok(row.terminatedAt)
      assert.equal((await InstanceMapping.getByInstanceUuid(context, uuid)).queuedForDelete, true)
    }
  })

  it('leaves it to a host that is up, and takes a second delete without another word', async () => {
    const api = as.current()
    await addComputeHost(api, 'one')
    const { uuid } = await addServer(api, { host: 'one', node: 'one' })
    await as('member').delete(`/servers/${uuid}`).expect(204)
    await as('member').delete(`/servers/${uuid}`).expect(204)
    const { body } = await as('member').get(`/servers/${uuid}`).expect(200)
    assert.deepEqual(
      [body.server.status, body.server['OS-EXT-STS:task_state']],
      ['ACTIVE', 'deleting'],
    )
    const { objects } = await InstanceActionList.getByInstanceUuid(api.context, uuid)
    assert.deepEqual(
      objects.map(({ action }) => action),
      ['delete'],
    )
  })

  it('takes back a server that waits for a host', async () => {
    await addFlavor(as.current())
    const { body } = await bootOf(as.current())().expect(202)
    const path = `/servers/${body.server.id}`
    await as('reader').delete(path).expect(403)
    await as('other').delete(path).expect(404)
    await as('member').delete(path).expect(204)
    await as('member').get(path).expect(404)
    const { body: list } = await as('member').get('/servers').expect(200)
    assert.deepEqual(list.servers, [])
  })

  it('spares the locked, but for administrators', async () => {
    const { uuid } = await addServer(as.current(), { locked: true, lockedBy: 'owner' })
    const { body } = await as('member').delete(`/servers/${uuid}`).expect(409)
    assert.match(body.conflictingRequest.message, new RegExp(`${uuid} is locked`))
    await as('admin').delete(`/servers/${uuid}`).expect(204)
    await as('member').delete(`/servers/${randomUUID()}`).expect(404)
  })
})
