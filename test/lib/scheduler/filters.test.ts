import assert from 'node:assert/strict'
import { SchedulerHostFilterNotFound } from '../../../lib/exception/index.js'
import { matches } from '../../../lib/scheduler/filters/extra-spec-operators.js'
import { filtersNamed } from '../../../lib/scheduler/filters/index.js'
import { resourcesOf } from '../../../lib/scheduler/resources.js'
import { allWeighers, byWeight, defaultMultipliers } from '../../../lib/scheduler/weighers/index.js'
import { aHost, aRequest } from '../../support/scheduler.js'

const now = Date.parse('2026-11-20T12:00:00Z')
const options = {
  serviceDownTime: 60,
  defaultAvailabilityZone: 'nova',
  defaultArchitecture: null,
  now: () => now,
}
const passes = (
  name: string,
  host: ReturnType<typeof aHost>,
  request: ReturnType<typeof aRequest>,
) => filtersNamed([name], options).every(filter => filter.hostPasses(host, request))

describe('scheduler filters', () => {
  it('leave out hosts that are disabled, forced down or not heard of for service_down_time', () => {
    const up = { host: 'a', disabled: false, forcedDown: false, lastSeenUp: now - 60_000 }
    const check = (service: object) =>
      passes('ComputeFilter', aHost({ service: { ...up, ...service } }), aRequest())
    assert.equal(check({}), true)
    assert.equal(check({ disabled: true }), false)
    assert.equal(check({ forcedDown: true }), false)
    assert.equal(check({ lastSeenUp: now - 60_001 }), false)
  })

  it('take a host without a zone for one of the default zone', () => {
    const east = { uuid: 'u', name: 'e', metadata: { availability_zone: 'east' } }
    const check = (aggregates: (typeof east)[], zone: string | null) =>
      passes('AvailabilityZoneFilter', aHost({ aggregates }), aRequest({ availabilityZone: zone }))
    assert.equal(check([], null), true)
    assert.equal(check([], 'nova'), true)
    assert.equal(check([], 'east'), false)
    assert.equal(check([east], 'east'), true)
    assert.equal(check([east], 'nova'), false)
  })

  it('keep an affinity group on its host, and an anti-affinity group apart', () => {
    const group = {
      uuid: 'g',
      policy: 'affinity',
      maxServerPerHost: 1,
      hosts: ['b'],
      members: ['m'],
    }
    const affine = aRequest({ group })
    assert.equal(passes('ServerGroupAffinityFilter', aHost({ host: 'a' }), affine), false)
    assert.equal(passes('ServerGroupAffinityFilter', aHost({ host: 'b' }), affine), true)
    const apart = aRequest({ group: { ...group, policy: 'anti-affinity' } })
    const withMember = aHost({ instances: new Set(['m']) })
    assert.equal(passes('ServerGroupAntiAffinityFilter', withMember, apart), false)
    assert.equal(passes('ServerGroupAntiAffinityFilter', aHost(), apart), true)
  })

  it('match images by architecture, hypervisor and mode', () => {
    const host = aHost({ supportedInstances: [['x86_64', 'fake', 'hvm']] })
    const check = (imageProperties: Record<string, string>) =>
      passes('ImagePropertiesFilter', host, aRequest({ imageProperties }))
    assert.equal(check({}), true)
    assert.equal(check({ hw_architecture: 'x86_64', hw_vm_mode: 'hvm' }), true)
    assert.equal(check({ hw_architecture: 'aarch64' }), false)
  })

  it('match extra specs by capability; what is no capability counts only with its scope', () => {
    const host = aHost({ hypervisorType: 'fake' })
    const check = (extraSpecs: Record<string, string>) =>
      passes(
        'ComputeCapabilitiesFilter',
        host,
        aRequest({ flavor: { ...aRequest().flavor, extraSpecs } }),
      )
    assert.equal(check({ hypervisor_type: 'fake' }), true)
    assert.equal(check({ hypervisor_type: 'QEMU' }), false)
    assert.equal(check({ 'capabilities:cpu_info:arch': 'x86_64' }), true)
    assert.equal(check({ 'capabilities:no_such': '1' }), false)
    assert.equal(check({ no_such: '1', 'hw:cpu_policy': 'dedicated' }), true)
  })

  it('are refused by name when there is none of that name', () => {
    assert.throws(() => filtersNamed(['ComputeFilter', 'ComputFilter'], options), {
      name: SchedulerHostFilterNotFound.name,
      message: 'Scheduler Host Filter ComputFilter could not be found.',
    })
  })
})

describe('extra spec operators', () => {
  const cases: readonly (readonly [unknown, string, boolean])[] = [
    ['4', '= 3', true],
    ['4', '== 3', false],
    ['4', '>= 4', true],
    ['2.3', 's< 2.4', true],
    ['abc', '<in> b', true],
    ['aes mmx', '<all-in> aes mmx', true],
    ['aes', '<all-in> aes mmx', false],
    ['b', '<or> a <or> b', true],
    ['x y', 'x y', true],
    ['4', '>=', false],
    [null, '>= 1', false],
  ]
  for (const [value, requirement, expected] of cases) {
    it(`${JSON.stringify(value)} ${expected ? 'meets' : 'does not meet'} '${requirement}'`, () => {
      assert.equal(matches(value, requirement), expected)
    })
  }
})

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

describe('weighers', () => {
  const weighers = allWeighers(defaultMultipliers)

  it('put the host with most room first, and hosts of equal weight in their order', () => {
    const hosts = [
      aHost({ host: 'small', freeRamMb: 1000 }),
      aHost({ host: 'big', freeRamMb: 3000 }),
      aHost({ host: 'big-too', freeRamMb: 3000 }),
    ]
    const order = byWeight(hosts, aRequest(), weighers).map(({ host }) => host)
    assert.deepEqual(order, ['big', 'big-too', 'small'])
  })

  it('put a host whose builds failed behind all others', () => {
    const hosts = [
      aHost({ host: 'failing', freeRamMb: 9000, stats: { failed_builds: '1' } }),
      aHost({ host: 'well', freeRamMb: 10 }),
    ]
    const order = byWeight(hosts, aRequest(), weighers).map(({ host }) => host)
    assert.deepEqual(order, ['well', 'failing'])
  })

  it('let an aggregate turn a preference round', () => {
    const stacked = { uuid: 'u', name: 'stack', metadata: { ram_weight_multiplier: '-1' } }
    const hosts = [
      aHost({ host: 'empty', freeRamMb: 4000, aggregates: [stacked] }),
      aHost({ host: 'full', freeRamMb: 10, aggregates: [stacked] }),
    ]
    const order = byWeight(hosts, aRequest(), weighers).map(({ host }) => host)
    assert.deepEqual(order, ['full', 'empty'])
  })
})
