import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  CellMapping,
  Flavor,
  HostMapping,
  InstanceGroup,
  InstanceMapping,
  RequestSpec,
} from '../../lib/objects/index.js'
import { addServer, PROJECT_ID } from '../../lib/testing/index.js'
import { clientOf, eachWithApi } from '../support/api.js'

/** A second cell, whose database is a file in a folder that is not there, and a server in it. */
const addDownCell = async (api: ReturnType<ReturnType<typeof eachWithApi>['current']>) => {
  const { context } = api
  const cell = new CellMapping(context, {
    uuid: randomUUID(),
    name: 'down',
    transportUrl: 'fake://',
    databaseConnection: `sqlite:////nowhere/${randomUUID()}/cell.db`,
    disabled: false,
  })
  await cell.create()
  await new HostMapping(context, { host: 'lost-host', cellMapping: cell }).create()
  const map = async (queuedForDelete: boolean, projectId = PROJECT_ID) => {
    const mapping = new InstanceMapping(context, {
      instanceUuid: randomUUID(),
      projectId,
      userId: 'u-member',
      cellMapping: cell,
      queuedForDelete,
    })
    await mapping.create()
    return mapping
  }
  return { map, lost: await map(false) }
}

const flavorId = '7'

const remember = async (
  api: ReturnType<ReturnType<typeof eachWithApi>['current']>,
  uuid: string,
) => {
  const { context } = api
  const flavor = new Flavor(context, {
    name: 'm1.lost',
    flavorid: flavorId,
    memoryMb: 512,
    vcpus: 1,
    rootGb: 1,
    ephemeralGb: 0,
    swap: 0,
    rxtxFactor: 1,
    vcpuWeight: 0,
    disabled: false,
    isPublic: true,
    extraSpecs: {},
  })
  await flavor.create()
  const spec = new RequestSpec(context, {
    instanceUuid: uuid,
    projectId: PROJECT_ID,
    userId: 'u-member',
    availabilityZone: null,
    numInstances: 1,
    flavor,
    image: null,
  })
  await spec.create()
}

const time = (date: Date | null | undefined) => `${date?.toISOString().slice(0, 19)}Z`

describe('servers of a cell that is down', () => {
  const as = eachWithApi()

  it('are listed as far as the API database knows them, from 2.69 on', async () => {
    const here = await addServer(as.current())
    const { lost, map } = await addDownCell(as.current())
    await map(true)
    const links = (uuid: string, version: string) => [
      { rel: 'self', href: `http://127.0.0.1/${version}/servers/${uuid}` },
      { rel: 'bookmark', href: `http://127.0.0.1/servers/${uuid}` },
    ]
    const { body: list } = await as('member', '2.69').get('/servers').expect(200)
    const partial = { id: lost.instanceUuid, status: 'UNKNOWN' }
    assert.deepEqual(
      list.servers.map(({ links: _, ...server }: { links: unknown }) => server),
      [partial, { id: here.uuid, name: 'server' }],
    )
    assert.deepEqual(
      list.servers[0].links.map(({ rel, href }: { rel: string; href: string }) => ({
        rel,
        href: href.replace(/:\d+/, ''),
      })),
      links(lost.instanceUuid, 'v2.1'),
    )

    const { body: details } = await as('member', '2.69').get('/servers/detail').expect(200)
    const [{ links: _links, ...detail }, whole] = details.servers
    assert.deepEqual(detail, {
      ...partial,
      tenant_id: PROJECT_ID,
      created: time(lost.createdAt),
    })
    assert.equal(whole.id, here.uuid)
    assert.match(whole['OS-SRV-USG:launched_at'], /^\d{4}-/)
  })

  it('are left out of older versions, filtered lists and pages', async () => {
    const here = await addServer(as.current())
    await addDownCell(as.current())
    for (const [version, path] of [
      ['2.68', '/servers'],
      ['2.68', '/servers/detail'],
      ['2.69', '/servers?status=ACTIVE'],
      ['2.69', '/servers?limit=10'],
      ['2.69', '/servers/detail?sort_key=uuid'],
    ] as const) {
      const { body } = await as('member', version).get(path).expect(200)
      assert.deepEqual(
        body.servers.map(({ id }: { id: string }) => id),
        [here.uuid],
        path,
      )
    }
  })

  it('of other projects are listed with all_tenants only', async () => {
    const { lost, map } = await addDownCell(as.current())
    const other = await map(false, 'another-project')
    const ids = async (path: string) => {
      const { body } = await as('admin', '2.69').get(path).expect(200)
      return body.servers.map(({ id }: { id: string }) => id)
    }
    assert.deepEqual(await ids('/servers'), [lost.instanceUuid])
    assert.deepEqual(await ids('/servers?all_tenants=1'), [lost.instanceUuid, other.instanceUuid])
  })

  it('are shown with what was asked for at their boot', async () => {
    const api = as.current()
    const { lost, map } = await addDownCell(api)
    const uuid = lost.instanceUuid
    await remember(api, uuid)
    const group = new InstanceGroup(api.context, {
      name: 'g',
      projectId: PROJECT_ID,
      userId: 'u-member',
      policy: 'affinity',
      members: [uuid],
    })
    await group.create()
    const { body } = await as('member', '2.71').get(`/servers/${uuid}`).expect(200)
    const { links: _, ...server } = body.server
    assert.deepEqual(server, {
      id: uuid,
      status: 'UNKNOWN',
      tenant_id: PROJECT_ID,
      created: time(lost.createdAt),
      image: '',
      flavor: {
        vcpus: 1,
        ram: 512,
        disk: 1,
        ephemeral: 0,
        swap: 0,
        original_name: 'm1.lost',
        extra_specs: {},
      },
      'OS-EXT-AZ:availability_zone': 'UNKNOWN',
      'OS-EXT-STS:power_state': 0,
      user_id: 'u-member',
      server_groups: [group.uuid],
    })
    await as('other', '2.71').get(`/servers/${uuid}`).expect(404)
    await as('member', '2.68').get(`/servers/${uuid}`).expect(500)
    // On its way out, or without a request: nothing can be told.
    const leaving = await map(true)
    await as('member', '2.71').get(`/servers/${leaving.instanceUuid}`).expect(404)
    const unknown = await map(false)
    await as('member', '2.71').get(`/servers/${unknown.instanceUuid}`).expect(404)
  })

  it('leave the names of their hosts in the list of services', async () => {
    await addDownCell(as.current())
    const { body } = await as('admin', '2.69').get('/os-services').expect(200)
    assert.deepEqual(body.services, [
      { binary: 'nova-compute', host: 'lost-host', status: 'UNKNOWN' },
    ])
    await as('admin', '2.68').get('/os-services').expect(200, { services: [] })
  })
})

