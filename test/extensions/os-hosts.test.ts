import assert from 'node:assert/strict'
import { NotImplementedError } from '../../lib/exception/index.js'
import { Aggregate, Service } from '../../lib/objects/index.js'
import { addComputeHost, addServer, OTHER_PROJECT_ID, PROJECT_ID } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { computeStub } from '../support/compute-stub.js'

describe('/os-hosts', () => {
  const as = eachWithApi()

  it('lists the services that are switched on, by zone', async () => {
    const api = as.current()
    await addComputeHost(api, 'one')
    await addComputeHost(api, 'two')
    const { service } = await addComputeHost(api, 'three')
    service.disabled = true
    await service.save()
    for (const [binary, topic] of [
      ['nova-conductor', 'conductor'],
      ['nova-osapi_compute', null],
    ] as const) {
      await new Service(api.context, { host: 'boss', binary, topic, reportCount: 1 }).create()
    }
    const east = new Aggregate(api.context, { name: 'e', metadata: { availability_zone: 'east' } })
    await east.create()
    await east.addHost('two')
    const one = { host_name: 'one', service: 'compute', zone: 'nova' }
    const two = { host_name: 'two', service: 'compute', zone: 'east' }
    const boss = { host_name: 'boss', service: 'conductor', zone: 'internal' }
    await as('admin')
      .get('/os-hosts')
      .expect(200, { hosts: [one, two, boss] })
    await as('admin')
      .get('/os-hosts?zone=east&more=1')
      .expect(200, { hosts: [two] })
    await as('admin').get('/os-hosts?zone=west').expect(200, { hosts: [] })
    await as('manager').get('/os-hosts').expect(403)
  })

  it('shows what a host has, and whose servers use it', async () => {
    const api = as.current()
    await addComputeHost(api, 'one')
    await addServer(api, { host: 'one', vcpus: 2, memoryMb: 1024, rootGb: 10, ephemeralGb: 5 })
    await addServer(api, { host: 'one', projectId: OTHER_PROJECT_ID })
    await addServer(api, { host: 'one' })
    const row = (project: string, cpu: number, memory_mb: number, disk_gb: number) => ({
      resource: { host: 'one', project, cpu, memory_mb, disk_gb },
    })
    await as('admin')
      .get('/os-hosts/one')
      .expect(200, {
        host: [
          row('(total)', 8, 8192, 100),
          row('(used_now)', 1, 1024, 10),
          row('(used_max)', 4, 2048, 17),
          row(PROJECT_ID, 3, 1536, 16),
          row(OTHER_PROJECT_ID, 1, 512, 1),
        ],
      })
    await as('admin').get('/os-hosts/nowhere').expect(404)
    await as('member').get('/os-hosts/one').expect(403)
  })

  it('asks the host to work, to rest, to go down and come up', async () => {
    await addComputeHost(as.current(), 'one')
    const stub = await computeStub(as.current(), {
      set_host_enabled: ({ enabled }) => (enabled ? 'enabled' : 'disabled'),
      host_maintenance_mode: ({ mode }) => (mode ? 'on_maintenance' : 'off_maintenance'),
      host_power_action: ({ action }) => action,
    })
    const put = (body: object) => as('admin').put('/os-hosts/one', body)
    try {
      await put({ status: 'Disable' }).expect(200, { host: 'one', status: 'disabled' })
      assert.deepEqual(await stub.next(), ['set_host_enabled', { enabled: false }])
      await put({ status: 'enable', maintenance_mode: 'ENABLE' }).expect(200, {
        host: 'one',
        status: 'enabled',
        maintenance_mode: 'on_maintenance',
      })
      assert.deepEqual(await stub.next(), ['set_host_enabled', { enabled: true }])
      assert.deepEqual(await stub.next(), ['host_maintenance_mode', { host: 'one', mode: true }])
      await put({ maintenance_mode: 'disable' }).expect(200, {
        host: 'one',
        maintenance_mode: 'off_maintenance',
      })
      await stub.next()
      for (const action of ['startup', 'shutdown', 'reboot']) {
        await as('manager').get(`/os-hosts/one/${action}`).expect(403)
        await as('admin')
          .get(`/os-hosts/one/${action}`)
          .expect(200, { host: 'one', power_action: action })
        assert.deepEqual(await stub.next(), ['host_power_action', { action }])
      }
    } finally {
      await stub.stop()
    }
  })

  it('tells what a host cannot, and why it did not', async () => {
    await addComputeHost(as.current(), 'one')
    const stub = await computeStub(as.current(), {
      set_host_enabled: () => 'it is on fire',
      host_maintenance_mode: () => {
        throw new NotImplementedError()
      },
      host_power_action: () => {
        throw new NotImplementedError()
      },
    })
    try {
      await as('admin')
        .put('/os-hosts/one', { status: 'enable' })
        .expect(400, { badRequest: { code: 400, message: 'it is on fire' } })
      await as('admin').put('/os-hosts/one', { maintenance_mode: 'enable' }).expect(501)
      await as('admin').get('/os-hosts/one/reboot').expect(501)
    } finally {
      await stub.stop()
    }
  })

  it('does not wait for hosts that are not there', async () => {
    const { service } = await addComputeHost(as.current(), 'one')
    service.forcedDown = true
    await service.save()
    for (const [host, code] of [
      ['one', 400],
      ['nowhere', 404],
    ] as const) {
      await as('admin').put(`/os-hosts/${host}`, { status: 'enable' }).expect(code)
      await as('admin').get(`/os-hosts/${host}/reboot`).expect(code)
    }
  })

  it('takes what the contract has, up to 2.42', async () => {
    await addComputeHost(as.current(), 'one')
    for (const body of [
      {},
      { status: 'on' },
      { status: null },
      { maintenance_mode: true },
      { status: 'enable', more: 1 },
    ]) {
      await as('admin').put('/os-hosts/one', body).expect(400)
    }
    await as('member').put('/os-hosts/one', { status: 'enable' }).expect(403)
    for (const [version, code] of [
      ['2.42', 200],
      ['2.43', 404],
    ] as const) {
      await as('admin', version).get('/os-hosts').expect(code)
      await as('admin', version).get('/os-hosts/one').expect(code)
    }
    await as('admin', '2.43').put('/os-hosts/one', { status: 'enable' }).expect(404)
    for (const action of ['startup', 'shutdown', 'reboot']) {
      await as('admin', '2.43').get(`/os-hosts/one/${action}`).expect(404)
    }
  })
})
