import assert from 'node:assert/strict'
import { ConsoleTypeInvalid, ConsoleTypeUnavailable } from '../../../lib/exception/index.js'
import { ConsoleAuthToken, Diagnostics, Instance } from '../../../lib/objects/index.js'
import { WorkerCloud } from '../../support/worker-cloud.js'

describe('what a compute tells of a guest', () => {
  let cloud: WorkerCloud
  let instance: Instance
  before(async () => {
    cloud = await WorkerCloud.start([{ host: 'compute-1' }])
    const [uuid = ''] = await cloud.boot()
    await cloud.settled(uuid, 'active')
    instance = await Instance.getByUuid(cloud.context, uuid)
  })
  after(() => cloud.stop())

  it('a console with a token that is good in its cell, and the port behind it', async () => {
    const { compute, context } = cloud
    const { token, ...info } = Object(await compute.getConsole(context, instance, 'vnc', 'novnc'))
    assert.deepEqual(info, {
      host: 'fakevncconsole.com',
      port: 6969,
      internal_access_path: 'FAKE',
      access_url: `http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3D${token}`,
    })
    const known = await ConsoleAuthToken.validate(context, token)
    assert.equal(known.instanceUuid, instance.uuid)
    assert.equal(await compute.validateConsolePort(context, instance, '6969', 'novnc'), true)
    assert.equal(await compute.validateConsolePort(context, instance, '6970', 'novnc'), false)
    assert.equal(await compute.validateConsolePort(context, instance, '6969', 'other'), false)
  })

  it('that it has no such console', async () => {
    const { compute, context } = cloud
    const open = (protocol: 'vnc' | 'serial', type: string) =>
      compute.getConsole(context, instance, protocol, type)
    await assert.rejects(open('vnc', 'xvpvnc'), ConsoleTypeInvalid)
    await assert.rejects(open('serial', 'serial'), ConsoleTypeUnavailable)
  })

  it('what its hypervisor counts', async () => {
    const { compute, context } = cloud
    assert.equal(Object(await compute.getDiagnostics(context, instance)).memory, 524288)
    const diagnostics = await compute.getInstanceDiagnostics(context, instance)
    assert.ok(diagnostics instanceof Diagnostics)
    assert.equal(diagnostics.nicDetails[0]?.macAddress, '01:23:45:67:89:ab')
  })

  it('that it cannot fetch images ahead', async () => {
    const { compute, context } = cloud
    assert.deepEqual(await compute.cacheImages(context, 'compute-1', ['a']), { a: 'unsupported' })
  })
})
