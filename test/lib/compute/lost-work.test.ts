import assert from 'node:assert/strict'
import type { IndirectionApi } from '../../../lib/context/index.js'
import { ImageNotActive } from '../../../lib/exception/index.js'
import { Instance, InstanceFault } from '../../../lib/objects/index.js'
import { MessagingTimeout } from '../../../lib/rpc/index.js'
import { isRecord } from '../../../lib/util/is-record.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

/** What a save of an instance is to write: the columns that changed. */
const savedOf = (objinst: unknown, method: string): Readonly<Record<string, unknown>> => {
  if (method !== 'save' || !isRecord(objinst)) return {}
  if (objinst['nova_object.name'] !== 'Instance') return {}
  const data = objinst['nova_object.data']
  const changes = objinst['nova_object.changes']
  if (!isRecord(data) || !Array.isArray(changes)) return {}
  return Object.fromEntries(changes.map(name => [String(name), data[String(name)]]))
}

/** A conductor that something befalls when an instance is saved. */
const befalling = (
  befall: (saved: Readonly<Record<string, unknown>>, save: () => Promise<void>) => Promise<void>,
) => {
  return (conductor: IndirectionApi): IndirectionApi => ({
    objectClassActionVersions: (...args) => conductor.objectClassActionVersions(...args),
    objectBackportVersions: (...args) => conductor.objectBackportVersions(...args),
    objectAction: async (context, objinst, method, args, kwargs) => {
      let answer: Awaited<ReturnType<IndirectionApi['objectAction']>> | undefined
      await befall(savedOf(objinst, method), async () => {
        answer = await conductor.objectAction(context, objinst, method, args, kwargs)
      })
      return answer ?? conductor.objectAction(context, objinst, method, args, kwargs)
    },
  })
}

const LONG_AGO = new Date('2020-01-01T00:00:00Z')

