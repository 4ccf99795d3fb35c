import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ComputeApi } from '../../../lib/compute/api.js'
import type { Instance } from '../../../lib/objects/index.js'
import type { FakeMethod } from '../../../lib/virt/fake/index.js'
import { eachWithServer } from '../../support/action-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

type Act = (servers: ComputeApi, instance: Instance) => Promise<unknown>

/** What is asked for, in which states it may be, and where it ends when nothing goes wrong (absent: there). */
const actions: Readonly<Record<string, readonly [act: Act, from: readonly string[], to?: string]>> =
  {
    start: [(servers, one) => servers.start(one), ['stopped'], 'active'],
    stop: [(servers, one) => servers.stop(one), ['active', 'error'], 'stopped'],
    pause: [(servers, one) => servers.pause(one), ['active'], 'paused'],
    unpause: [(servers, one) => servers.unpause(one), ['paused'], 'active'],
    suspend: [(servers, one) => servers.suspend(one), ['active'], 'suspended'],
    resume: [(servers, one) => servers.resume(one), ['suspended'], 'active'],
    softReboot: [(servers, one) => servers.reboot(one, 'SOFT'), ['active'], 'active'],
    hardReboot: [
      (servers, one) => servers.reboot(one, 'HARD'),
      ['active', 'stopped', 'paused', 'suspended', 'error'],
      'active',
    ],
    rescue: [
      (servers, one) =>
        servers.rescue(one, { password: 'p', imageRef: null, allowVolumeBacked: false }),
      ['active', 'stopped', 'error'],
      'rescued',
    ],
    unrescue: [(servers, one) => servers.unrescue(one), ['rescued'], 'active'],
    changePassword: [(servers, one) => servers.changePassword(one, 'p'), ['active']],
    createImage: [
      (servers, one) => servers.snapshot(one, { name: 'shot', metadata: {} }),
      ['active', 'stopped', 'paused', 'suspended'],
    ],
    createBackup: [
      (servers, one) =>
        servers.backup(one, { name: 'copy', metadata: {}, backupType: 'daily', rotation: 1 }),
      ['active', 'stopped', 'paused', 'suspended'],
    ],
    rebuild: [(servers, one) => rebuildOf(servers, one), ['active', 'stopped', 'error']],
    shelve: [
      (servers, one) => servers.shelve(one),
      ['active', 'stopped', 'paused', 'suspended'],
      'shelved',
    ],
    shelveOffload: [(servers, one) => servers.shelveOffload(one), ['shelved'], 'shelved_offloaded'],
    unshelve: [
      (servers, one) => servers.unshelve(one, { host: null }),
      ['shelved', 'shelved_offloaded'],
      'active',
    ],
    restore: [(servers, one) => servers.restore(one), ['soft-delete'], 'active'],
    delete: [
      (servers, one) => servers.delete(one.requireContext('delete'), one),
      ['active', 'stopped', 'paused', 'suspended', 'rescued', 'shelved', 'error'],
      'soft-delete',
    ],
  }

const rebuildOf = (servers: ComputeApi, instance: Instance) =>
  servers.rebuild(instance.requireContext('rebuild'), instance, {
    imageRef: 'image',
    adminPassword: 'p',
    injectedFiles: [],
    preserveEphemeral: false,
    reimageBootVolume: false,
    autoDiskConfig: null,
    changes: {},
  })

const step = fc.record({
  /** Among what the state allows; now and then among all. */
  choice: fc.nat(),
  fits: fc.integer({ min: 0, max: 9 }).map(one => one > 0),
  fails: fc.option(
    fc.constantFrom<FakeMethod>('spawn', 'destroy', 'snapshot', 'rescue', 'power_off', 'power_on'),
    { freq: 5, nil: null },
  ),
  /** Turns of the loop after which the compute dies; null: it lives. */
  dies: fc.option(fc.nat({ max: 60 }), { freq: 7, nil: null }),
})

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

describe('any sequence of actions', function () {
  this.timeout(600_000)

  const at = eachWithServer({
    options: { shelvedOffloadTime: 60, reclaimInstanceInterval: 60 },
    conf: { DEFAULT: { reclaim_instance_interval: 60 } },
  })

  const restart = async (turns: number): Promise<void> => {
    for (let left = turns; left > 0; left--) await new Promise(resolve => setImmediate(resolve))
    await at.cloud.stopHost('compute-1')
    at.failing.clear()
    await at.cloud.addHost(at.hostOptions())
  }

  const guestsOf = async (): Promise<string[]> =>
    (await at.cloud.leftovers(at.uuid)).filter(what => what.startsWith('guest'))

  const take = async ({ choice, fits, fails, dies }: Step): Promise<string> => {
    const instance = await at.asked()
    const before = instance.vmState ?? ''
    // Whose disk a failure took away, nothing but a rebuild helps.
    const isGone = before === 'error' && (await guestsOf()).length === 0
    const all = Object.keys(actions)
    const allowed = isGone ? ['rebuild'] : all.filter(name => actions[name]?.[1].includes(before))
    const from = fits || isGone ? allowed : all
    const name = from[choice % from.length] ?? ''
    const [act, states, to = before] = actions[name] ?? assert.fail(name)
    // Without a host there is nothing to keep: that would be its end.
    if (name === 'delete' && before === 'shelved_offloaded') return 'nothing'
    if (!states.includes(before)) {
      await assert.rejects(act(at.cloud.servers, instance), { code: 409 })
      return `${name} refused`
    }
    at.failing.clear()
    if (fails) at.failing.add(fails)
    const done = act(at.cloud.servers, instance).then(
      () => null,
      error => error as unknown,
    )
    if (dies !== null) await restart(dies)
    const error = await done
    const after = await ended()
    if (!fails && dies === null) {
      assert.equal(error, null)
      const expected = name === 'rebuild' && before === 'error' ? 'active' : to
      assert.equal(after.vmState, expected, `${name} of a server that was ${before}`)
    }
    return `${name} (${before} -> ${after.vmState})`
  }

  /** No task under way; and nobody who still tidies up after one. */
  const ended = (): Promise<Instance> =>
    eventually('an end', async () => {
      const instance = await at.cloud.find(at.uuid)
      if (!instance || instance.taskState !== null) return undefined
      const open = await at.cloud.cell1.kysely
        .selectFrom('instance_actions_events')
        .select('id')
        .where('finish_time', 'is', null)
        .executeTakeFirst()
      return open ? undefined : instance
    })

  /** What holds of a server with no task, whatever happened to it. */
  const agrees = async (history: readonly string[]): Promise<void> => {
    const { vmState, host } = await at.asked()
    const left = await at.cloud.leftovers(at.uuid)
    const told = `${history.join(', ')}: ${left}`
    const isAway = vmState === 'shelved_offloaded'
    assert.equal(host, isAway ? null : 'compute-1', told)
    assert.equal(left.includes('allocation'), !isAway, told)
    const guests = await guestsOf()
    if (vmState !== 'error') assert.deepEqual(guests, isAway ? [] : ['guest on compute-1'], told)
  }

  it('leaves states, host, claim and guest in agreement, though hypervisor and compute fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async steps => {
        await at.again()
        const history: string[] = []
        for (const one of steps) {
          history.push(await take(one))
          await agrees(history)
        }
      }),
      { numRuns: Number(process.env.KILONOVA_SEQUENCES ?? 20) },
    )
  })
})
