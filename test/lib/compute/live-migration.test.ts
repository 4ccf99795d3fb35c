import assert from 'node:assert/strict'
import type { LiveMigrateRequest } from '../../../lib/compute/actions/live-migrate.js'
import {
  InvalidHypervisorType,
  MigrationPreCheckError,
  NoValidHost,
  UnableToMigrateToSelf,
} from '../../../lib/exception/index.js'
import { Service } from '../../../lib/objects/index.js'
import { eachWithMoves } from '../../support/move-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

type Suite = ReturnType<typeof eachWithMoves>

const over = ['completed', 'cancelled', 'failed', 'error']

const helpersFor = (at: Suite) => ({
  migrate: async (request: Partial<LiveMigrateRequest> = {}) =>
    at.cloud.servers.liveMigrate(await at.asked(), {
      host: null,
      force: false,
      blockMigration: null,
      diskOverCommit: null,
      isAsync: true,
      ...request,
    }),
  others: () => [...at.cloud.hosts.keys()].filter(host => host !== at.source),
  /** Resolves with the status when all is over, the server's task too. */
  ended: () =>
    eventually('the live migration ended', async () => {
      const [, status = ''] = await at.migration()
      const { taskState } = await at.asked()
      return over.includes(status ?? '') && taskState === null ? status : undefined
    }),
  status: (wanted: string) =>
    eventually(`a live migration ${wanted}`, async () => {
      const [last] = await at.migrations()
      return last?.status === wanted ? last : undefined
    }),
})

describe('a live migration', () => {
  const at = eachWithMoves()
  const { migrate, others, ended } = helpersFor(at)

  it('takes the running guest to another host', async () => {
    const seen: string[] = []
    at.before.live_migration = async host => {
      const { taskState, vmState } = await at.asked()
      seen.push(`${host} ${vmState}/${taskState} ${(await at.migration())[1]}`)
      assert.equal(Object.keys(await at.usage()).length, 2)
    }
    await migrate()
    assert.equal(await ended(), 'completed')
    const after = await at.settled('active')
    const { host } = after
    assert.ok(host && host !== at.source)
    assert.deepEqual(seen, [`${at.source} active/migrating running`])
    assert.deepEqual([after.node, after.powerState, after.progress], [host, 1, 0])
    assert.deepEqual(await at.guests(), [host])
    const [actions = []] = await at.actions(['live-migration'])
    assert.deepEqual([...actions].sort(), [
      'compute_check_can_live_migrate_destination=Success',
      'compute_check_can_live_migrate_source=Success',
      'compute_live_migration=Success',
      'compute_post_live_migration_at_destination=Success',
      'compute_pre_live_migration=Success',
      'conductor_live_migrate_instance=Success',
      'live-migration',
    ])
    const [row] = await at.migrations()
    assert.deepEqual(await at.migration(), ['live-migration', 'completed', at.source, host])
    assert.deepEqual(
      [row?.memoryTotal, row?.memoryProcessed, row?.memoryRemaining, row?.oldInstanceTypeId],
      [512 * 1024 ** 2, 512 * 1024 ** 2, 0, 1],
    )
    await eventually('the source is free', async () =>
      Object.keys(await at.claims()).join() === host ? true : undefined,
    )
    assert.deepEqual(await at.usage(), { [host]: 1 })
    assert.equal(at.cloud.networks.hosts.get(at.uuid), host)
  })

  it('of a paused guest leaves it paused', async () => {
    await at.cloud.servers.pause(await at.asked())
    await at.settled('paused')
    await migrate()
    await ended()
    const { powerState, host } = await at.settled('paused')
    assert.equal(powerState, 3)
    assert.notEqual(host, at.source)
  })

  it('goes where it is told, checked or forced', async () => {
    const [, second = ''] = others()
    await migrate({ host: second })
    assert.equal(await ended(), 'completed')
    assert.equal((await at.asked()).host, second)
    await migrate({ host: at.source, force: true })
    await eventually('it is back', async () =>
      (await at.asked()).host === at.source ? true : undefined,
    )
    assert.equal(await ended(), 'completed')
    await eventually('only here it is claimed', async () =>
      Object.keys(await at.claims()).join() === at.source ? true : undefined,
    )
  })

  it('asks the next host when one cannot', async () => {
    const [first = ''] = others()
    let refused = ''
    at.before.check_can_live_migrate_destination = host => {
      if (refused) return
      refused = host
      throw new MigrationPreCheckError({ reason: 'not here' })
    }
    await migrate()
    assert.equal(await ended(), 'completed')
    const { host } = await at.asked()
    assert.ok(refused && host !== refused && host !== at.source, first)
    await eventually('only there it is claimed', async () =>
      Object.keys(await at.claims()).join() === host ? true : undefined,
    )
  })

  it('that no host can take tells it who waits, and leaves the server as it was', async () => {
    at.before.check_can_live_migrate_destination = () => {
      throw new InvalidHypervisorType()
    }
    await assert.rejects(migrate({ isAsync: false }), NoValidHost)
    const after = await at.settled('active')
    assert.equal(after.host, at.source)
    assert.equal((await at.migration())[1], 'error')
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
    assert.match((await at.fault())?.message ?? '', /^No valid host was found/)
    await assert.rejects(
      migrate({ isAsync: false, host: at.source, force: true }),
      UnableToMigrateToSelf,
    )
    await at.settled('active')
  })

  it('of a server whose host is down is refused', async () => {
    const service = await Service.getByHostAndBinary(at.cloud.context, at.source, 'nova-compute')
    assert.ok(service)
    service.forcedDown = true
    await service.save()
    await migrate()
    assert.equal(await ended(), 'error')
    assert.match((await at.fault())?.message ?? '', /^Compute service of .* is unavailable/)
  })

  for (const [method, status] of [
    ['pre_live_migration', 'error'],
    ['live_migration', 'failed'],
  ] as const) {
    it(`that fails in ${method} leaves the guest where it was`, async () => {
      at.failing.add(method)
      await migrate()
      assert.equal(await ended(), status)
      const after = await at.settled('active')
      assert.deepEqual([after.host, after.powerState], [at.source, 1])
      await eventually('the guest is at home only', async () =>
        (await at.guests()).join() === at.source ? true : undefined,
      )
      assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
      await eventually('no room is held elsewhere', async () =>
        Object.keys(await at.usage()).join() === at.source ? true : undefined,
      )
      assert.equal(at.cloud.networks.hosts.get(at.uuid), at.source)
      assert.ok(await at.fault())
    })
  }
})

