import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Aggregate, Service } from '../../lib/objects/index.js'
import { addComputeHost, addServer } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000$/

describe('/os-availability-zone', () => {
  const as = eachWithApi()

  const cloud = async () => {
    const api = as.current()
    await addComputeHost(api, 'one')
    await addComputeHost(api, 'two')
    const { service } = await addComputeHost(api, 'three')
    service.disabled = true
    await service.save()
    for (const [zone, host] of [
      ['east', 'two'],
      ['west', 'three'],
    ] as const) {
      const aggregate = new Aggregate(api.context, {
        name: zone,
        metadata: { availability_zone: zone },
      })
      await aggregate.create()
      await aggregate.addHost(host)
    }
    await new Service(api.context, {
      host: 'boss',
      binary: 'nova-conductor',
      topic: 'conductor',
      reportCount: 0,
      disabled: false,
      forcedDown: true,
    }).create()
  }

  it('lists zones to everybody, without the one of services', async () => {
    await cloud()
    const zone = (zoneName: string, available: boolean) => ({
      zoneName,
      zoneState: { available },
      hosts: null,
    })
    await as('other')
      .get('/os-availability-zone')
      .expect(200, {
        availabilityZoneInfo: [zone('nova', true), zone('east', true), zone('west', false)],
      })
  })

  it('tells administrators the services in them', async () => {
    await cloud()
    await as('member').get('/os-availability-zone/detail').expect(403)
    const { body } = await as('admin').get('/os-availability-zone/detail').expect(200)
    const text = JSON.stringify(body, (key, value) =>
      key === 'updated_at' && value !== null ? TIME.test(value) : value,
    )
    const host = (binary: string, available: boolean) => ({
      [binary]: { available, active: true, updated_at: null },
    })
    assert.deepEqual(JSON.parse(text), {
      availabilityZoneInfo: [
        {
          zoneName: 'nova',
          zoneState: { available: true },
          hosts: { one: host('nova-compute', true) },
        },
        {
          zoneName: 'east',
          zoneState: { available: true },
          hosts: { two: host('nova-compute', true) },
        },
        {
          zoneName: 'internal',
          zoneState: { available: true },
          hosts: { boss: host('nova-conductor', false) },
        },
        { zoneName: 'west', zoneState: { available: false }, hosts: null },
      ],
    })
  })
})

