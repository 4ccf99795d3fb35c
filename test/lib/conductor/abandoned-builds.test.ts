import assert from 'node:assert/strict'
import { endAbandonedBuilds } from '../../../lib/conductor/abandoned-builds.js'
import { buryInCell0 } from '../../../lib/conductor/cell0.js'
import { ComputeTaskManager } from '../../../lib/conductor/compute-task.js'
import { endOrphanedClaims } from '../../../lib/conductor/orphaned-claims.js'
import type { ConductorServices } from '../../../lib/conductor/services.js'
import { finishDeletions } from '../../../lib/conductor/unfinished-deletions.js'
import type { Database } from '../../../lib/db/database.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import {
  BuildRequest,
  BuildRequestList,
  CellMappingList,
  InstanceFault,
  InstanceList,
  InstanceMapping,
} from '../../../lib/objects/index.js'
import { MessagingTimeout } from '../../../lib/rpc/index.js'
import { claimResources, getAllocations } from '../../../lib/scheduler/claims.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

const resources = { VCPU: 1, MEMORY_MB: 512, DISK_GB: 1 }

describe('builds that their conductor left behind', () => {
  let cloud: WorkerCloud
  beforeEach(async () => {
    cloud = await WorkerCloud.start([{ host: 'compute-1' }])
  })
  afterEach(() => cloud.stop())

  const options = () => ({
    ...cloud.conductorServices,
    mappings: async () => (await CellMappingList.getAll(cloud.context)).objects,
  })
  const sweep = (before: Date | null = null) => endAbandonedBuilds(cloud.context, options(), before)
  /** A conductor that ends in the middle: what it waits for never comes. */
  const bootUntil = async (
    change: (services: ConductorServices, dies: () => Promise<never>) => ConductorServices,
  ): Promise<string> => {
    const died = Promise.withResolvers<void>()
    const dies = (): Promise<never> => {
      died.resolve()
      return new Promise(() => {})
    }
    const tasks = new ComputeTaskManager(change(cloud.conductorServices, dies))
    const [uuid = ''] = await cloud.boot(1, {
      send: async (context, args) => {
        await Promise.race([tasks.scheduleAndBuildInstances(context, args), died.promise])
      },
    })
    return uuid
  }
  const bootUntilWritten = () =>
    bootUntil((services, dies) => ({ ...services, quota: { recheckInstances: dies } }))
  const requests = async () =>
    (await BuildRequestList.ofProject(cloud.context, null)).objects.map(one => one.instanceUuid)
  const cellOf = async (uuid: string) =>
    (await InstanceMapping.getByInstanceUuid(cloud.context, uuid)).cellMapping?.name ?? null
  const deletedByOwner = async (uuid: string) => {
    const mapping = await InstanceMapping.getByInstanceUuid(cloud.context, uuid)
    mapping.queuedForDelete = true
    await mapping.save()
  }
  const faultOf = async (uuid: string) => {
    const instance = await cloud.find(uuid)
    const context = instance?.requireContext('test')
    return context && (await InstanceFault.getLatestForInstance(context, uuid))?.message
  }
  const isInError = async (uuid: string, where: string) => {
    const instance = await cloud.find(uuid)
    assert.deepEqual(
      [instance?.vmState, instance?.taskState, instance?.host],
      ['error', null, null],
    )
    assert.deepEqual([await cellOf(uuid), await requests()], [where, []])
    assert.deepEqual(await cloud.leftovers(uuid), [`row in ${where}`])
  }

  it('end in cell0 when nothing was done for them', async () => {
    const [uuid = ''] = await cloud.boot(1, { send: async () => {} })
    assert.equal(await sweep(), 1)
    await isInError(uuid, 'cell0')
    assert.equal(
      await faultOf(uuid),
      `Build of instance ${uuid} aborted: it was interrupted before a host had it.`,
    )
    assert.equal(await sweep(), 0)
  })

  it('end in their cell when their row was written', async () => {
    const uuid = await bootUntilWritten()
    assert.deepEqual([await cellOf(uuid), await requests()], [null, [uuid]])
    assert.equal(await sweep(), 1)
    await isInError(uuid, 'cell1')
    assert.match((await faultOf(uuid)) ?? '', /interrupted before a host had it/)
  })

  it('leave nothing when their owner had deleted them', async () => {
    const uuid = await bootUntilWritten()
    await deletedByOwner(uuid)
    assert.equal(await sweep(), 1)
    assert.deepEqual([await cloud.leftovers(uuid), await requests()], [[], []])
  })

  it('end in error when the host never heard of them', async () => {
    // Cast into a queue that nobody consumes.
    await cloud.stopHost('compute-1')
    const [uuid = ''] = await cloud.boot()
    await eventually('sent', async () => {
      const instance = await cloud.find(uuid)
      return instance && (await requests()).length === 0 ? true : undefined
    })
    assert.equal(await sweep(), 1)
    await isInError(uuid, 'cell1')
  })

  it('are left alone while somebody may be at work on them', async () => {
    const uuid = await bootUntilWritten()
    const [other = ''] = await cloud.boot(1, { send: async () => {} })
    assert.equal(await sweep(new Date(Date.now() - 60_000)), 0)
    assert.deepEqual((await requests()).sort(), [uuid, other].sort())
  })

  describe('in the middle of a burial', () => {
    const buried = async (): Promise<string> => {
      const [uuid = ''] = await cloud.boot(1, { send: async () => {} })
      const request = await BuildRequest.getByInstanceUuid(cloud.context, uuid)
      await buryInCell0(cloud.context, cloud.conductorServices, {
        buildRequests: [request],
        blockDevices: [],
        tags: null,
        reason: new Error('no host'),
      })
      // As it was before the last steps.
      await cloud.cell0.kysely
        .updateTable('instances')
        .set({ vm_state: 'building', task_state: 'scheduling' })
        .execute()
      const mapping = await InstanceMapping.getByInstanceUuid(cloud.context, uuid)
      mapping.cellMapping = null
      await mapping.save()
      await new BuildRequest(cloud.context, {
        instanceUuid: uuid,
        projectId: 'project',
        instance: request.instance,
        blockDeviceMappings: request.blockDeviceMappings,
        ...(request.tags ? { tags: request.tags } : {}),
      }).create()
      return uuid
    }

    it('are buried to the end, once', async () => {
      const uuid = await buried()
      assert.equal(await sweep(), 1)
      await isInError(uuid, 'cell0')
      const rows = await cloud.cell0.kysely.selectFrom('instances').select('uuid').execute()
      assert.deepEqual(rows, [{ uuid }])
    })
  })

  it('leave nothing when their owner deletes them while they are buried', async () => {
    const [uuid = ''] = await cloud.boot(1, { send: async () => {} })
    const request = await BuildRequest.getByInstanceUuid(cloud.context, uuid)
    await (await BuildRequest.getByInstanceUuid(cloud.context, uuid)).destroy()
    await buryInCell0(cloud.context, cloud.conductorServices, {
      buildRequests: [request],
      blockDevices: [],
      tags: null,
      reason: new Error('no host'),
    })
    assert.deepEqual(await cloud.leftovers(uuid), [])
  })

  describe('whose row could not be written', () => {
    /** The cell's database while something is wrong with it. */
    const withCell = async (transaction: Database<CellSchema>['transaction']): Promise<string> => {
      const broken: Database<CellSchema> = Object.assign(Object.create(cloud.cell1), {
        kysely: cloud.cell1.kysely,
        dialect: cloud.cell1.dialect,
        url: cloud.cell1.url,
        transaction,
      })
      const services = cloud.conductorServices
      const tasks = new ComputeTaskManager({
        ...services,
        cells: {
          target: async (context, mapping) => {
            const aimed = await services.cells.target(context, mapping)
            if (mapping.isCell0() || aimed.data?.kind !== 'direct') return aimed
            return aimed.withData({ ...aimed.data, cell: broken })
          },
        },
      })
      const [uuid = ''] = await cloud.boot(1, {
        send: (context, args) => tasks.scheduleAndBuildInstances(context, args),
      })
      return uuid
    }
    const connectionBroke = () => Object.assign(new Error('the connection broke'), { fatal: true })

    it('end in cell0, and claim nothing', async () => {
      const uuid = await withCell(() => Promise.reject(connectionBroke()))
      await isInError(uuid, 'cell0')
    })

    // It was buried in cell0 beside its row in the cell, and its claim stayed.
    it('end in their cell when it was written all the same', async () => {
      let answers = false
      const uuid = await withCell(async work => {
        const done = await cloud.cell1.transaction(work)
        if (answers) return done
        answers = true
        throw connectionBroke()
      })
      await isInError(uuid, 'cell1')
    })
  })
})

