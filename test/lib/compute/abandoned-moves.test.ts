import assert from 'node:assert/strict'
import { eachWithMoves } from '../../support/move-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

const LONG_AGO = new Date('2020-01-01T00:00:00Z')

/** A message between two hosts is acknowledged when it is taken: with its taker it is lost. */
describe('a move whose next message is lost', () => {
  const at = eachWithMoves({ hosts: ['compute-1', 'compute-2'] })

  const resize = async (): Promise<void> => {
    const { flavorid: flavorId } = await at.flavor({ vcpus: 2 })
    const request = { flavorId, autoDiskConfig: null }
    await at.cloud.servers.resize(at.cloud.context, await at.asked(), request)
  }
  const other = () => (at.source === 'compute-1' ? 'compute-2' : 'compute-1')
  const idle = async () => {
    for (const { server } of at.cloud.hosts.values()) {
      await eventually('idle', async () => (server.running().length === 0 ? true : undefined))
    }
  }
  /** As it was when the message was lost, long ago. */
  const lost = async (task: string | null, status: string, host: string): Promise<void> => {
    await at.cloud.cell1.kysely
      .updateTable('instances')
      .set({ task_state: task, host, node: host, updated_at: LONG_AGO })
      .execute()
    await at.cloud.cell1.kysely
      .updateTable('migrations')
      .set({ status, updated_at: LONG_AGO })
      .execute()
  }
  const sweep = (host: string) => at.periodic(host, 'finish_abandoned')
  const statusOf = async (): Promise<string | null | undefined> =>
    (await at.migrations())[0]?.status

  for (const task of ['resize_migrated', 'resize_finish']) {
    it(`in ${task} is an error where it arrives, and claims nothing on its source`, async () => {
      await resize()
      await at.settled('resized')
      await idle()
      await lost(task, 'post-migrating', other())
      await sweep(at.source)
      assert.equal((await at.asked()).taskState, task)
      await sweep(other())
      const { vmState, taskState, host } = await at.asked()
      assert.deepEqual([vmState, taskState, host], ['error', null, other()])
      assert.match((await at.fault())?.message ?? '', /^Task resize_\w+ was interrupted/)
      assert.deepEqual([await statusOf(), await at.claims()], ['error', { [other()]: [2, 0] }])
    })
  }

  it('in resize_prep is given up: the server is as it was', async () => {
    await resize()
    await at.settled('resized')
    await idle()
    await at.cloud.cell1.kysely.updateTable('instances').set({ vm_state: 'active' }).execute()
    await lost('resize_prep', 'pre-migrating', at.source)
    await sweep(at.source)
    const { vmState, taskState, host } = await at.asked()
    assert.deepEqual([vmState, taskState, host], ['active', null, at.source])
    assert.deepEqual([await statusOf(), await at.claims()], ['error', { [at.source]: [1, 0] }])
  })

  it('in resize_reverting is an error where its row is', async () => {
    await resize()
    await at.settled('resized')
    await idle()
    await lost('resize_reverting', 'reverting', other())
    await sweep(other())
    const { vmState, taskState } = await at.asked()
    assert.deepEqual([vmState, taskState], ['error', null])
    assert.deepEqual([await statusOf(), await at.claims()], ['error', { [other()]: [2, 0] }])
  })

  it('on its way to be confirmed is confirmed by its source', async () => {
    await resize()
    await at.settled('resized')
    await idle()
    await lost(null, 'confirming', other())
    await sweep(other())
    assert.equal(await statusOf(), 'confirming')
    await sweep(at.source)
    await at.settled('active')
    await eventually('confirmed', async () =>
      (await statusOf()) === 'confirmed' ? true : undefined,
    )
    await eventually('the source is free', async () =>
      Object.keys(await at.claims()).length === 1 ? true : undefined,
    )
  })

  it('is left alone while it is young', async () => {
    await resize()
    await at.settled('resized')
    await idle()
    await lost('resize_migrated', 'post-migrating', other())
    await at.cloud.cell1.kysely.updateTable('instances').set({ updated_at: new Date() }).execute()
    await sweep(other())
    assert.equal((await at.asked()).taskState, 'resize_migrated')
  })
})