describe('/os-services', () => {
  const as = eachWithApi()

  it('lists services as each version has them', async () => {
    const { service } = await addComputeHost(as.current(), 'one')
    const shown = {
      binary: 'nova-compute',
      host: 'one',
      zone: 'nova',
      status: 'enabled',
      state: 'up',
      updated_at: null,
      disabled_reason: null,
    }
    const list = (version: string, query = '') =>
      as('admin', version).get(`/os-services${query}`).expect(200)
    await as('member').get('/os-services').expect(403)
    assert.deepEqual((await list('2.1')).body, { services: [{ ...shown, id: service.id }] })
    assert.deepEqual((await list('2.11')).body, {
      services: [{ ...shown, id: service.id, forced_down: false }],
    })
    assert.deepEqual((await list('2.53')).body, {
      services: [{ ...shown, id: service.uuid, forced_down: false }],
    })
    assert.deepEqual((await list('2.53', '?host=two')).body, { services: [] })
    assert.equal((await list('2.53', '?binary=nova-compute')).body.services.length, 1)
  })

  it('disables and enables by verb, up to 2.52', async () => {
    await addComputeHost(as.current(), 'one')
    const who = { host: 'one', binary: 'nova-compute' }
    const put = (verb: string, body: object, version?: string) =>
      as('admin', version).put(`/os-services/${verb}`, body)
    await put('disable', who).expect(200, { service: { ...who, status: 'disabled' } })
    const why = { ...who, disabled_reason: 'broken' }
    await put('disable-log-reason', why).expect(200, {
      service: { ...who, status: 'disabled', disabled_reason: 'broken' },
    })
    await put('disable-log-reason', who).expect(400)
    const { body } = await as('admin').get('/os-services').expect(200)
    assert.equal(body.services[0].disabled_reason, 'broken')
    assert.equal(body.services[0].status, 'disabled')
    await put('enable', who).expect(200, { service: { ...who, status: 'enabled' } })
    await put('force-down', who, '2.10').expect(404)
    await put('force-down', { ...who, forced_down: true }, '2.11').expect(200, {
      service: { ...who, forced_down: true },
    })
    await put('constructor', who).expect(404)
    await put('enable', { ...who, host: 'two' }).expect(404)
    await put('enable', { ...who, binary: 'nova-other' }).expect(404)
    await put('enable', { host: 'one' }).expect(400)
    const services = await as('admin', '2.11').get('/os-services').expect(200)
    assert.equal(services.body.services[0].state, 'down')
  })

  it('changes by uuid, from 2.53', async () => {
    const { service } = await addComputeHost(as.current(), 'one')
    const put = (body: object, id = service.uuid) =>
      as('admin', '2.53').put(`/os-services/${id}`, body)
    const { body } = await put({ status: 'disabled', disabled_reason: 'broken' }).expect(200)
    assert.match(body.service.updated_at, TIME)
    assert.deepEqual(body.service, {
      binary: 'nova-compute',
      host: 'one',
      id: service.uuid,
      zone: 'nova',
      status: 'disabled',
      state: 'up',
      updated_at: body.service.updated_at,
      disabled_reason: 'broken',
      forced_down: false,
    })
    await put({ status: 'enabled', disabled_reason: 'why' }).expect(400)
    await put({}).expect(400)
    await put({ status: 'enabled' }, 'enable').expect(400)
    await put({ status: 'enabled' }, randomUUID()).expect(404)
  })

  it('forgets a compute service that has no servers', async () => {
    const api = as.current()
    const { service } = await addComputeHost(api, 'one')
    await addServer(api, { host: 'one', node: 'one' })
    const { service: idle } = await addComputeHost(api, 'two')
    await as('admin', '2.53').delete(`/os-services/${service.uuid}`).expect(409)
    await as('admin').delete('/os-services/x').expect(400)
    await as('admin', '2.53').delete('/os-services/1').expect(400)
    await as('member').delete(`/os-services/${idle.id}`).expect(403)
    await as('admin').delete(`/os-services/${idle.id}`).expect(204)
    await as('admin').delete(`/os-services/${idle.id}`).expect(404)
    const { body } = await as('admin').get('/os-hypervisors').expect(200)
    assert.equal(body.hypervisors.length, 1)
  })
})

