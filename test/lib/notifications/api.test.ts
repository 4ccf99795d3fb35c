import assert from 'node:assert/strict'
import { addComputeHost, addServer } from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'
import { NotificationListener, type PayloadPrimitive } from '../../support/notifications.js'
import { eventually } from '../../support/worker-cloud.js'

describe('notifications of the API', () => {
  const as = eachWithApi({
    conf: {
      DEFAULT: { host: 'api-1' },
      oslo_messaging_notifications: { driver: ['messagingv2'] },
      notifications: { notification_format: 'both' },
    },
  })
  const admin = (version?: string) => as('admin', version)
  let listener: NotificationListener
  beforeEach(async () => {
    const topics = ['notifications', 'versioned_notifications']
    listener = await NotificationListener.start('fake://', topics, { broker: as.current().broker })
  })
  afterEach(() => listener.close())

  /** In each form by itself, for the two come by queues of their own: `type by publisher`. */
  const told = async (versioned: readonly string[], older: readonly string[] = []) => {
    const of = (topic: string) =>
      listener.heard
        .filter(({ queue }) => queue === `${topic}.info`)
        .map(({ message }) => `${message.event_type} by ${message.publisher_id}`)
    await eventually('all of them', async () =>
      of('versioned_notifications').length >= versioned.length &&
      of('notifications').length >= older.length
        ? true
        : undefined,
    )
    assert.deepEqual(of('versioned_notifications'), versioned)
    assert.deepEqual(of('notifications'), older)
  }
  const api = (type: string) => `${type} by nova-api:api-1`
  const around = (type: string, by: string) => [`${type}.start by ${by}`, `${type}.end by ${by}`]
  const dataOf = async (type: string) => {
    const { message } = await listener.first(type)
    return (message.payload as PayloadPrimitive)['nova_object.data']
  }

  it('tell of aggregates, by name until they have an id', async () => {
    await addComputeHost(as.current(), 'host1')
    await listener.first('service.create')
    listener.heard.length = 0
    const { body } = await admin()
      .post('/os-aggregates', { aggregate: { name: 'fast', availability_zone: 'north' } })
      .expect(200)
    const { id } = body.aggregate
    const path = `/os-aggregates/${id}`
    await admin()
      .post(`${path}/action`, { add_host: { host: 'host1' } })
      .expect(200)
    await admin()
      .post(`${path}/action`, { set_metadata: { metadata: { ssd: 'true' } } })
      .expect(200)
    await admin()
      .put(path, { aggregate: { name: 'faster' } })
      .expect(200)
    await admin()
      .post(`${path}/action`, { remove_host: { host: 'host1' } })
      .expect(200)
    await admin().delete(path).expect(200)
    const by = `aggregate.${id}`
    const actions = [
      'create',
      'add_host',
      'update_metadata',
      'update_prop',
      'remove_host',
      'delete',
    ]
    const words = ['addhost', 'updatemetadata', 'updateprop', 'removehost', 'delete']
    await told(
      actions.flatMap(action => around(`aggregate.${action}`, 'nova-api:api-1')),
      [
        'aggregate.create.start by aggregate.fast',
        `aggregate.create.end by ${by}`,
        ...words.flatMap(word => around(`aggregate.${word}`, by)),
      ],
    )
    const { uuid, ...start } = await dataOf('aggregate.create.start')
    const metadata = { availability_zone: 'north' }
    assert.deepEqual(start, { id: null, name: 'fast', hosts: null, metadata })
    assert.deepEqual(await dataOf('aggregate.add_host.end'), {
      id,
      uuid,
      name: 'fast',
      hosts: ['host1'],
      metadata,
    })
  })

  it('tell of what is refused an administrator', async () => {
    const aggregate = { name: 'fast' }
    await admin().post('/os-aggregates', { aggregate }).expect(200)
    await admin().post('/os-aggregates', { aggregate }).expect(409)
    const { module_name, function_name, traceback, ...data } = await dataOf('compute.exception')
    assert.deepEqual(data, {
      exception: 'AggregateNameExists',
      exception_message: 'Aggregate fast already exists.',
    })
    assert.equal(module_name, 'lib.objects.aggregate')
    assert.match(`${traceback}`, /^AggregateNameExists: Aggregate fast already exists/)
    assert.equal(typeof function_name, 'string')
    const { message } = await listener.first('create_aggregate')
    assert.deepEqual(
      [message.publisher_id, message.priority, (message.payload as { args: object }).args],
      ['compute.api-1', 'ERROR', { aggregate_name: 'fast', availability_zone: null }],
    )
  })

  it('tell of key pairs', async () => {
    await as('member')
      .post('/os-keypairs', { keypair: { name: 'mine' } })
      .expect(200)
    await as('member').delete('/os-keypairs/mine').expect(202)
    await told(
      ['create', 'delete'].flatMap(action => around(`keypair.${action}`, 'nova-api:api-1')),
      ['create', 'delete'].flatMap(action => around(`keypair.${action}`, 'api.api-1')),
    )
    const start = { user_id: 'u-member', name: 'mine', fingerprint: null, public_key: null }
    assert.deepEqual(await dataOf('keypair.create.start'), { ...start, type: 'ssh' })
  })

  it('tell of flavors, with who may use them', async () => {
    const flavor = { id: '9', name: 'm9', ram: 64, vcpus: 1, disk: 1 }
    await admin().post('/flavors', { flavor }).expect(200)
    await admin()
      .post('/flavors/9/os-extra_specs', { extra_specs: { 'hw:x': '1' } })
      .expect(200)
    await admin().delete('/flavors/9').expect(202)
    await told([api('flavor.create'), api('flavor.update'), api('flavor.delete')])
    const { projects, extra_specs: specs } = await dataOf('flavor.update')
    assert.deepEqual({ projects, specs }, { projects: [], specs: { 'hw:x': '1' } })
    assert.equal((await dataOf('flavor.delete')).projects, null)
  })

  it('tell of server groups', async () => {
    const { body } = await as('member', '2.64')
      .post('/os-server-groups', { server_group: { name: 'g', policy: 'affinity' } })
      .expect(200)
    await as('member').delete(`/os-server-groups/${body.server_group.id}`).expect(204)
    await told(
      [api('server_group.create'), api('server_group.delete')],
      ['servergroup.create by servergroup.api-1', 'servergroup.delete by servergroup.api-1'],
    )
    const { policy, rules, members } = await dataOf('server_group.create')
    assert.deepEqual({ policy, rules, members }, { policy: 'affinity', rules: {}, members: [] })
  })

  it('tell of a service in its own name, but not of its heartbeats', async () => {
    await addComputeHost(as.current(), 'host1')
    const { body } = await admin('2.53').get('/os-services?binary=nova-compute').expect(200)
    const [{ id }] = body.services
    await admin('2.53').put(`/os-services/${id}`, { status: 'disabled' }).expect(200)
    await told(['service.create by nova-compute:host1', 'service.update by nova-compute:host1'])
    assert.equal((await dataOf('service.update')).disabled, true)
  })

  it('tell of locks, in the newer form alone', async () => {
    const { uuid } = await addServer(as.current())
    await as('member').post(`/servers/${uuid}/action`, { lock: null }).expect(202)
    await as('member').post(`/servers/${uuid}/action`, { unlock: null }).expect(202)
    await told([api('instance.lock'), api('instance.unlock')])
    const { locked, action_initiator_user: by } = await dataOf('instance.lock')
    assert.deepEqual({ locked, by }, { locked: true, by: 'u-member' })
  })

  it('tell of a deletion that no host is there for', async () => {
    const { uuid } = await addServer(as.current(), { host: null, vmState: 'error' })
    await as('member').delete(`/servers/${uuid}`).expect(204)
    await told(
      around('instance.delete', 'nova-api:api-1'),
      around('compute.instance.delete', 'compute.api-1'),
    )
  })
})
