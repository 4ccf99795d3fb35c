import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import {
  ComputeNode,
  Flavor,
  HostMapping,
  Instance,
  InstanceInfoCache,
  InstanceMapping,
  Service,
} from '../objects/index.js'
import type { TestApi } from './test-api.js'
import { PROJECT_ID, userIdOf } from './users.js'

type InstanceValues = NonNullable<ConstructorParameters<typeof Instance>[1]>

/**
 * A server that stands in the cell as if it had been booted: active, of the user `member`, on no
 * host unless one is given.
 */
export const addServer = async (api: TestApi, values: InstanceValues = {}): Promise<Instance> => {
  const { context } = api
  const uuid = values.uuid ?? randomUUID()
  const { projectId = PROJECT_ID, userId = userIdOf('member') } = values
  const instance = new Instance(context, {
    displayName: 'server',
    hostname: 'server',
    vmState: 'active',
    taskState: null,
    powerState: 1,
    launchedAt: new Date(),
    memoryMb: 512,
    vcpus: 1,
    rootGb: 1,
    ephemeralGb: 0,
    imageRef: '',
    launchIndex: 0,
    metadata: {},
    systemMetadata: {},
    flavor: flavorOf(context),
    infoCache: new InstanceInfoCache(context, { instanceUuid: uuid, networkInfo: '[]' }),
    ...values,
    projectId,
    userId,
    uuid,
  })
  await new InstanceMapping(context, {
    instanceUuid: uuid,
    projectId: projectId ?? PROJECT_ID,
    userId: userId ?? userIdOf('member'),
    cellMapping: api.cell,
    queuedForDelete: false,
  }).create()
  await instance.create()
  return instance
}

const flavorOf = (context: RequestContext): Flavor =>
  new Flavor(context, {
    id: 1,
    flavorid: '1',
    name: 'm1.tiny',
    memoryMb: 512,
    vcpus: 1,
    rootGb: 1,
    ephemeralGb: 0,
    swap: 0,
    rxtxFactor: 1,
    vcpuWeight: 0,
    disabled: false,
    isPublic: true,
    extraSpecs: {},
  }).resetChanges()

/** A host with a nova-compute that beat just now, and one node of the same name, mapped to the cell. */
export const addComputeHost = async (
  api: TestApi,
  host: string,
): Promise<{ readonly service: Service; readonly node: ComputeNode }> => {
  const { context } = api
  const service = new Service(context, {
    host,
    binary: 'nova-compute',
    topic: 'compute',
    reportCount: 1,
    disabled: false,
    lastSeenUp: new Date(),
    forcedDown: false,
    version: 66,
  })
  await service.create()
  const node = new ComputeNode(context, {
    uuid: randomUUID(),
    host,
    hypervisorHostname: host,
    hypervisorType: 'fake',
    hypervisorVersion: 1000,
    hostIp: '192.0.2.1',
    vcpus: 8,
    memoryMb: 8192,
    localGb: 100,
    vcpusUsed: 1,
    memoryMbUsed: 1024,
    localGbUsed: 10,
    freeRamMb: 7168,
    freeDiskGb: 90,
    currentWorkload: 0,
    runningVms: 1,
    diskAvailableLeast: 90,
    cpuInfo: '{"arch": "x86_64"}',
  })
  await node.create()
  await new HostMapping(context, { host, cellMapping: api.cell }).create()
  return { service, node }
}