describe('work that is lost between a compute and its conductor', () => {
  let cloud: WorkerCloud
  afterEach(() => cloud.stop())

  const idle = async (): Promise<void> => {
    for (const { manager } of cloud.hosts.values()) await manager.idle()
  }
  const sweep = async (host = 'compute-1'): Promise<void> => {
    const tasks = cloud.hosts.get(host)?.manager.periodicTasks() ?? []
    await tasks.find(({ name }) => name === 'finish_abandoned')?.run()
  }
  const write = async (
    uuid: string,
    values: { vm_state?: string; task_state?: string | undefined; updated_at?: Date },
  ): Promise<void> => {
    await cloud.cell1.kysely.updateTable('instances').set(values).where('uuid', '=', uuid).execute()
  }
  const faultOf = async (uuid: string): Promise<string | undefined> =>
    (await InstanceFault.getLatestForInstance(cloud.context, uuid))?.message ?? undefined

  describe('the answer to the save to ACTIVE', () => {
    const between = (isWritten: boolean) => {
      let lost = false
      return befalling(async ({ vm_state: state }, save) => {
        if (state !== 'active' || lost) return
        lost = true
        if (isWritten) await save()
        throw new MessagingTimeout('Timed out waiting for a reply')
      })
    }

    // The guest was destroyed and the server built elsewhere, though its owner saw it ACTIVE.
    it('does not undo what was written', async () => {
      cloud = await WorkerCloud.start([{ host: 'compute-1', between: between(true) }])
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      await idle()
      const { host, vmState, launchedAt } = await cloud.settled(uuid, 'active')
      assert.deepEqual([host, vmState, launchedAt instanceof Date], ['compute-1', 'active', true])
      assert.deepEqual((await cloud.leftovers(uuid)).sort(), [
        'allocation',
        'guest on compute-1',
        'port',
        'row in cell1',
      ])
    })

    it('has what was not written built elsewhere, once', async () => {
      cloud = await WorkerCloud.start([
        {
          host: 'compute-1',
          capacity: { vcpus: 10, memoryMb: 200_000, localGb: 1000 },
          between: between(false),
        },
        { host: 'compute-2', capacity: { vcpus: 10, memoryMb: 100_000, localGb: 1000 } },
      ])
      const [uuid = ''] = await cloud.boot()
      assert.equal((await cloud.settled(uuid, 'active')).host, 'compute-2')
      await idle()
      assert.deepEqual((await cloud.leftovers(uuid)).sort(), [
        'allocation',
        'guest on compute-2',
        'port',
        'row in cell1',
      ])
    })
  })

  // The conductor had told the owner of an error, for it took the cast to be lost.
  it('leaves alone a server that was given up before its message came', async () => {
    cloud = await WorkerCloud.start([
      {
        host: 'compute-1',
        between: befalling(async ({ vm_state: state, task_state: task }) => {
          // The first that it does is to take the task of those who sent it.
          if (state !== 'active' && task === null) await write(uuid, { vm_state: 'error' })
        }),
      },
    ])
    let uuid = ''
    await cloud.boot(1, {
      beforeCast: async ([request]) => {
        uuid = request?.instanceUuid ?? ''
      },
    })
    await cloud.log.seen(/disappeared before build/)
    await idle()
    const instance = await cloud.find(uuid)
    assert.deepEqual([instance?.vmState, instance?.host], ['error', null])
    assert.deepEqual(await cloud.leftovers(uuid), ['row in cell1'])
  })

  // The task was ended, and what its owner was told to be gone came back, ACTIVE or in ERROR.
  describe('of a deletion keeps it a deletion, which is finished later:', () => {
    const finished = async (uuid: string): Promise<void> => {
      await cloud.delete(uuid)
      await eventually('it failed', async () =>
        cloud.log.lines.find(({ level, fields }) => {
          return level === 'error' && fields.method === 'terminate_instance'
        }),
      )
      assert.equal(await faultOf(uuid), 'MessagingTimeout')
      const { vmState, taskState } = (await cloud.find(uuid)) ?? {}
      assert.deepEqual([vmState, taskState], ['active', 'deleting'])
      await write(uuid, { updated_at: LONG_AGO })
      await sweep()
      assert.deepEqual(await cloud.leftovers(uuid), [])
    }

    it('at its end', async () => {
      let isAway = true
      cloud = await WorkerCloud.start([
        {
          host: 'compute-1',
          between: befalling(async ({ vm_state: state }) => {
            if (state !== 'deleted' || !isAway) return
            isAway = false
            throw new MessagingTimeout('Timed out waiting for a reply')
          }),
        },
      ])
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      await finished(uuid)
    })

    it('at its beginning', async () => {
      let isAway = true
      cloud = await WorkerCloud.start([
        {
          host: 'compute-1',
          hook: async method => {
            if (method !== 'destroy' || !isAway) return
            isAway = false
            throw new MessagingTimeout('Timed out waiting for a reply')
          },
        },
      ])
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      await finished(uuid)
    })
  })

  // The task became null, and a server whose deletion had been accepted stayed.
  it('is no deletion that comes while a method fails', async () => {
    cloud = await WorkerCloud.start([
      {
        host: 'compute-1',
        hook: async (method, { uuid }) => {
          if (method !== 'pause') return
          await write(uuid, { task_state: 'deleting', updated_at: LONG_AGO })
          throw new Error('no')
        },
      },
    ])
    const [uuid = ''] = await cloud.boot()
    await cloud.settled(uuid, 'active')
    await idle()
    await cloud.servers.pause(await cloud.asked(uuid))
    await eventually('it failed', async () =>
      cloud.log.lines.find(({ fields }) => fields.method === 'pause_instance'),
    )
    assert.equal((await cloud.find(uuid))?.taskState, 'deleting')
    await sweep()
    assert.deepEqual(await cloud.leftovers(uuid), [])
  })

  // Its task was written over by the next step of the build, and the server ended ACTIVE.
  describe('is no deletion that a build meets, though its message is lost:', () => {
    const finished = async (uuid: string): Promise<void> => {
      await eventually('the build ended', async () =>
        cloud.log.lines.find(({ text }) => /disappeared (during|while) /.test(text)),
      )
      await idle()
      assert.equal((await cloud.find(uuid))?.taskState, 'deleting')
      await sweep()
      await eventually('nothing is left', async () =>
        (await cloud.leftovers(uuid)).length === 0 ? true : undefined,
      )
    }

    it('while it goes on', async () => {
      cloud = await WorkerCloud.start([
        {
          host: 'compute-1',
          between: befalling(async ({ task_state: task }) => {
            if (task === 'block_device_mapping') {
              await write(uuid, { task_state: 'deleting', updated_at: LONG_AGO })
            }
          }),
        },
      ])
      let uuid = ''
      await cloud.boot(1, {
        beforeCast: async ([request]) => {
          uuid = request?.instanceUuid ?? ''
        },
      })
      await finished(uuid)
    })

    it('while it fails', async () => {
      cloud = await WorkerCloud.start([
        {
          host: 'compute-1',
          hook: async (method, { uuid }) => {
            if (method !== 'spawn') return
            await write(uuid, { task_state: 'deleting', updated_at: LONG_AGO })
            throw new ImageNotActive({ image_id: 'image' })
          },
        },
      ])
      const [uuid = ''] = await cloud.boot()
      await finished(uuid)
    })
  })

  describe('is found by finish_abandoned:', () => {
    it('a build ends in error, with a fault', async () => {
      cloud = await WorkerCloud.start([{ host: 'compute-1' }])
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      await idle()
      await write(uuid, { vm_state: 'building', task_state: 'spawning', updated_at: LONG_AGO })
      await sweep()
      const { host, taskState } = await cloud.settled(uuid, 'error')
      // On its host, which has to clear it away when it is deleted.
      assert.deepEqual([host, taskState], ['compute-1', null])
      assert.equal(
        await faultOf(uuid),
        `Build of instance ${uuid} aborted: it was interrupted on its host.`,
      )
      await cloud.delete(uuid)
      await eventually('nothing is left', async () =>
        (await cloud.leftovers(uuid)).length === 0 ? true : undefined,
      )
    })

    it('a deletion is done', async () => {
      cloud = await WorkerCloud.start([{ host: 'compute-1' }])
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      await idle()
      await write(uuid, { task_state: 'deleting', updated_at: LONG_AGO })
      await sweep()
      assert.deepEqual(await cloud.leftovers(uuid), [])
    })

    for (const [task, vmState] of [
      ['rebooting_hard', 'active'],
      ['powering-off', 'stopped'],
      ['pausing', 'active'],
      ['rebuilding', 'error'],
    ]) {
      it(`a server in ${task} is brought to ${vmState}`, async () => {
        cloud = await WorkerCloud.start([{ host: 'compute-1' }])
        const [uuid = ''] = await cloud.boot()
        await cloud.settled(uuid, 'active')
        await idle()
        await write(uuid, { task_state: task, updated_at: LONG_AGO })
        await sweep()
        await cloud.settled(uuid, vmState ?? '')
      })
    }

    it('not a live migration, which runs without the lock', async () => {
      cloud = await WorkerCloud.start([{ host: 'compute-1' }])
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      await idle()
      await write(uuid, { task_state: 'migrating', updated_at: LONG_AGO })
      await sweep()
      assert.equal((await cloud.find(uuid))?.taskState, 'migrating')
    })

    it('not what was touched a moment ago', async () => {
      cloud = await WorkerCloud.start([{ host: 'compute-1' }])
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      await idle()
      await write(uuid, { task_state: 'deleting', updated_at: new Date() })
      await sweep()
      assert.equal((await cloud.find(uuid))?.taskState, 'deleting')
    })

    it('not what is being worked on, however long that takes', async () => {
      cloud = await WorkerCloud.start([
        {
          host: 'compute-1',
          hook: async (method, { uuid }) => {
            if (method !== 'spawn') return
            await write(uuid, { updated_at: LONG_AGO })
            await sweep()
          },
        },
      ])
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      assert.equal(await faultOf(uuid), undefined)
      assert.ok(await Instance.getByUuid(cloud.context, uuid))
    })
  })
})