describe('a live migration that takes its time', () => {
  const at = eachWithMoves({ delays: new Map([['live_migration', 3600]]) })
  const { migrate, ended, status } = helpersFor(at)

  it('is aborted, and the server stays', async () => {
    await migrate()
    const { id } = await status('running')
    await eventually('progress is told', async () => {
      const [last] = await at.migrations()
      return last?.memoryTotal ? true : undefined
    })
    const [shown] = await at.cloud.servers.migrations.inProgress(await at.asked())
    assert.equal(shown?.id, id)
    await at.cloud.servers.migrations.abort(await at.asked(), id, ['running'])
    assert.equal(await ended(), 'cancelled')
    assert.equal((await at.asked()).host, at.source)
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
  })

  it('comes to its end when it is forced', async () => {
    await migrate()
    const { id } = await status('running')
    await eventually('progress is told', async () => {
      const [last] = await at.migrations()
      return last?.memoryTotal ? true : undefined
    })
    await at.cloud.servers.migrations.forceComplete(await at.asked(), id)
    assert.equal(await ended(), 'completed')
    assert.notEqual((await at.asked()).host, at.source)
  })

  it('has others wait, which can be aborted before their turn comes', async () => {
    await migrate()
    await status('running')
    const first = at.uuid
    const { cloud } = at
    let uuid = ''
    // Another on the same host.
    while (uuid === '') {
      const [next = ''] = await cloud.boot()
      if ((await cloud.settled(next, 'active')).host === at.source) uuid = next
    }
    at.uuid = uuid
    await migrate()
    const { id } = await status('queued')
    const { migrations } = cloud.servers
    await migrations.abort(await at.asked(), id, ['running', 'queued', 'preparing'])
    assert.equal(await ended(), 'cancelled')
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
    at.uuid = first
    assert.equal((await at.migration())[1], 'running')
  })

  it('is over when its source stops: the guest stays', async () => {
    await migrate()
    await status('running')
    await at.cloud.stopHost(at.source)
    assert.equal(await ended(), 'cancelled')
    assert.equal((await at.asked()).host, at.source)
  })

  it('that a crash of the source interrupts is over after its start', async () => {
    await migrate()
    await status('running')
    await at.cloud.hosts.get(at.source)?.manager.initHost()
    await at.settled('active')
    assert.equal((await at.migration())[1], 'error')
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
    await eventually('no room is held elsewhere', async () =>
      Object.keys(await at.usage()).join() === at.source ? true : undefined,
    )
  })
})
