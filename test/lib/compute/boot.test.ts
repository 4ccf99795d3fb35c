import assert from 'node:assert/strict'
import {
  InstanceActionEventList,
  InstanceActionList,
  InstanceFault,
} from '../../../lib/objects/index.js'
import { getAllocations } from '../../../lib/scheduler/claims.js'
import { parseFailures } from '../../../lib/virt/fake/index.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

const small = { vcpus: 10, memoryMb: 100_000, localGb: 1000 }

describe('a boot through conductor, scheduler and compute', () => {
  let cloud: WorkerCloud
  afterEach(() => cloud.stop())

  it('ends ACTIVE on a host, claimed, with its port and its guest; a delete leaves nothing', async () => {
    cloud = await WorkerCloud.start([{ host: 'compute-1' }])
    const [uuid = ''] = await cloud.boot()
    const instance = await cloud.settled(uuid, 'active')
    assert.deepEqual(
      [
        instance.host,
        instance.node,
        instance.powerState,
        instance.rootDeviceName,
        instance.launchedOn,
      ],
      ['compute-1', 'compute-1', 1, '/dev/vda', 'compute-1'],
    )
    assert.equal(instance.availabilityZone, 'nova')
    assert.ok(instance.launchedAt instanceof Date)
    assert.equal(Object.keys(await getAllocations(cloud.api, uuid)).length, 1)
    assert.deepEqual((await cloud.leftovers(uuid)).sort(), [
      'allocation',
      'guest on compute-1',
      'port',
      'row in cell1',
    ])

    const [create] = await InstanceActionList.getByInstanceUuid(cloud.context, uuid)
    assert.equal(create?.action, 'create')
    const event = await eventually('the event ended', async () => {
      const [one] = await InstanceActionEventList.getByAction(cloud.context, create?.id ?? 0)
      return one?.result ? one : undefined
    })
    assert.deepEqual(
      [event.event, event.result, event.host],
      ['compute__do_build_and_run_instance', 'Success', 'compute-1'],
    )

    await cloud.delete(uuid)
    await eventually('deleted', async () => ((await cloud.find(uuid)) ? undefined : true))
    await eventually('nothing left', async () =>
      (await cloud.leftovers(uuid)).length === 0 ? true : undefined,
    )
  })

  it('of 50 at once on hosts with room for 20: 20 are ACTIVE, 30 in error in cell0', async () => {
    cloud = await WorkerCloud.start([
      { host: 'compute-1', capacity: small },
      { host: 'compute-2', capacity: small },
    ])
    const uuids = (await Promise.all(Array.from({ length: 50 }, () => cloud.boot()))).flat()
    const states = await eventually('all settled', async () => {
      const instances = await Promise.all(uuids.map(uuid => cloud.find(uuid)))
      const settled = instances.filter(
        one => one?.taskState === null && (one.vmState === 'active' || one.vmState === 'error'),
      )
      return settled.length === uuids.length ? settled : undefined
    })
    assert.equal(states.filter(one => one?.vmState === 'active').length, 20)
    const failed = states.filter(one => one?.vmState === 'error')
    assert.equal(failed.length, 30)
    const [buried] = failed
    assert.ok(buried)
    const fault = await eventually(
      'a fault',
      async () =>
        (await InstanceFault.getLatestForInstance(buried.requireContext('test'), buried.uuid)) ??
        undefined,
    )
    // Without a reason, unless another took the last place between the look and the claim.
    assert.match(
      fault.message ?? '',
      /^No valid host was found\. (There are not enough hosts available\.)?$/,
    )
    assert.deepEqual([fault.code, fault.host], [500, 'control'])
    // For administrators, across RPC.
    assert.match(fault.details ?? '', /^of \d+ hosts?, .*dropped \d+ \(compute-.*\nNoValidHost: /)
    assert.deepEqual(await cloud.leftovers(buried.uuid), ['row in cell0'])
  })

  it('is checked against the quota again when its row is written: the rest ends in error, unclaimed', async () => {
    cloud = await WorkerCloud.start([{ host: 'compute-1' }], { quota: { instances: 2 } })
    const [first = ''] = await cloud.boot()
    const [second = ''] = await cloud.boot()
    await cloud.settled(first, 'active')
    await cloud.settled(second, 'active')
    const [third = ''] = await cloud.boot()
    const failed = await cloud.settled(third, 'error')
    const fault = await eventually(
      'a fault',
      async () =>
        (await InstanceFault.getLatestForInstance(failed.requireContext('test'), third)) ??
        undefined,
    )
    assert.equal(
      fault.message,
      'Quota exceeded for instances: Requested 0, but already used 3 of 2 instances',
    )
    assert.deepEqual(await cloud.leftovers(third), ['row in cell1'])
  })

  it('is tried on another host when the first fails, and the first keeps nothing', async () => {
    cloud = await WorkerCloud.start([
      {
        host: 'compute-1',
        capacity: { ...small, memoryMb: 200_000 },
        failures: parseFailures(['spawn']),
      },
      { host: 'compute-2', capacity: small },
    ])
    const [uuid = ''] = await cloud.boot()
    const instance = await cloud.settled(uuid, 'active')
    assert.equal(instance.host, 'compute-2')
    const [provider = ''] = Object.keys(await getAllocations(cloud.api, uuid))
    const node = await cloud.cell1.kysely
      .selectFrom('compute_nodes')
      .select('host')
      .where('uuid', '=', provider)
      .executeTakeFirst()
    assert.equal(node?.host, 'compute-2')
    assert.deepEqual((await cloud.leftovers(uuid)).sort(), [
      'allocation',
      'guest on compute-2',
      'port',
      'row in cell1',
    ])
  })

  it('ends in error with a fault when every host fails, with nothing claimed', async () => {
    const failing = { capacity: small, failures: parseFailures(['spawn']) }
    cloud = await WorkerCloud.start([
      { host: 'compute-1', ...failing },
      { host: 'compute-2', ...failing },
    ])
    const [uuid = ''] = await cloud.boot()
    const instance = await cloud.settled(uuid, 'error')
    assert.equal(instance.host, null)
    const fault = await eventually(
      'a fault',
      async () => (await InstanceFault.getLatestForInstance(cloud.context, uuid)) ?? undefined,
    )
    assert.equal(
      fault.message,
      'Exceeded maximum number of retries. Exhausted all hosts available for retrying build ' +
        `failures for instance ${uuid}.`,
    )
    assert.deepEqual(await cloud.leftovers(uuid), ['row in cell1'])
  })

  describe('deleted meanwhile leaves nothing', () => {
    const gone = async (uuid: string) => {
      await eventually('nothing left', async () =>
        (await cloud.leftovers(uuid)).length === 0 ? true : undefined,
      )
      // Not even after all that was under way has ended.
      for (const { manager } of cloud.hosts.values()) await manager.idle()
      assert.deepEqual(await cloud.leftovers(uuid), [])
    }

    it('while the guest is made', async () => {
      const deleted = Promise.withResolvers<void>()
      cloud = await WorkerCloud.start([
        {
          host: 'compute-1',
          hook: async (method, { uuid }) => {
            if (method !== 'spawn') return
            await cloud.delete(uuid)
            deleted.resolve()
          },
        },
      ])
      const [uuid = ''] = await cloud.boot()
      await deleted.promise
      await gone(uuid)
    })

    it('while its networks are made', async () => {
      cloud = await WorkerCloud.start([{ host: 'compute-1' }])
      const deleted = Promise.withResolvers<void>()
      cloud.networks.beforeAllocate = async uuid => {
        await cloud.delete(uuid)
        deleted.resolve()
      }
      const [uuid = ''] = await cloud.boot()
      await deleted.promise
      await gone(uuid)
    })

    it('by a row that is gone when the guest is there (a delete that found no host)', async () => {
      const deleted = Promise.withResolvers<void>()
      cloud = await WorkerCloud.start([
        {
          host: 'compute-1',
          hook: async (method, { uuid }) => {
            if (method !== 'spawn') return
            const instance = await cloud.find(uuid)
            await instance?.destroy()
            deleted.resolve()
          },
        },
      ])
      const [uuid = ''] = await cloud.boot()
      await deleted.promise
      await gone(uuid)
    })

    it('before it had a row: its build request is gone', async () => {
      cloud = await WorkerCloud.start([{ host: 'compute-1' }])
      const [uuid = ''] = await cloud.boot(1, {
        beforeCast: async requests => {
          for (const request of requests) await request.destroy()
        },
      })
      await eventually('mapping gone', async () => {
        const rows = await cloud.api.kysely
          .selectFrom('instance_mappings')
          .select('id')
          .where('instance_uuid', '=', uuid)
          .execute()
        return rows.length === 0 ? true : undefined
      })
      await gone(uuid)
    })

    it('after a host failed, while the next one builds', async () => {
      const deleted = Promise.withResolvers<void>()
      cloud = await WorkerCloud.start([
        {
          host: 'compute-1',
          capacity: { ...small, memoryMb: 200_000 },
          failures: parseFailures(['spawn']),
        },
        {
          host: 'compute-2',
          capacity: small,
          hook: async (method, { uuid }) => {
            if (method !== 'spawn') return
            await cloud.delete(uuid)
            deleted.resolve()
          },
        },
      ])
      const [uuid = ''] = await cloud.boot()
      await deleted.promise
      await gone(uuid)
    })
  })
})
