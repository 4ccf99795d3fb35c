import assert from 'node:assert/strict'
import { eachWithMoves } from '../../support/move-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

type Suite = ReturnType<typeof eachWithMoves>

const liveMigrate = async (at: Suite): Promise<void> =>
  at.cloud.servers.liveMigrate(await at.asked(), {
    host: null,
    force: false,
    blockMigration: null,
    diskOverCommit: null,
    isAsync: true,
  })

const resize = async (at: Suite, flavorId: string): Promise<void> =>
  at.cloud.servers.resize((await at.asked()).requireContext('test'), await at.asked(), {
    flavorId,
    autoDiskConfig: null,
  })

/** No row, no guest, no claim. */
const leavesNothing = (at: Suite): Promise<true> =>
  eventually('nothing is left', async () => {
    const found = await at.cloud.find(at.uuid)
    const [guests, claims] = [await at.guests(), await at.claims()]
    return !found && guests.length === 0 && Object.keys(claims).length === 0 ? true : undefined
  })

describe('a server deleted while it moves', () => {
  describe('live, which takes its time', () => {
    const at = eachWithMoves({ delays: new Map([['live_migration', 3600]]) })

    it('is gone from both hosts', async () => {
      await liveMigrate(at)
      await eventually('it runs', async () =>
        (await at.migration())[1] === 'running' ? true : undefined,
      )
      const server = await at.asked()
      await at.cloud.servers.delete(server.requireContext('test'), server)
      await leavesNothing(at)
    })
  })

  describe('at the very end of a live migration', () => {
    const at = eachWithMoves()

    it('is gone from the host that it came to', async () => {
      at.before.post_live_migration_at_destination = async () => {
        const server = await at.asked()
        await at.cloud.servers.delete(server.requireContext('test'), server)
      }
      await liveMigrate(at)
      await leavesNothing(at)
    })
  })

  describe('off, before its source is told', () => {
    const at = eachWithMoves()

    it('leaves no claim of its move', async () => {
      const { flavorid } = await at.flavor()
      at.before.migrate_disk_and_power_off = async () => {
        const server = await at.asked()
        await at.cloud.servers.delete(server.requireContext('test'), server)
      }
      await resize(at, flavorid)
      await leavesNothing(at)
    })
  })
})

describe('a resize that breaks off at its destination', () => {
  const at = eachWithMoves()

  it('leaves the server with the flavor that is claimed for it there', async () => {
    at.failing.add('finish_migration')
    const { flavorid } = await at.flavor()
    await resize(at, flavorid)
    const { host, vcpus } = await at.settled('error')
    await eventually('its claim is the only one', async () => {
      const claims = await at.claims()
      return JSON.stringify(claims) === JSON.stringify({ [host ?? '']: [vcpus, 0] })
        ? true
        : undefined
    })
  })
})

describe('a live migration that no host can begin, for a reason that nobody foresaw', () => {
  const at = eachWithMoves()

  it('leaves the server in error with no task under way', async () => {
    at.failing.add('check_can_live_migrate_destination')
    await liveMigrate(at)
    await at.settled('error')
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
  })
})
