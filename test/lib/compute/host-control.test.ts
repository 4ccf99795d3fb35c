import assert from 'node:assert/strict'
import { HostNotFound } from '../../../lib/exception/index.js'
import { WorkerCloud } from '../../support/worker-cloud.js'

describe('a host as a whole', () => {
  let cloud: WorkerCloud
  beforeEach(async () => {
    cloud = await WorkerCloud.start([{ host: 'compute-1' }])
  })
  afterEach(() => cloud.stop())

  it('does what it is told, in the words of nova’s fake driver', async () => {
    const { servers, context } = cloud
    const { hosts } = servers
    assert.equal(await hosts.setEnabled(context, 'compute-1', false), 'disabled')
    assert.equal(await hosts.setEnabled(context, 'compute-1', true), 'enabled')
    assert.equal(await hosts.setMaintenance(context, 'compute-1', true), 'on_maintenance')
    assert.equal(await hosts.setMaintenance(context, 'compute-1', false), 'off_maintenance')
    assert.equal(await hosts.power(context, 'compute-1', 'reboot'), 'reboot')
    await assert.rejects(hosts.power(context, 'compute-2', 'reboot'), HostNotFound)
  })

  it('is enabled or not by its service where the driver does not care', async () => {
    const { servers, context } = cloud
    const { driver } = cloud.hosts.get('compute-1') ?? {}
    assert.ok(driver)
    const { prototype } = Object.getPrototypeOf(driver.constructor)
    driver.setHostEnabled = prototype.setHostEnabled
    driver.hostMaintenanceMode = prototype.hostMaintenanceMode
    assert.equal(await servers.hosts.setEnabled(context, 'compute-1', false), 'disabled')
    await assert.rejects(servers.hosts.setMaintenance(context, 'compute-1', true), {
      name: 'NotImplementedError',
    })
  })
})