describe('/os-hypervisors', () => {
  const as = eachWithApi()

  it('tells of a hypervisor as each version has it', async () => {
    const api = as.current()
    const { node, service } = await addComputeHost(api, 'one')
    await as('member').get('/os-hypervisors').expect(403)
    const brief = { id: node.id, hypervisor_hostname: 'one', state: 'up', status: 'enabled' }
    await as('admin')
      .get('/os-hypervisors')
      .expect(200, { hypervisors: [brief] })
    const first = {
      hypervisor_type: 'fake',
      hypervisor_version: 1000,
      host_ip: '192.0.2.1',
    }
    const usage = {
      vcpus: 8,
      memory_mb: 8192,
      local_gb: 100,
      vcpus_used: 1,
      memory_mb_used: 1024,
      local_gb_used: 10,
      free_ram_mb: 7168,
      free_disk_gb: 90,
      current_workload: 0,
      running_vms: 1,
      disk_available_least: 90,
    }
    const old = {
      ...brief,
      ...first,
      service: { id: service.id, host: 'one', disabled_reason: null },
      ...usage,
    }
    await as('admin')
      .get(`/os-hypervisors/${node.id}`)
      .expect(200, { hypervisor: { ...old, cpu_info: '{"arch": "x86_64"}' } })
    await as('admin', '2.28')
      .get('/os-hypervisors/detail')
      .expect(200, { hypervisors: [{ ...old, cpu_info: { arch: 'x86_64' } }] })
    await as('admin', '2.53')
      .get(`/os-hypervisors/${node.uuid}`)
      .expect(200, {
        hypervisor: {
          ...old,
          id: node.uuid,
          service: { ...old.service, id: service.uuid },
          cpu_info: { arch: 'x86_64' },
        },
      })
    await as('admin')
      .get('/os-hypervisors/statistics')
      .expect(200, { hypervisor_statistics: { count: 1, ...usage } })
    await as('admin', '2.88').get('/os-hypervisors/statistics').expect(404)
    for (const [path, version, status] of [
      ['x', '2.1', 404],
      ['99', '2.1', 404],
      ['1', '2.53', 400],
      [randomUUID(), '2.53', 404],
    ] as const) {
      await as('admin', version).get(`/os-hypervisors/${path}`).expect(status)
    }
  })

  it('asks nobody for the uptime of a host that is down', async () => {
    const { node, service } = await addComputeHost(as.current(), 'one')
    service.forcedDown = true
    await service.save()
    await as('admin').get(`/os-hypervisors/${node.id}/uptime`).expect(400)
    const { body } = await as('admin', '2.88').get(`/os-hypervisors/${node.uuid}`).expect(200)
    assert.deepEqual(body.hypervisor, {
      id: node.uuid,
      hypervisor_hostname: 'one',
      state: 'down',
      status: 'enabled',
      hypervisor_type: 'fake',
      hypervisor_version: 1000,
      host_ip: '192.0.2.1',
      service: { id: service.uuid, host: 'one', disabled_reason: null },
      uptime: null,
    })
  })

  it('finds by name, with servers', async () => {
    const api = as.current()
    const { node } = await addComputeHost(api, 'one')
    await addComputeHost(api, 'two')
    const server = await addServer(api, { host: 'one', node: 'one' })
    const brief = { id: node.id, hypervisor_hostname: 'one', state: 'up', status: 'enabled' }
    const servers = [{ name: 'instance-00000001', uuid: server.uuid }]
    const admin = as('admin')
    await admin.get('/os-hypervisors/ne/search').expect(200, { hypervisors: [brief] })
    await admin.get('/os-hypervisors/three/search').expect(404)
    await admin
      .get('/os-hypervisors/one/servers')
      .expect(200, { hypervisors: [{ ...brief, servers }] })
    const later = as('admin', '2.53')
    await later.get('/os-hypervisors/one/search').expect(404)
    await later
      .get('/os-hypervisors?hypervisor_hostname_pattern=one&with_servers=true')
      .expect(200, { hypervisors: [{ ...brief, id: node.uuid, servers }] })
    await later.get('/os-hypervisors?hypervisor_hostname_pattern=one&limit=1').expect(400)
    await later.get('/os-hypervisors?hypervisor_hostname_pattern=three').expect(404)
    const empty = '/os-hypervisors?hypervisor_hostname_pattern=two&with_servers=1'
    assert.equal((await later.get(empty)).body.hypervisors[0].servers, undefined)
    assert.deepEqual((await as('admin', '2.75').get(empty)).body.hypervisors[0].servers, [])
  })

  it('pages from 2.33 by number, from 2.53 by uuid', async () => {
    const api = as.current()
    const { node } = await addComputeHost(api, 'one')
    await addComputeHost(api, 'two')
    for (const [version, id] of [
      ['2.33', String(node.id)],
      ['2.53', node.uuid],
    ] as const) {
      const { body } = await as('admin', version).get('/os-hypervisors?limit=1').expect(200)
      assert.equal(body.hypervisors.length, 1)
      const [{ href }] = body.hypervisors_links
      assert.match(href, new RegExp(`/os-hypervisors\\?limit=1&marker=${id}$`))
      const rest = await as('admin', version).get(`/os-hypervisors?marker=${id}`).expect(200)
      assert.equal(rest.body.hypervisors[0].hypervisor_hostname, 'two')
      await as('admin', version).get('/os-hypervisors?marker=x').expect(400)
    }
  })
})

describe('/os-hypervisors of a host that beats but does not answer', () => {
  const as = eachWithApi({ conf: { DEFAULT: { rpc_response_timeout: 1 } } })

  it('are listed with the others, without its uptime', async () => {
    await addComputeHost(as.current(), 'host1')
    const { body } = await as('admin', '2.88').get('/os-hypervisors/detail').expect(200)
    assert.deepEqual(
      body.hypervisors.map(({ uptime }: { uptime: unknown }) => uptime),
      [null],
    )
  })
})
