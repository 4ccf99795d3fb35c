import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { InstanceInvalidState, NotImplementedError } from '../../lib/exception/index.js'
import {
  BlockDeviceMapping,
  InstanceNUMACell,
  InstanceNUMATopology,
  VirtCPUTopology,
} from '../../lib/objects/index.js'
import { addComputeHost, addServer } from '../../lib/testing/index.js'
import { fakeDiagnostics, fakeDiagnosticsMap } from '../../lib/virt/fake/diagnostics.js'
import { eachWithApi } from '../support/api.js'
import { withCompute } from '../support/compute-stub.js'

describe('/servers/{id}/diagnostics', () => {
  const as = eachWithApi()
  const ask = (uuid: string, version: string) =>
    as('admin', version).get(`/servers/${uuid}/diagnostics`)

  it("is the driver's map up to 2.47, and one form for all from 2.48 on", async () => {
    const { uuid } = await addServer(as.current(), { host: 'one', node: 'one' })
    await withCompute(
      as.current(),
      {
        get_diagnostics: () => fakeDiagnosticsMap,
        get_instance_diagnostics: () => fakeDiagnostics(),
      },
      async () => {
        await ask(uuid, '2.47').expect(200, fakeDiagnosticsMap)
        const { body } = await ask(uuid, '2.48').expect(200)
        assert.deepEqual(body, {
          state: 'running',
          driver: 'libvirt',
          hypervisor: 'kvm',
          hypervisor_os: 'ubuntu',
          uptime: 46664,
          config_drive: true,
          num_cpus: 1,
          num_nics: 1,
          num_disks: 1,
          disk_details: [
            {
              read_bytes: 262144,
              read_requests: 112,
              write_bytes: 5778432,
              write_requests: 488,
              errors_count: 1,
            },
          ],
          cpu_details: [{ id: 0, time: 17300000000, utilisation: 15 }],
          nic_details: [
            {
              mac_address: '01:23:45:67:89:ab',
              rx_octets: 2070139,
              rx_errors: 100,
              rx_drop: 200,
              rx_packets: 26701,
              rx_rate: 300,
              tx_octets: 140208,
              tx_errors: 400,
              tx_drop: 500,
              tx_packets: 662,
              tx_rate: 600,
            },
          ],
          memory_details: { maximum: 524288, used: 0 },
        })
      },
    )
  })

  it('is refused by policy, by state, and by a hypervisor that does not count', async () => {
    const { uuid } = await addServer(as.current(), { host: 'one', node: 'one' })
    const homeless = await addServer(as.current())
    await as('member').get(`/servers/${uuid}/diagnostics`).expect(403)
    await ask(homeless.uuid, '2.1').expect(409, {
      conflictingRequest: { code: 409, message: `Instance ${homeless.uuid} is not ready` },
    })
    await ask(randomUUID(), '2.1').expect(404)
    await withCompute(
      as.current(),
      {
        get_diagnostics: () => {
          throw new NotImplementedError('no')
        },
        get_instance_diagnostics: () => {
          throw new InstanceInvalidState({
            attr: 'power state',
            instance_uuid: uuid,
            state: 'shutdown',
            method: 'get_instance_diagnostics',
          })
        },
      },
      async () => {
        await ask(uuid, '2.1').expect(501)
        await ask(uuid, '2.48').expect(409)
      },
    )
  })
})

