import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  type Instance,
  InstanceActionList,
  type InstanceExternalEvent,
  InstanceMapping,
  Migration,
  MigrationContext,
} from '../../lib/objects/index.js'
import { addServer, PROJECT_ID } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { computeStub } from '../support/compute-stub.js'

interface Sent {
  readonly instances: readonly Instance[]
  readonly events: readonly InstanceExternalEvent[]
}

describe('POST /os-server-external-events', () => {
  const as = eachWithApi()

  const send = (events: unknown, version = '2.104', user: 'service' | 'member' = 'service') =>
    as(user, version).post('/os-server-external-events', { events })
  const server = async (values: Parameters<typeof addServer>[1] = {}) =>
    (await addServer(as.current(), { host: 'one', ...values })).uuid
  const listening = () => computeStub(as.current(), { external_instance_event: () => null })
  const told = ({ events }: Sent) =>
    events.map(({ instanceUuid, name, status, tag }) => [instanceUuid, name, status, tag])

  it('takes them to the host of their servers, in one message', async () => {
    const [a, b] = [await server(), await server()]
    const stub = await listening()
    try {
      const port = randomUUID()
      await send([
        { server_uuid: a, name: 'network-changed' },
        { server_uuid: b, name: 'network-vif-plugged', status: 'failed', tag: port },
      ]).expect(200, {
        events: [
          { server_uuid: a, name: 'network-changed', status: 'completed', code: 200 },
          {
            server_uuid: b,
            name: 'network-vif-plugged',
            status: 'completed',
            tag: port,
            code: 200,
          },
        ],
      })
      const [, args] = await stub.next()
      const sent = args as unknown as Sent
      assert.deepEqual(told(sent), [
        [a, 'network-changed', 'completed', null],
        [b, 'network-vif-plugged', 'failed', port],
      ])
      assert.deepEqual(
        sent.instances.map(({ uuid }) => uuid),
        [a, b],
      )
    } finally {
      await stub.stop()
    }
  })

  it('says of each what became of it, when not all could be sent', async () => {
    const known = await server()
    const homeless = await server({ host: null })
    const strange = randomUUID()
    const waiting = randomUUID()
    await new InstanceMapping(as.current().context, {
      instanceUuid: waiting,
      projectId: PROJECT_ID,
      userId: 'u-member',
      cellMapping: null,
      queuedForDelete: false,
    }).create()
    const stub = await listening()
    try {
      const cases: [object, number][] = [
        [{ server_uuid: known, name: 'network-changed', tag: '' }, 200],
        [{ server_uuid: strange, name: 'volume-extended' }, 404],
        [{ server_uuid: waiting, name: 'network-changed' }, 404],
        [{ server_uuid: homeless, name: 'network-changed' }, 422],
        [{ server_uuid: homeless, name: 'power-update' }, 400],
        [{ server_uuid: known, name: 'volume-extended' }, 400],
        [{ server_uuid: known, name: 'accelerator-request-bound' }, 400],
        [{ server_uuid: known, name: 'volume-reimaged' }, 200],
      ]
      await send(cases.map(([event]) => event)).expect(207, {
        events: cases.map(([event, code]) => ({
          ...event,
          status: code === 200 ? 'completed' : 'failed',
          code,
        })),
      })
      const [, args] = await stub.next()
      assert.deepEqual(
        told(args as unknown as Sent).map(([, name]) => name),
        ['network-changed', 'volume-reimaged'],
      )
      await send([{ server_uuid: strange, name: 'network-changed' }]).expect(207)
    } finally {
      await stub.stop()
    }
  })

  it('records what users ask about later: growth of volumes, power', async () => {
    const uuid = await server()
    const stub = await listening()
    try {
      for (const [name, tag] of [
        ['volume-extended', randomUUID()],
        ['power-update', 'POWER_OFF'],
        ['power-update', 'POWER_ON'],
      ] as const) {
        await send([{ server_uuid: uuid, name, tag }]).expect(200)
        await stub.next()
      }
      // It means nothing, so the host is not bothered.
      await send([{ server_uuid: uuid, name: 'power-update', tag: 'POWER_UP' }]).expect(200)
      await send([{ server_uuid: uuid, name: 'network-changed' }]).expect(200)
      const [, args] = await stub.next()
      assert.equal((args as unknown as Sent).events[0]?.name, 'network-changed')
      const { context } = as.current()
      const { objects } = await InstanceActionList.getByInstanceUuid(context, uuid)
      assert.deepEqual(
        objects.map(({ action }) => action),
        ['start', 'stop', 'extend_volume'],
      )
    } finally {
      await stub.stop()
    }
  })

  it('tells both hosts of a server that moves', async () => {
    const { context } = as.current()
    const instance = await addServer(as.current(), { host: 'two' })
    const { uuid } = instance
    const migration = new Migration(context, {
      instanceUuid: uuid,
      sourceCompute: 'two',
      destCompute: 'one',
      status: 'migrating',
      migrationType: 'migration',
    })
    await migration.create()
    instance.migrationContext = new MigrationContext(context, {
      instanceUuid: uuid,
      migrationId: migration.id,
    })
    await instance.save()
    const stub = await listening()
    try {
      await send([{ server_uuid: uuid, name: 'network-vif-plugged', tag: 'port' }]).expect(200)
      const [, args] = await stub.next()
      assert.equal((args as unknown as Sent).instances[0]?.uuid, uuid)
    } finally {
      await stub.stop()
    }
  })

  it('knows the events of each version, and services and administrators only', async () => {
    const server_uuid = randomUUID()
    const since = [
      ['network-changed', '2.1', null],
      ['network-vif-unplugged', '2.1', null],
      ['network-vif-deleted', '2.1', null],
      ['volume-extended', '2.51', '2.50'],
      ['power-update', '2.76', '2.75'],
      ['accelerator-request-bound', '2.82', '2.81'],
      ['volume-reimaged', '2.93', '2.92'],
    ] as const
    for (const [name, first, before] of since) {
      await send([{ server_uuid, name }], first).expect(207)
      if (before) await send([{ server_uuid, name }], before).expect(400)
    }
    const name = 'network-changed'
    for (const events of [
      null,
      {},
      [],
      [{}],
      [{ name }],
      [{ server_uuid, name: 'party' }],
      [{ server_uuid: 'web', name }],
      [{ server_uuid, name, status: 'done' }],
      [{ server_uuid, name, tag: 'x'.repeat(256) }],
      [{ server_uuid, name, tag: 1 }],
      [{ server_uuid, name, more: 1 }],
    ]) {
      await send(events).expect(400)
    }
    await send([{ server_uuid, name }], '2.1', 'member').expect(403)
    await as('admin')
      .post('/os-server-external-events', { events: [{ server_uuid, name }] })
      .expect(207)
  })
})
