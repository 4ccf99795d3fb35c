import type { RequestContext } from '../../context/index.js'
import {
  type Flavor,
  Instance,
  InstanceInfoCache,
  InstancePCIRequests,
  type KeyPair,
  KeyPairList,
  SecurityGroupList,
  TagList,
  TrustedCerts,
} from '../../objects/index.js'
import { instanceHostname, multiCreateName } from '../server-names.js'
import { PowerState, TaskState, VmState } from '../states.js'
import type { CreateRequest } from './create-request.js'
import { imageColumns, textOf } from './image-columns.js'

export interface NewInstanceParts {
  readonly uuid: string
  readonly index: number
  readonly count: number
  readonly reservationId: string
  readonly flavor: Flavor
  readonly keyPair: KeyPair | null
  readonly systemMetadata: Readonly<Record<string, string>>
  readonly availabilityZone: string | null
  readonly autoDiskConfig: boolean
  /** `kernel_id`, `ramdisk_id`, `os_type`, `architecture`, … of the image */
  readonly imageProperties: Readonly<Record<string, unknown>>
}

/**
 * A server that is accepted and not placed yet: complete, but in no cell. It travels in its build
 * request until the conductor inserts it into the cell of its host.
 */
export const newInstance = (
  context: RequestContext,
  request: CreateRequest,
  parts: NewInstanceParts,
): Instance => {
  const { uuid, flavor, keyPair, imageProperties } = parts
  const displayName = multiCreateName(request.name, parts.index, parts.count)
  return new Instance(context, {
    uuid,
    userId: context.userId,
    projectId: context.projectId,
    imageRef: request.imageRef ?? '',
    ...imageColumns(imageProperties),
    hostname: instanceHostname(request.name, request.hostname, parts),
    launchIndex: parts.index,
    keyName: request.keyName,
    keyData: keyPair?.publicKey ?? null,
    powerState: PowerState.noState,
    vmState: VmState.building,
    taskState: TaskState.scheduling,
    memoryMb: flavor.memoryMb,
    vcpus: flavor.vcpus,
    rootGb: flavor.rootGb,
    ephemeralGb: flavor.ephemeralGb,
    ephemeralKeyUuid: null,
    instanceTypeId: flavor.id,
    userData: request.userData,
    reservationId: parts.reservationId,
    availabilityZone: parts.availabilityZone,
    displayName,
    displayDescription: request.description,
    locked: false,
    rootDeviceName: textOf(imageProperties.root_device_name),
    configDrive: request.configDrive ? 'True' : '',
    accessIpV4: request.accessIpV4,
    accessIpV6: request.accessIpV6,
    autoDiskConfig: parts.autoDiskConfig,
    progress: 0,
    shutdownTerminate: false,
    metadata: request.metadata,
    systemMetadata: parts.systemMetadata,
    infoCache: new InstanceInfoCache(context, { instanceUuid: uuid, networkInfo: '[]' }),
    // Groups belong to the network service; the row of old stays empty.
    securityGroups: new SecurityGroupList(context, { objects: [] }),
    numaTopology: null,
    pciRequests: new InstancePCIRequests(context, { requests: [] }),
    tags: new TagList(context, { objects: [] }),
    flavor,
    oldFlavor: null,
    newFlavor: null,
    keypairs: new KeyPairList(context, { objects: keyPair ? [keyPair] : [] }),
    trustedCerts: request.trustedCerts
      ? new TrustedCerts(context, { ids: [...request.trustedCerts] })
      : null,
    hidden: false,
  })
}
