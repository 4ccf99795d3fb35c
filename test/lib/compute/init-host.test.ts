import assert from 'node:assert/strict'
import { TaskState, VmState } from '../../../lib/compute/states.js'
import { VirtualInterfacePlugException } from '../../../lib/exception/index.js'
import { Instance } from '../../../lib/objects/index.js'
import { FakeDriver } from '../../../lib/virt/fake/index.js'
import { PowerState } from '../../../lib/virt/power-state.js'
import { eachWithServer } from '../../support/action-cloud.js'

/** What the server was doing when its compute died, and how it stands after the start: [vm state, power]. */
const table: readonly (readonly [task: TaskState, before: string, after: string, power: number])[] =
  [
    ['scheduling', 'building', 'error', 1],
    ['networking', 'building', 'error', 1],
    ['block_device_mapping', 'building', 'error', 1],
    ['spawning', 'building', 'error', 1],
    ['image_snapshot_pending', 'active', 'active', 1],
    ['image_snapshot', 'active', 'active', 1],
    ['image_pending_upload', 'active', 'active', 1],
    ['image_uploading', 'active', 'active', 1],
    ['image_backup', 'active', 'active', 1],
    ['updating_password', 'active', 'active', 1],
    ['rebooting', 'active', 'active', 1],
    ['reboot_pending', 'active', 'active', 1],
    ['reboot_started', 'active', 'active', 1],
    ['rebooting_hard', 'active', 'active', 1],
    ['reboot_pending_hard', 'active', 'active', 1],
    ['reboot_started_hard', 'active', 'active', 1],
    ['pausing', 'active', 'active', 1],
    ['unpausing', 'paused', 'active', 1],
    ['suspending', 'active', 'active', 1],
    ['resuming', 'suspended', 'active', 1],
    ['powering-off', 'active', 'stopped', 4],
    ['powering-on', 'stopped', 'active', 1],
    ['rescuing', 'active', 'error', 1],
    ['unrescuing', 'rescued', 'error', 1],
    ['rebuilding', 'active', 'error', 1],
    ['rebuild_block_device_mapping', 'active', 'error', 1],
    ['rebuild_spawning', 'stopped', 'error', 1],
    ['soft-deleting', 'active', 'soft-delete', 4],
    ['restoring', 'soft-delete', 'active', 1],
    ['shelving', 'active', 'active', 1],
    ['shelving_image_pending_upload', 'active', 'active', 1],
    ['shelving_image_uploading', 'active', 'active', 1],
    ['shelving_offloading', 'shelved', 'shelved_offloaded', 4],
  ]

describe('a compute that died', () => {
  let unpluggable = ''
  const at = eachWithServer({
    before: {
      plug_vifs: async ({ uuid }) => {
        if (uuid === unpluggable) throw new VirtualInterfacePlugException()
      },
    },
  })
  beforeEach(() => {
    unpluggable = ''
  })
  const faultOf = async (instance: Instance) => {
    const context = instance.requireContext('save')
    const expectedAttrs = ['fault']
    return (await Instance.getByUuid(context, instance.uuid, { expectedAttrs })).fault?.message
  }

  for (const [task, before, after, power] of table) {
    it(`in ${task} (${before}) brings the server to ${after}`, async () => {
      await at.cloud.stopHost('compute-1')
      const instance = await at.asked()
      instance.vmState = before
      instance.taskState = task
      await instance.save()
      await at.cloud.addHost(at.hostOptions())
      const { vmState, taskState, powerState } = await at.asked()
      assert.deepEqual([vmState, taskState, powerState], [after, null, power])
      assert.equal(/interrupted/.test((await faultOf(instance)) ?? ''), after === 'error')
    })
  }

  it('in a build says so in a fault', async () => {
    await at.cloud.stopHost('compute-1')
    const instance = await at.asked()
    instance.vmState = VmState.building
    instance.taskState = TaskState.spawning
    await instance.save()
    await at.cloud.addHost(at.hostOptions())
    assert.match((await faultOf(instance)) ?? '', /interrupted by a restart of its host/)
  })

  it('in error stays so, and nothing is under way', async () => {
    for (const task of ['rescuing', 'rebuilding', 'powering-off', null]) {
      await at.cloud.stopHost('compute-1')
      const instance = await at.asked()
      instance.vmState = VmState.error
      instance.taskState = task
      await instance.save()
      await at.cloud.addHost(at.hostOptions())
      const { vmState, taskState } = await at.asked()
      assert.deepEqual([task, vmState, taskState], [task, 'error', null])
    }
  })

  /** What became of the guest while nobody looked. */
  const whileAway = async (power: PowerState) => {
    await at.cloud.stopHost('compute-1')
    const driver = new FakeDriver({ stateFile: at.hostOptions().stateFile ?? null })
    await driver.initHost('compute-1')
    await driver.transition(await at.asked(), power)
    await driver.cleanupHost()
  }

  it('while it let a guest go on has it go on', async () => {
    await whileAway(PowerState.paused)
    const instance = await at.asked()
    instance.vmState = VmState.paused
    instance.taskState = TaskState.unpausing
    await instance.save()
    await at.cloud.addHost(at.hostOptions())
    const { vmState, taskState, powerState } = await at.asked()
    assert.deepEqual([vmState, taskState, powerState], ['active', null, 1])
  })

  it('with its host starts the guests again that ran, where it is to', async () => {
    for (const [resumes, power] of [
      [false, PowerState.shutdown],
      [true, PowerState.running],
    ] as const) {
      await whileAway(PowerState.shutdown)
      const options = { resumeGuestsStateOnHostBoot: resumes }
      const { driver } = await at.cloud.addHost({ ...at.hostOptions(), options })
      assert.equal((await driver.getInfo(await at.asked())).state, power)
    }
  })

  it('and cannot plug the interfaces of a guest leaves that in error, and no other', async () => {
    const [other = ''] = await at.cloud.boot()
    await at.cloud.settled(other, 'active')
    await at.cloud.stopHost('compute-1')
    unpluggable = at.uuid
    await at.cloud.addHost(at.hostOptions())
    assert.equal((await at.asked()).vmState, 'error')
    assert.equal((await at.cloud.asked(other)).vmState, 'active')
  })

  it('leaves alone what another host has', async () => {
    await at.cloud.stopHost('compute-1')
    const instance = await at.asked()
    instance.host = 'compute-2'
    instance.taskState = TaskState.rebooting
    await instance.save()
    await at.cloud.addHost(at.hostOptions())
    assert.equal((await at.asked()).taskState, 'rebooting')
  })

  it('knows of every task but those of moves', () => {
    const known = new Set<string>([...table.map(([task]) => task), TaskState.deleting])
    const unknown = Object.values(TaskState).filter(task => !known.has(task))
    assert.deepEqual(unknown, [
      'resize_prep',
      'resize_migrating',
      'resize_migrated',
      'resize_finish',
      'resize_reverting',
      'resize_confirming',
      'migrating',
      'unshelving',
    ])
  })
})