describe('/servers/{id}/topology', () => {
  const as = eachWithApi()

  it('tells of NUMA nodes, and of the host to administrators only', async () => {
    const api = as.current()
    const uuid = randomUUID()
    const numaTopology = new InstanceNUMATopology(api.context, {
      instanceUuid: uuid,
      cells: [
        new InstanceNUMACell(api.context, {
          id: 1,
          cpuset: new Set([0, 1]),
          pcpuset: new Set([2, 3]),
          memory: 256,
          pagesize: 4,
          cpuTopology: new VirtCPUTopology(api.context, { sockets: 1, cores: 2, threads: 2 }),
          cpuPinningRaw: { 2: 6, 3: 7 },
        }),
        new InstanceNUMACell(api.context, {
          id: 0,
          cpuset: new Set([4]),
          pcpuset: new Set(),
          memory: 128,
          pagesize: null,
          cpuTopology: null,
          cpuPinningRaw: null,
        }),
      ],
    })
    await addServer(api, { uuid, numaTopology })
    const shared = [
      {
        memory_mb: 256,
        siblings: [
          [0, 1],
          [2, 3],
        ],
        vcpu_set: [0, 1, 2, 3],
      },
      { memory_mb: 128, siblings: [], vcpu_set: [4] },
    ]
    const path = `/servers/${uuid}/topology`
    await as('reader', '2.78').get(path).expect(200, { nodes: shared, pagesize_kb: 4 })
    await as('admin', '2.78')
      .get(path)
      .expect(200, {
        nodes: [
          { ...shared[0], host_node: 1, cpu_pinning: { 2: 6, 3: 7 } },
          { ...shared[1], host_node: 0, cpu_pinning: {} },
        ],
        pagesize_kb: 4,
      })
    await as('other', '2.78').get(path).expect(404)
    await as('reader', '2.77').get(path).expect(404)
    const plain = await addServer(api)
    await as('reader', '2.78')
      .get(`/servers/${plain.uuid}/topology`)
      .expect(200, { nodes: [], pagesize_kb: null })
  })
})

describe('/servers/{id}/os-server-password', () => {
  const as = eachWithApi()

  it('joins the pieces of what the guest told, and forgets it', async () => {
    const systemMetadata = { password_0: 'a'.repeat(255), password_1: 'b', other: 'c' }
    const { uuid } = await addServer(as.current(), { systemMetadata })
    const path = `/servers/${uuid}/os-server-password`
    await as('reader')
      .get(path)
      .expect(200, { password: `${'a'.repeat(255)}b` })
    await as('reader').delete(path).expect(403)
    await as('other').get(path).expect(404)
    await as('member').delete(path).expect(204, '')
    await as('reader').get(path).expect(200, { password: '' })
    await as('reader').get(`/servers/${randomUUID()}/os-server-password`).expect(404)
    await as('reader', '2.101').get(`${path}?x=1`).expect(200)
    await as('reader', '2.102').get(`${path}?x=1`).expect(400)
  })
})

describe('/os-assisted-volume-snapshots', () => {
  const as = eachWithApi()
  const volumeId = randomUUID()
  const createInfo = { snapshot_id: 's', type: 'qcow2', new_file: 'f' }

  const attached = async (values: Parameters<typeof addServer>[1]) => {
    const { context } = as.current()
    const { uuid } = await addServer(as.current(), values)
    await new BlockDeviceMapping(context, {
      instanceUuid: uuid,
      volumeId,
      sourceType: 'volume',
      destinationType: 'volume',
    }).create()
    return uuid
  }
  const create = (body: object = { snapshot: { volume_id: volumeId, create_info: createInfo } }) =>
    as('service').post('/os-assisted-volume-snapshots', body)
  const remove = (info: string, version = '2.1') =>
    as('service', version).delete(
      `/os-assisted-volume-snapshots/snap?delete_info=${encodeURIComponent(info)}`,
    )

  it('are made and taken away by the host of the server', async () => {
    await attached({ host: 'one', node: 'one' })
    const told: unknown[] = []
    await withCompute(
      as.current(),
      {
        volume_snapshot_create: ({ volume_id, create_info }) =>
          void told.push([volume_id, create_info]),
        volume_snapshot_delete: ({ volume_id, snapshot_id, delete_info }) =>
          void told.push([volume_id, snapshot_id, delete_info]),
      },
      async () => {
        await create().expect(200, { snapshot: { id: null, volumeId } })
        const named = { ...createInfo, id: 'known' }
        await create({ snapshot: { volume_id: volumeId, create_info: named } }).expect(200, {
          snapshot: { id: 'known', volumeId },
        })
        await remove(JSON.stringify({ volume_id: volumeId })).expect(204)
      },
      3,
    )
    assert.deepEqual(told, [
      [volumeId, createInfo],
      [volumeId, { ...createInfo, id: 'known' }],
      [volumeId, 'snap', { volume_id: volumeId }],
    ])
  })

  it('refuse what names no volume of a server that is idle', async () => {
    await create().expect(400, {
      badRequest: {
        code: 400,
        message: `No volume Block Device Mapping with id ${volumeId}.`,
      },
    })
    await create({ snapshot: { volume_id: volumeId } }).expect(400)
    const raw = { ...createInfo, type: 'raw' }
    await create({ snapshot: { volume_id: volumeId, create_info: raw } }).expect(400)
    await remove('x').expect(400)
    await remove('{}').expect(400)
    await as('service').delete('/os-assisted-volume-snapshots/snap').expect(400)
    await attached({ host: 'one', node: 'one', taskState: 'rebooting' })
    await create().expect(400)
    await as('member').post('/os-assisted-volume-snapshots', { snapshot: {} }).expect(400)
    await as('member')
      .post('/os-assisted-volume-snapshots', {
        snapshot: { volume_id: volumeId, create_info: createInfo },
      })
      .expect(403)
  })
})

