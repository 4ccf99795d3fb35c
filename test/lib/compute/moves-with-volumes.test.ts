import assert from 'node:assert/strict'
import {
  BlockDeviceMapping,
  BlockDeviceMappingList,
  type Instance,
  Service,
} from '../../../lib/objects/index.js'
import { eachWithMoves } from '../../support/move-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

const rules = { shelved: true, multiattach: true }
const attaching = { device: null, tag: null, deleteOnTermination: false }

/** A server with one volume beside its disk: wherever it goes, the volume is attached once, where it is. */
describe('a server with a volume', () => {
  const at = eachWithMoves({ hosts: ['compute-1', 'compute-2'] })
  let volume: string

  beforeEach(async () => {
    volume = at.cloud.volumes.add().id
    await at.cloud.servers.attachments.attach(await at.asked(), volume, attaching, rules)
    await eventually('the volume is in use', async () => {
      const { status } = await at.cloud.volumes.get(at.cloud.context, volume)
      return status === 'in-use' || undefined
    })
    await at.actions(['attach_volume'])
  })

  const other = () => (at.source === 'compute-1' ? 'compute-2' : 'compute-1')
  const row = () => BlockDeviceMapping.getByVolumeAndInstance(at.cloud.context, volume, at.uuid)
  /** Hosts whose guest has it plugged in. */
  const pluggedOn = () =>
    [...at.cloud.hosts]
      .filter(([, { driver }]) =>
        Object.values(driver.volumesOf({ uuid: at.uuid })).includes(volume),
      )
      .map(([host]) => host)
  /** The only attachment is the one of the row; `state` as far as the volume service knows. */
  const expectHeld = async (state: string) => {
    const { attachmentId, connectionInfo } = await row()
    assert.deepEqual(
      at.cloud.volumes.held(volume).map(held => [held.id, held.serverId, held.state]),
      [[attachmentId, at.uuid, state]],
    )
    assert.equal(connectionInfo !== null, state === 'attached')
    return connectionInfo
  }
  const expectAt = async (host: string, guests: readonly string[] = [host]) => {
    await expectHeld('attached')
    assert.deepEqual(pluggedOn().sort(), [...guests].sort())
    assert.equal((await at.asked()).host, host)
  }
  const resize = async () => {
    const { flavorid } = await at.flavor()
    await at.cloud.servers.resize(at.cloud.context, await at.asked(), {
      flavorId: flavorid,
      autoDiskConfig: null,
    })
    await at.settled('resized')
  }

  it('is resized and confirmed', async () => {
    await resize()
    await expectHeld('attached')
    await at.cloud.servers.confirmResize(await at.asked())
    await at.settled('active')
    await eventually(
      'the source is clear',
      async () => (await at.guests()).length === 1 || undefined,
    )
    await expectAt((await at.asked()).host ?? '')
  })

  it('is resized and comes back', async () => {
    await resize()
    await at.cloud.servers.revertResize(await at.asked())
    await at.settled('active')
    await expectAt(at.source)
  })

  it('in error keeps it, attached once, where its move failed', async () => {
    at.failing.add(`${other()} finish_migration`)
    const { flavorid } = await at.flavor()
    await at.cloud.servers.resize(at.cloud.context, await at.asked(), {
      flavorId: flavorid,
      autoDiskConfig: null,
    })
    const lost = await at.settled('error')
    // It belongs to the host where it failed, and so does its volume.
    assert.equal(lost.host, other())
    assert.equal(at.cloud.volumes.held(volume).length, 1)
  })

  const liveMigrate = async () => {
    await at.cloud.servers.liveMigrate(await at.asked(), {
      host: null,
      blockMigration: null,
      diskOverCommit: false,
      force: false,
      isAsync: true,
    })
  }
  const migrationEnds = (status: string) =>
    eventually(
      `the migration is ${status}`,
      async () => (await at.migration())[1] === status || undefined,
    )

  it('is migrated live', async () => {
    await liveMigrate()
    await migrationEnds('completed')
    await at.settled('active')
    await expectAt(other())
  })

  it('stays where it was when a live migration fails', async () => {
    const before = await expectHeld('attached')
    at.failing.add('live_migration')
    await liveMigrate()
    await migrationEnds('failed')
    await at.settled('active')
    await expectAt(at.source)
    assert.equal(await expectHeld('attached'), before)
    assert.ok(at.called.includes(`${other()} detach_volume`), 'the destination let go of it')
  })

  it('stays where it was when the destination cannot be made ready', async () => {
    const before = await expectHeld('attached')
    at.failing.add(`${other()} pre_live_migration`)
    await liveMigrate()
    await migrationEnds('error')
    await at.settled('active')
    await expectAt(at.source)
    assert.equal(await expectHeld('attached'), before)
  })

  it('is evacuated', async () => {
    await at.cloud.stopHost(at.source)
    const service = await Service.getByHostAndBinary(at.cloud.context, at.source, 'nova-compute')
    assert.ok(service)
    service.forcedDown = true
    await service.save()
    const before = (await row()).attachmentId
    await at.cloud.servers.evacuate(await at.asked(), {
      host: null,
      force: false,
      adminPassword: 'secret',
      onSharedStorage: null,
      targetState: null,
    })
    await eventually('it has moved', async () => (await at.asked()).host === other() || undefined)
    await at.settled('active')
    await expectAt(other())
    assert.notEqual((await row()).attachmentId, before)
  })

  it('is shelved and leaves its volume reserved, and has it again when it is back', async () => {
    const settledAs = async (act: (instance: Instance) => Promise<void>, vmState: string) => {
      await act(await at.asked())
      await at.settled(vmState)
    }
    const { servers } = at.cloud
    await settledAs(instance => servers.shelve(instance), 'shelved_offloaded')
    await expectHeld('reserved')
    assert.deepEqual(pluggedOn(), [])
    const zone = { host: null }
    await settledAs(instance => servers.unshelve(instance, zone), 'active')
    await expectAt((await at.asked()).host ?? '')
  })

  it('gives it back when it is deleted while it is resized', async () => {
    await resize()
    await at.cloud.servers.delete(at.cloud.context, await at.asked())
    await eventually('the volume is free', async () => {
      const { status } = await at.cloud.volumes.get(at.cloud.context, volume)
      return status === 'available' || undefined
    })
    assert.deepEqual(at.cloud.volumes.held(volume), [])
    await eventually('no row is left', async () => {
      const { length } = await BlockDeviceMappingList.getByVolume(at.cloud.context, volume)
      return length === 0 || undefined
    })
  })
})