describe('deletions that were accepted, of servers without a host', () => {
  let cloud: WorkerCloud
  let uuid = ''
  beforeEach(async () => {
    cloud = await WorkerCloud.start([])
    ;[uuid = ''] = await cloud.boot()
    await cloud.settled(uuid, 'error')
  })
  afterEach(() => cloud.stop())

  const sweep = (before: Date | null = null) =>
    finishDeletions(
      cloud.context,
      {
        ...cloud.conductorServices,
        mappings: async () => (await CellMappingList.getAll(cloud.context)).objects,
      },
      before,
    )
  /** The request is answered; then whoever worked on it is killed. */
  const accepted = async () => {
    const mapping = await InstanceMapping.getByInstanceUuid(cloud.context, uuid)
    mapping.queuedForDelete = true
    await mapping.save()
  }

  // It was listed for ever, in ERROR, by a cell that no nova-compute looks after.
  it('are finished', async () => {
    await accepted()
    assert.deepEqual(await cloud.leftovers(uuid), ['row in cell0'])
    assert.equal(await sweep(new Date(Date.now() - 60_000)), 0)
    assert.equal(await sweep(), 1)
    assert.deepEqual(await cloud.leftovers(uuid), [])
    assert.equal(await sweep(), 0)
  })

  it('are not made of failures that nobody has deleted', async () => {
    assert.equal(await sweep(), 0)
    assert.deepEqual(await cloud.leftovers(uuid), ['row in cell0'])
  })
})

