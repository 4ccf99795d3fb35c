import assert from 'node:assert/strict'
import { Flavor, RequestGroup, RequestSpec } from '../../../lib/objects/index.js'
import { ResourceRequest } from '../../../lib/scheduler/candidates/resource-request.js'
import { readRequest } from '../../../lib/scheduler/read-request.js'

const requestOf = (extraSpecs: Record<string, string> = {}, values = {}, pinning = true) => {
  const flavor = new Flavor(null, {
    name: 'm1.small',
    vcpus: 2,
    memoryMb: 4096,
    rootGb: 20,
    ephemeralGb: 5,
    swap: 1500,
    extraSpecs,
  })
  const spec = new RequestSpec(null, { projectId: 'project', numInstances: 1, flavor, ...values })
  return new ResourceRequest(spec, readRequest(spec), pinning)
}
const narrowed = {
  memberOf: [['b', 'a'], ['c']],
  notMemberOf: ['e', 'd'],
  rootRequired: ['COMPUTE_ACCELERATORS'],
  rootForbidden: ['COMPUTE_STATUS_DISABLED'],
}
/** As it stands in the address, unescaped. */
const textOf = (request: ResourceRequest, limit: number | null = null): string =>
  Object.entries(request.query(limit))
    .flatMap(([name, values]) => values.map(value => `${name}=${value}`))
    .join('&')

describe('a request to Placement for candidates', () => {
  it('asks for what the flavor says, a boot from a volume for no root disk', () => {
    const plain = 'resources=DISK_GB:27,MEMORY_MB:4096,VCPU:2'
    assert.equal(textOf(requestOf(), 1000), `limit=1000&${plain}`)
    assert.equal(
      textOf(requestOf({}, { isBfv: true })),
      'resources=DISK_GB:7,MEMORY_MB:4096,VCPU:2',
    )
  })

  it('is narrowed by aggregates and traits of the root, in the order of their names', () => {
    const request = requestOf()
    request.narrow(narrowed)
    request.restrictTo('node')
    assert.equal(
      textOf(request),
      'in_tree=node&member_of=!in:d,e&member_of=in:a,b&member_of=in:c&' +
        'resources=DISK_GB:27,MEMORY_MB:4096,VCPU:2&' +
        'root_required=COMPUTE_ACCELERATORS,!COMPUTE_STATUS_DISABLED',
    )
  })

  const bare = { 'resources:MEMORY_MB': '0', 'resources:DISK_GB': '0' }
  for (const [what, extraSpecs, expected] of [
    ['amounts that extra specs replace', { 'resources:VCPU': '7', ...bare }, 'resources=VCPU:7'],
    [
      'traits',
      { 'trait:B': 'required', 'trait:A': 'required', 'trait:C': 'forbidden', ...bare },
      'required=A,B,!C&resources=VCPU:2',
    ],
    [
      'groups, of which each is one provider’s, and their policy',
      { 'resources1:VGPU': '1', 'trait1:X': 'required', group_policy: 'isolate', ...bare },
      'group_policy=isolate&required1=X&resources=VCPU:2&resources1=VGPU:1',
    ],
    [
      'groups without a policy, which then is none',
      { 'resources1:VGPU': '1', 'resources2:VGPU': '1', ...bare },
      'group_policy=none&resources=VCPU:2&resources1=VGPU:1&resources2=VGPU:1',
    ],
    [
      'CPUs of its own, one more for the emulator, on hosts without threads',
      {
        'hw:cpu_policy': 'dedicated',
        'hw:emulator_threads_policy': 'isolate',
        'hw:cpu_thread_policy': 'isolate',
        ...bare,
      },
      'required=!HW_CPU_HYPERTHREADING&resources=PCPU:3',
    ],
    [
      'what else the hardware must have',
      {
        'hw:tpm_version': '2.0',
        'os:secure_boot': 'required',
        'hw:mem_encryption': 'true',
        ...bare,
      },
      'required=COMPUTE_SECURITY_TPM_2_0,COMPUTE_SECURITY_UEFI_SECURE_BOOT&' +
        'resources=MEM_ENCRYPTION_CONTEXT:1,VCPU:2',
    ],
  ] as const) {
    it(`asks for ${what}`, () => {
      assert.equal(textOf(requestOf(extraSpecs)), expected)
    })
  }

  it('asks hosts that do not tell their CPUs apart for any', () => {
    const request = requestOf({ 'hw:cpu_policy': 'dedicated', ...bare }, {}, false)
    assert.equal(textOf(request), 'resources=VCPU:2')
    assert.equal(request.asksForPinnedCpus, false)
  })

  it('asks for what ports and devices need, each by who needs it', () => {
    const port = new RequestGroup(null, {
      requesterId: 'port',
      resources: { NET_BW_EGR_KILOBIT_PER_SEC: 1000 },
      requiredTraits: new Set(['CUSTOM_PHYSNET_1']),
    })
    assert.equal(
      textOf(requestOf(bare, { requestedResources: [port] })),
      'requiredport=CUSTOM_PHYSNET_1&resources=VCPU:2&resourcesport=NET_BW_EGR_KILOBIT_PER_SEC:1000',
    )
  })
})
