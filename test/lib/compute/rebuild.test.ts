import assert from 'node:assert/strict'
import type { RebuildRequest } from '../../../lib/compute/actions/rebuild.js'
import { ImageNotActive, InstanceInvalidState } from '../../../lib/exception/index.js'
import { RequestSpec } from '../../../lib/objects/index.js'
import { eachWithServer } from '../../support/action-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

describe('a rebuild', () => {
  let whileItSpawns = async () => {}
  const at = eachWithServer({ before: { spawn: () => whileItSpawns() } })
  beforeEach(() => {
    whileItSpawns = async () => {}
  })

  const rebuild = async (request: Partial<RebuildRequest> = {}) =>
    at.cloud.servers.rebuild(at.cloud.context, await at.asked(), {
      imageRef: 'image',
      adminPassword: 'secret',
      injectedFiles: [],
      preserveEphemeral: false,
      reimageBootVolume: false,
      autoDiskConfig: null,
      changes: {},
      ...request,
    })
  const otherImage = (properties: Record<string, string> = {}) =>
    at.cloud.images.add({ name: 'other', disk_format: 'raw', properties }).id
  const claimed = async () =>
    (await at.cloud.leftovers(at.uuid)).filter(what => what === 'allocation').length

  const events = [
    ['rebuild_server', 'Success'],
    ['compute_rebuild_instance', 'Success'],
  ]

  it('replaces the guest, and changes what is asked', async () => {
    const tasks: (string | null)[] = []
    whileItSpawns = async () => {
      tasks.push((await at.asked()).taskState)
    }
    const before = await at.asked()
    await rebuild({
      changes: { displayName: 'new', metadata: { re: 'built' }, userData: 'aGk=' },
    })
    const after = await at.settled('active')
    assert.deepEqual(at.called, ['power_off', 'destroy', 'spawn'])
    assert.deepEqual(tasks, ['rebuild_spawning'])
    assert.deepEqual(
      [after.displayName, after.metadata, after.userData, after.host, after.powerState],
      ['new', { re: 'built' }, 'aGk=', 'compute-1', 1],
    )
    assert.ok((after.launchedAt ?? 0) >= (before.launchedAt ?? 0))
    assert.deepEqual(await at.lastAction(2), ['rebuild', ...events])
    assert.equal(await claimed(), 1)
  })

  it('from another image asks the scheduler, and remembers that image', async () => {
    const imageRef = otherImage({ hw_disk_bus: 'scsi', os_type: 'linux' })
    await rebuild({ imageRef })
    const after = await at.settled('active')
    assert.deepEqual([after.imageRef, after.osType], [imageRef, 'linux'])
    assert.deepEqual(after.systemMetadata, {
      image_base_image_ref: imageRef,
      image_disk_format: 'raw',
      image_hw_disk_bus: 'scsi',
      image_min_disk: '1',
      image_min_ram: '0',
      image_os_type: 'linux',
    })
    const spec = await RequestSpec.getByInstanceUuid(at.cloud.context, at.uuid)
    assert.equal(spec.image?.id, imageRef)
    // That only its own host was asked is nothing to be kept.
    assert.deepEqual([spec.get('schedulerHints') ?? {}, spec.get('forceHosts') ?? []], [{}, []])
    assert.equal(await claimed(), 1)
  })

  it('from an image that the host cannot boot is an error, and the old image stays', async () => {
    await rebuild({ imageRef: otherImage({ hw_architecture: 's390x' }) })
    const after = await at.settled('error')
    assert.equal(after.imageRef, 'image')
    assert.deepEqual(after.systemMetadata, {})
    assert.deepEqual(await at.lastAction(), ['rebuild', ['rebuild_server', 'Error']])
    const fault = await at.fault()
    assert.match(fault?.message ?? '', /^No valid host was found/)
    assert.deepEqual(at.called, [])
    assert.equal(await claimed(), 1)
  })

  it('of a server that was off leaves it off', async () => {
    await at.cloud.servers.stop(await at.asked())
    await at.settled('stopped')
    await rebuild()
    const after = await eventually('stopped again', async () => {
      const instance = await at.asked()
      const done = instance.taskState === null && instance.powerState === 4
      return done && instance.vmState === 'stopped' && at.called.includes('spawn')
        ? instance
        : undefined
    })
    assert.equal(after.powerState, 4)
    assert.deepEqual(await at.lastAction(3), [
      'rebuild',
      ['rebuild_server', 'Success'],
      ['compute_rebuild_instance', 'Success'],
      ['compute_stop_instance', 'Success'],
    ])
  })

  it('that fails leaves the server in error, and can be tried again', async () => {
    at.failing.add('spawn')
    await rebuild()
    await at.settled('error')
    assert.deepEqual(await at.lastAction(2), [
      'rebuild',
      ['rebuild_server', 'Success'],
      ['compute_rebuild_instance', 'Error'],
    ])
    at.failing.clear()
    await rebuild()
    await at.settled('active')
  })

  it('cannot preserve an ephemeral disk on this hypervisor', async () => {
    await rebuild({ preserveEphemeral: true })
    await at.settled('error')
    assert.deepEqual(at.called, [])
  })

  it('sets and takes away key and trusted certificates', async () => {
    const other = await at.asked()
    other.keyName = 'old'
    await other.save()
    await rebuild({ keyName: null, trustedCerts: ['c1'] })
    const after = await at.settled('active')
    await after.load('trustedCerts')
    assert.deepEqual([after.keyName, after.trustedCerts?.ids], [null, ['c1']])
    await rebuild({ trustedCerts: null })
    const last = await at.settled('active')
    await last.load('trustedCerts')
    assert.equal(last.trustedCerts, null)
  })

  it('is refused of an image that is not active, and beside another task', async () => {
    const { id } = at.cloud.images.add({ status: 'queued' })
    await assert.rejects(rebuild({ imageRef: id }), ImageNotActive)
    const instance = await at.asked()
    instance.taskState = 'pausing'
    await instance.save()
    await assert.rejects(rebuild(), InstanceInvalidState)
  })

  it('gives way to a deletion', async () => {
    whileItSpawns = async () => {
      whileItSpawns = async () => {}
      await at.cloud.servers.delete(at.cloud.context, await at.asked())
    }
    await rebuild()
    await eventually('nothing is left', async () =>
      (await at.cloud.leftovers(at.uuid)).length === 0 ? true : undefined,
    )
  })

  it('that a crash interrupts is an error after the start', async () => {
    await at.cloud.stopHost('compute-1')
    await rebuild()
    await at.cloud.addHost(at.hostOptions())
    await at.settled('error')
  })
})
