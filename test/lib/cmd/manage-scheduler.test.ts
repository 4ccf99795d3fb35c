import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { RequestContext } from '../../../lib/context/index.js'
import type { Database } from '../../../lib/db/database.js'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { Flavor, InstanceGroup, RequestSpec } from '../../../lib/objects/index.js'
import { claimResources } from '../../../lib/scheduler/claims.js'
import { eachEngine } from '../../support/databases.js'
import { insertHost } from '../../support/hosts.js'
import { type ManagedCloud, managedClouds } from '../../support/managed-clouds.js'

const SERVER = '11111111-2222-4333-8444-555555555555'

describe('nova-manage scheduler explain', () => {
  eachEngine(engine => {
    const start = managedClouds(engine)
    let cloud: ManagedCloud
    let api: Database<ApiSchema>
    let cell: Database<CellSchema>
    let context: RequestContext

    const explain = (...args: string[]) => cloud.run('scheduler', 'explain', ...args)
    const flavor = (values: object = {}) =>
      new Flavor(context, {
        name: 'm1.tiny',
        flavorid: '1',
        vcpus: 1,
        memoryMb: 512,
        rootGb: 1,
        ephemeralGb: 0,
        swap: 0,
        rxtxFactor: 1,
        disabled: false,
        isPublic: true,
        ...values,
      })

    beforeEach(async () => {
      cloud = await start()
      api = engine.open<ApiSchema>(cloud.urls.api)
      cell = engine.open<CellSchema>(cloud.urls.cell)
      const data = { kind: 'direct', api, cell } as const
      context = new RequestContext({ isAdmin: true }, { data })
      await flavor().create()
    })

    it('tells which host was dropped by what, and how the rest were weighed', async () => {
      await insertHost(api, cell, { host: 'a', memoryMb: 16_384 })
      await insertHost(api, cell, { host: 'b' })
      await insertHost(api, cell, { host: 'c', disabled: true })
      await insertHost(api, cell, { host: 'd', memoryMb: 256 })
      const old = new Date(Date.now() - 3_600_000)
      await insertHost(api, cell, { host: 'e', lastSeenUp: old })
      const { code, out, err } = await explain('--flavor', 'm1.tiny')
      assert.deepEqual([code, err], [0, ''])
      assert.equal(
        out.replace(/\d+ s ago/, '# s ago'),
        `Flavor m1.tiny (DISK_GB 1, MEMORY_MB 512, VCPU 1)

2 of 5 hosts would do, in this order:

#  Host  Weight  RAMWeigher    CPUWeigher  DiskWeigher
1  b     3       +1 (32768)    +1 (16)     +1 (512000)
2  a     2.5     +0.5 (16384)  +1 (16)     +1 (512000)

Host  Dropped by      Why
c     compute status  nova-compute is disabled
d     resources       MEMORY_MB: 512 asked for, one server may have 256
e     ComputeFilter   nova-compute was last heard of # s ago
`,
      )
    })

    it('tells programs the same as JSON, and by its exit code whether there is a host', async () => {
      await insertHost(api, cell, { host: 'a' })
      const { code, out } = await explain(
        ...['--flavor', '1', '--availability-zone', 'east', '--hint', 'x=y', '--json'],
      )
      const { hosts, dropped, request } = JSON.parse(out)
      assert.equal(code, 3)
      assert.deepEqual(hosts, [])
      assert.deepEqual(
        [dropped.length, dropped[0].host, dropped[0].by, dropped[0].why],
        [1, 'a', 'map_az_to_placement_aggregate', 'in zone nova, not in east'],
      )
      assert.deepEqual([request.flavor, request.hints], ['m1.tiny', { x: ['y'] }])
    })

    it('answers for a server, what it has claimed counting as free, its group as it is', async () => {
      const node = await insertHost(api, cell, { host: 'a', vcpus: 1 })
      await insertHost(api, cell, { host: 'b', vcpus: 1, memoryMb: 1024 })
      const member = randomUUID()
      const group = new InstanceGroup(context, {
        uuid: randomUUID(),
        userId: 'u',
        projectId: 'p',
        name: 'apart',
        policy: 'anti-affinity',
        members: [SERVER, member],
      })
      await group.create()
      await cell.kysely
        .insertInto('instances')
        .values([
          { uuid: SERVER, host: 'a', deleted: 0 },
          { uuid: member, host: 'b', deleted: 0 },
        ])
        .execute()
      await new RequestSpec(context, {
        instanceUuid: SERVER,
        flavor: flavor(),
        numInstances: 1,
        projectId: 'p',
        instanceGroup: group,
      }).create()
      const owner = { consumerUuid: SERVER, projectId: 'p', userId: 'u' }
      await claimResources(api, node, { VCPU: 1 }, owner)
      const { code, out, err } = await explain('--server', SERVER)
      assert.deepEqual([code, err], [0, ''])
      assert.equal(
        out,
        `Server ${SERVER}, flavor m1.tiny (DISK_GB 1, MEMORY_MB 512, VCPU 1), group ${group.uuid} (anti-affinity)

1 of 2 hosts would do, in this order:

#  Host  Weight
1  a     0

Host  Dropped by                     Why
b     ServerGroupAntiAffinityFilter  has 1 of the group's members, of at most 1

What the server has claimed itself is counted as free.
`,
      )
    })

    it('says what is wrong with what it was told', async () => {
      for (const [args, wanted, expected] of [
        [[], 2, 'Say either --server ID, or --flavor and what else is asked for.'],
        [['--server', 'x'], 2, '--server x: expected the id of a server'],
        [['--server', SERVER], 1, `There is no server ${SERVER}, or it has been deleted.`],
        [['--flavor', 'no'], 1, "There is no flavor 'no', neither by name nor by id."],
        [['--flavor', '1', '--hint', 'x'], 2, "--hint 'x': expected name=value"],
        [
          ['--flavor', '1', '--image-property', 'no=1'],
          2,
          "--image-property: there is no property 'no'",
        ],
      ] as const) {
        const { code, out, err } = await explain(...args)
        assert.deepEqual([code, out, err], [wanted, '', `${expected}\n`])
      }
      const { code, out } = await explain('--flavor', '1', '--image-property', 'hw_vm_mode=xen')
      assert.equal(code, 3)
      assert.match(out, /There are no hosts: no enabled cell has a compute node that is ready/)
    })
  })
})
