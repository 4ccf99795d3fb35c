import assert from 'node:assert/strict'
import { resourcesOf } from '../../../lib/scheduler/resources.js'
import { aRequest } from '../../support/scheduler.js'

describe('resources of a flavor', () => {
  it('are its cores, memory and disks, swap rounded up; extra specs replace and remove', () => {
    const flavor = {
      ...aRequest().flavor,
      vcpus: 2,
      memoryMb: 4096,
      rootGb: 20,
      ephemeralGb: 5,
      swap: 1025,
    }
    assert.deepEqual(resourcesOf(flavor, false), { DISK_GB: 27, MEMORY_MB: 4096, VCPU: 2 })
    assert.deepEqual(resourcesOf(flavor, true), { DISK_GB: 7, MEMORY_MB: 4096, VCPU: 2 })
    const extraSpecs = { 'resources:VCPU': '0', 'resources:MEMORY_MB': '1' }
    assert.deepEqual(resourcesOf({ ...flavor, extraSpecs }, true), { DISK_GB: 7, MEMORY_MB: 1 })
  })
})