describe('what else is asked of a cell that is down', () => {
  const as = eachWithApi()

  it('leaves the members of a group there, as far as they are not on their way out', async () => {
    const { context } = as.current()
    const here = await addServer(as.current())
    const { lost, map } = await addDownCell(as.current())
    const gone = await map(true)
    const group = new InstanceGroup(context, {
      name: 'both',
      policy: 'anti-affinity',
      projectId: PROJECT_ID,
      userId: 'u-member',
    })
    await group.create()
    const members = [here.uuid, lost.instanceUuid, gone.instanceUuid]
    await InstanceGroup.addMembers(context, group.get('uuid') ?? '', members)
    const { body } = await as('member', '2.69')
      .get(`/os-server-groups/${group.get('uuid')}`)
      .expect(200)
    assert.deepEqual(body.server_group.members.sort(), [here.uuid, lost.instanceUuid].sort())
  })

  it('leaves its migrations out of the list', async () => {
    await addDownCell(as.current())
    for (const version of ['2.58', '2.59']) {
      const { body } = await as('admin', version).get('/os-migrations').expect(200)
      assert.deepEqual(body.migrations, [])
    }
  })

  it('fails what would be wrong without its part, as in nova: usage, hypervisors', async () => {
    await addDownCell(as.current())
    for (const path of ['/os-simple-tenant-usage', '/os-hypervisors', '/os-hypervisors/detail']) {
      const { body } = await as('admin', '2.69').get(path).expect(500)
      assert.equal(body.computeFault.code, 500)
    }
  })

  it('is not found out by what stands in other cells', async () => {
    const here = await addServer(as.current())
    await addDownCell(as.current())
    await as('member', '2.69').get(`/servers/${here.uuid}/os-instance-actions`).expect(200)
    await as('admin', '2.69').get('/os-availability-zone/detail').expect(200)
    await as('member', '2.69').get('/limits').expect(200)
  })
})

describe('servers of a cell that is down, which the operator does not want left out', () => {
  const as = eachWithApi({ conf: { api: { list_records_by_skipping_down_cells: false } } })

  it('make a list fail, but for one that tells of them', async () => {
    const api = as.current()
    const { lost } = await addDownCell(api)
    await as('member', '2.68').get('/servers').expect(500)
    await as('member', '2.69').get('/servers?status=ACTIVE').expect(500)
    const { body } = await clientOf(api, 'member', '2.69').get('/servers').expect(200)
    assert.equal(body.servers[0].id, lost.instanceUuid)
  })

  it('make a list of migrations fail', async () => {
    await addDownCell(as.current())
    await as('admin', '2.59').get('/os-migrations').expect(500)
  })
})