describe('/os-instance_usage_audit_log', () => {
  const as = eachWithApi({ conf: { DEFAULT: { instance_usage_audit_period: 'day' } } })

  const log = async (host: string, state: string, items: number, failures: number) => {
    await as
      .current()
      .process.data.cell.kysely.insertInto('task_log')
      .values({
        task_name: 'instance_usage_audit',
        state,
        host,
        period_beginning: new Date('2026-01-01T00:00:00Z'),
        period_ending: new Date('2026-01-02T00:00:00Z'),
        message: `on ${host}`,
        task_items: items,
        errors: failures,
        deleted: 0,
      })
      .execute()
  }

  it('sums up what the hosts wrote of the period before a time', async () => {
    for (const host of ['one', 'two', 'three']) await addComputeHost(as.current(), host)
    await log('one', 'DONE', 3, 1)
    await log('two', 'RUNNING', 2, 0)
    const document = {
      period_beginning: '2026-01-01 00:00:00',
      period_ending: '2026-01-02 00:00:00',
      num_hosts: 3,
      num_hosts_done: 1,
      num_hosts_running: 1,
      num_hosts_not_run: 1,
      hosts_not_run: ['three'],
      total_instances: 5,
      total_errors: 1,
      overall_status: '1 of 3 hosts done. 1 errors.',
      log: {
        one: { state: 'DONE', instances: 3, errors: 1, message: 'on one' },
        two: { state: 'RUNNING', instances: 2, errors: 0, message: 'on two' },
      },
    }
    const show = (time: string) =>
      as('admin').get(`/os-instance_usage_audit_log/${encodeURIComponent(time)}`)
    await show('2026-01-02 10:00:00').expect(200, { instance_usage_audit_log: document })
    await show('2026-01-02 10:00:00.5').expect(200, { instance_usage_audit_log: document })
    for (const wrong of ['2026-01-02', 'x', '2026-02-30 10:00:00', '2026-01-02 25:00:00']) {
      await show(wrong).expect(400, {
        badRequest: { code: 400, message: `Invalid timestamp for date ${wrong}` },
      })
    }
    const { body } = await as('admin').get('/os-instance_usage_audit_log').expect(200)
    assert.equal(body.instance_usage_audit_logs.num_hosts_not_run, 3)
    assert.equal(body.instance_usage_audit_logs.overall_status, '0 of 3 hosts done. 0 errors.')
    await as('member').get('/os-instance_usage_audit_log').expect(403)
  })
})