describe('claims that nobody uses', () => {
  let cloud: WorkerCloud
  beforeEach(async () => {
    cloud = await WorkerCloud.start([{ host: 'compute-1' }])
  })
  afterEach(() => cloud.stop())

  const sweep = (before: Date | null = null) =>
    endOrphanedClaims(
      cloud.context,
      {
        ...cloud.conductorServices,
        api: cloud.api,
        mappings: async () => (await CellMappingList.getAll(cloud.context)).objects,
      },
      before,
    )
  const claims = async (uuid: string) => Object.keys(await getAllocations(cloud.api, uuid)).length
  /** As a scheduler that comes late. */
  const claim = async (consumerUuid: string) => {
    const { uuid } = await cloud.api.kysely
      .selectFrom('resource_providers')
      .select('uuid')
      .executeTakeFirstOrThrow()
    const owner = { consumerUuid, projectId: 'project', userId: 'user' }
    assert.equal(await claimResources(cloud.api, uuid, resources, owner), true)
  }
  const buried = async (): Promise<string> => {
    const [uuid = ''] = await cloud.boot(1, { send: async () => {} })
    await buryInCell0(cloud.context, cloud.conductorServices, {
      buildRequests: [await BuildRequest.getByInstanceUuid(cloud.context, uuid)],
      blockDevices: [],
      tags: null,
      reason: new Error('no host'),
    })
    return uuid
  }

  // The conductor gave up waiting, and the claim stayed for ever.
  it('are not made by a scheduler whose answer was lost', async () => {
    const services = cloud.conductorServices
    const tasks = new ComputeTaskManager({
      ...services,
      scheduler: {
        selectDestinations: async (...args) => {
          await services.scheduler.selectDestinations(...args)
          throw new MessagingTimeout('Timed out waiting for a reply')
        },
      },
    })
    const [uuid = ''] = await cloud.boot(1, {
      send: (context, args) => tasks.scheduleAndBuildInstances(context, args),
    })
    assert.deepEqual(await cloud.leftovers(uuid), ['row in cell0'])
  })

  it('are given back for what is in cell0', async () => {
    const uuid = await buried()
    await claim(uuid)
    assert.equal(await sweep(), 1)
    assert.deepEqual(await cloud.leftovers(uuid), ['row in cell0'])
    assert.equal(await sweep(), 0)
  })

  it('are given back for what was deleted before it had a cell', async () => {
    const [uuid = ''] = await cloud.boot(1, { send: async () => {} })
    await (await BuildRequest.getByInstanceUuid(cloud.context, uuid)).destroy()
    await claim(uuid)
    assert.equal(await sweep(), 1)
    assert.equal(await claims(uuid), 0)
  })

  it('are given back for what was deleted in its cell', async () => {
    const [uuid = ''] = await cloud.boot()
    const instance = await cloud.settled(uuid, 'active')
    const mapping = await InstanceMapping.getByInstanceUuid(cloud.context, uuid)
    mapping.queuedForDelete = true
    await mapping.save()
    assert.deepEqual([await sweep(), await claims(uuid)], [0, 1])
    await instance.destroy()
    assert.deepEqual([await sweep(), await claims(uuid)], [1, 0])
  })

  it('are given back for what was given up without a host', async () => {
    const [uuid = ''] = await cloud.boot()
    const instance = await cloud.settled(uuid, 'active')
    instance.vmState = 'error'
    instance.host = null
    instance.node = null
    await instance.save()
    assert.deepEqual([await sweep(), await claims(uuid)], [1, 0])
  })

  it('are left to what runs, what is built, the young, and others than servers', async () => {
    const [active = ''] = await cloud.boot()
    await cloud.settled(active, 'active')
    const [building = ''] = await cloud.boot(1, { send: async () => {} })
    await claim(building)
    const other = '22222222-2222-4222-8222-222222222222'
    await claim(other)
    assert.equal(await sweep(), 0)
    const young = await buried()
    await claim(young)
    assert.equal(await sweep(new Date(Date.now() - 60_000)), 0)
    for (const uuid of [active, building, other, young]) assert.equal(await claims(uuid), 1)
    assert.equal((await InstanceList.getByFilters(cloud.context, {})).objects.length, 1)
  })
})
