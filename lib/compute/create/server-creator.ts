import { randomUUID } from 'node:crypto'
import type { ComputeTaskRpcApi } from '../../conductor/rpcapi.js'
import type { NovaConf } from '../../conf/index.js'
import type { RequestContext } from '../../context/index.js'
import {
  BootFromVolumeRequiredForZeroDiskFlavor,
  FlavorMemoryTooSmall,
  FlavorNotFound,
  InstanceGroupNotFound,
  InvalidInput,
  KeypairNotFound,
  PortLimitExceeded,
} from '../../exception/index.js'
import type { ImageApi } from '../../image/api.js'
import type { NetworkApi } from '../../network/api.js'
import {
  BuildRequest,
  createBootRecords,
  Flavor,
  type Instance,
  InstanceGroup,
  InstanceMapping,
  KeyPair,
  NetworkRequest,
  NetworkRequestList,
  type RequestSpec,
  Tag,
  TagList,
} from '../../objects/index.js'
import type { VolumeApi } from '../../volume/api.js'
import type { AvailabilityZones } from '../availability-zones.js'
import type { Cells } from '../cells.js'
import type { QuotaEngine } from '../quota.js'
import { generateReservationId, multiCreateName } from '../server-names.js'
import { blockDevicesOf } from './block-devices.js'
import type { CreateRequest } from './create-request.js'
import { autoDiskConfigOf, checkImage, imageSystemMetadata } from './image-checks.js'
import { devicesOfImage } from './image-devices.js'
import { type BootImage, imageMetaOf } from './image-meta.js'
import { newInstance } from './new-instance.js'
import { requestSpecOf } from './request-spec.js'
import { checkRequestedHost } from './requested-host.js'
import { checkUniqueNames } from './unique-names.js'
import { checkVolumes, reserveVolumes } from './volumes.js'

export interface CreatorParts {
  readonly conf: NovaConf
  readonly images: ImageApi
  readonly network: NetworkApi
  readonly volumes: VolumeApi
  readonly conductor: ComputeTaskRpcApi
  readonly quota: QuotaEngine
  readonly zones: AvailabilityZones
  readonly cells: Cells
}

export interface CreatedServers {
  readonly instances: readonly Instance[]
  readonly reservationId: string
}

/** POST /servers: from what is asked to rows in the API database and a cast to the conductor. */
export class ServerCreator {
  readonly #parts: CreatorParts

  constructor(parts: CreatorParts) {
    this.#parts = parts
  }

  /**
   * Accepts servers: when it returns, their request specs, build requests and mappings are written,
   * all or none, and the conductor was told.
   *
   * @throws FlavorNotFound, ImageNotFound, KeypairNotFound, InvalidInput, … (400), QuotaError (403)
   */
  async create(context: RequestContext, request: CreateRequest): Promise<CreatedServers> {
    const flavor = await this.#flavor(context, request.flavorId)
    const zone = await this.#zone(context, request)
    const [image, keyPair, group] = await Promise.all([
      request.imageRef ? this.#parts.images.get(context, request.imageRef) : null,
      this.#keyPair(context, request.keyName),
      this.#group(context, request),
    ])
    const blockDevices = blockDevicesOf(
      request,
      flavor,
      this.#parts.conf.DEFAULT.max_local_block_devices,
      devicesOfImage(image),
    )
    const root = blockDevices.objects.find(disk => disk.bootIndex === 0)
    const fromVolume = root?.destinationType === 'volume'
    if (image) checkImage(image, flavor, fromVolume)
    if (flavor.rootGb === 0 && !fromVolume) this.#checkZeroDisk(context)
    const onVolume = await checkVolumes(this.#parts, context, blockDevices, {
      count: request.maxCount,
      multiattach: request.multiattach,
    })
    if (onVolume && flavor.memoryMb < onVolume.min_ram) throw new FlavorMemoryTooSmall()
    // A volume may know nothing of an image; nova's scheduler expects some all the same.
    const bootImage: BootImage = image ?? onVolume ?? nothingKnown
    if (fromVolume && request.trustedCerts) {
      throw new InvalidInput('Image certificate validation is not supported for volumes.')
    }
    const autoDiskConfig = autoDiskConfigOf(image, request.autoDiskConfig)
    await checkRequestedHost(context, this.#parts.cells, request)
    await this.#parts.quota.checkItems(context, request)
    const networks = networkRequests(request.networks)
    await this.#checkSecurityGroups(context, request)
    const room = await this.#parts.network.validateNetworks(
      context,
      wantedNetworks(request.networks, networks),
      request.maxCount,
    )
    if (room < request.minCount) throw new PortLimitExceeded({ code: 403 })
    const count = await this.#parts.quota.fitInstances(context, flavor, {
      minCount: request.minCount,
      maxCount: Math.min(room, request.maxCount),
    })
    if (group) await this.#parts.quota.checkGroupMembers(context, group, count)
    await checkUniqueNames(
      context,
      this.#parts.cells,
      this.#parts.conf.DEFAULT.osapi_compute_unique_server_name_scope,
      Array.from({ length: count }, (_, index) => multiCreateName(request.name, index, count)),
    )

    const reservationId = generateReservationId()
    const tags = tagList(request.tags)
    const imageMeta = imageMetaOf(bootImage)
    const uuids = Array.from({ length: count }, () => randomUUID())
    // Volumes that are there already are for one server only.
    const [first = ''] = uuids
    const giveBack = await reserveVolumes(this.#parts.volumes, context, blockDevices, first)
    const records = uuids.map((uuid, index) => {
      const instance = newInstance(context, request, {
        uuid,
        index,
        count,
        reservationId,
        flavor,
        keyPair,
        autoDiskConfig,
        availabilityZone: zone,
        imageProperties: bootImage.properties,
        systemMetadata: this.#systemMetadata(context, request, bootImage, flavor),
      })
      const requestSpec = requestSpecOf(context, request, {
        instanceUuid: uuid,
        flavor,
        image: imageMeta,
        networks,
        availabilityZone: zone,
        fromVolume,
        count,
      })
      if (group) requestSpec.instanceGroup = group
      const buildRequest = new BuildRequest(context, {
        instanceUuid: uuid,
        projectId: context.projectId ?? '',
        instance,
        blockDeviceMappings: forInstance(blockDevices, uuid),
        tags: forResource(tags, uuid),
      })
      const mapping = new InstanceMapping(context, {
        instanceUuid: uuid,
        projectId: context.projectId ?? '',
        userId: context.userId ?? '',
        cellMapping: null,
        queuedForDelete: false,
      })
      return { instance, requestSpec, buildRequest, instanceMapping: mapping }
    })
    try {
      await createBootRecords(context, records)
    } catch (error) {
      await giveBack()
      throw error
    }
    if (group) {
      await this.#joinGroup(
        context,
        group,
        records.map(({ instance }) => instance.uuid),
      )
    }
    await this.#cast(context, request, {
      ...{ records, image: bootImage, networks, blockDevices, tags },
    })
    return { instances: records.map(({ instance }) => instance), reservationId }
  }

  async #cast(
    context: RequestContext,
    request: CreateRequest,
    parts: {
      readonly records: readonly { buildRequest: BuildRequest; requestSpec: RequestSpec }[]
      readonly image: BootImage
      readonly networks: NetworkRequestList
      readonly blockDevices: object
      readonly tags: TagList
    },
  ): Promise<void> {
    await this.#parts.conductor.scheduleAndBuildInstances(context, {
      build_requests: parts.records.map(({ buildRequest }) => buildRequest),
      request_specs: parts.records.map(({ requestSpec }) => requestSpec),
      image: { ...parts.image },
      admin_password: request.adminPassword,
      injected_files: request.injectedFiles,
      requested_networks: parts.networks,
      block_device_mapping: parts.blockDevices,
      tags: parts.tags,
    })
  }

  async #flavor(context: RequestContext, flavorId: string): Promise<Flavor> {
    const flavor = await Flavor.getByFlavorId(context, flavorId)
    if (flavor.disabled) throw new FlavorNotFound({ flavor_id: flavorId, code: 400 })
    return flavor
  }

  async #zone(context: RequestContext, request: CreateRequest): Promise<string | null> {
    const zone = request.availabilityZone ?? this.#parts.conf.DEFAULT.default_schedule_zone ?? null
    if (zone !== null && !(await this.#parts.zones.exists(context, zone))) {
      throw new InvalidInput('The requested availability zone is not available', { code: 400 })
    }
    return zone
  }

  async #keyPair(context: RequestContext, name: string | null): Promise<KeyPair | null> {
    if (name === null) return null
    if (context.userId === null) throw new KeypairNotFound({ name, user_id: '', code: 400 })
    return KeyPair.getByName(context, context.userId, name)
  }

  async #group(context: RequestContext, request: CreateRequest): Promise<InstanceGroup | null> {
    const hint = request.schedulerHints.group
    const uuid = Array.isArray(hint) ? hint[0] : hint
    if (typeof uuid !== 'string') return null
    try {
      return await InstanceGroup.getByUuid(context, uuid)
    } catch (error) {
      if (!(error instanceof InstanceGroupNotFound)) throw error
      throw new InstanceGroupNotFound({ group_uuid: uuid, code: 400 })
    }
  }

  async #joinGroup(
    context: RequestContext,
    group: InstanceGroup,
    uuids: readonly string[],
  ): Promise<void> {
    await InstanceGroup.addMembers(context, group.uuid, [...uuids])
  }

  /** Nothing then limits the disk that the image fills. */
  #checkZeroDisk(context: RequestContext): void {
    if (!context.may('os_compute_api:servers:create:zero_disk_flavor')) {
      throw new BootFromVolumeRequiredForZeroDiskFlavor()
    }
  }

  async #checkSecurityGroups(context: RequestContext, request: CreateRequest): Promise<void> {
    // `default` is each project's own and is made when it is first needed.
    const named = request.securityGroups.filter(name => name !== 'default')
    await Promise.all(named.map(name => this.#parts.network.validateSecurityGroup(context, name)))
  }

  #systemMetadata(
    context: RequestContext,
    request: CreateRequest,
    image: BootImage,
    flavor: Flavor,
  ): Record<string, string> {
    return {
      ...imageSystemMetadata(image, flavor),
      image_base_image_ref: request.imageRef ?? '',
      owner_user_name: context.userName ?? '',
      owner_project_name: context.projectName ?? '',
      boot_roles: context.roles.join(','),
    }
  }
}

const nothingKnown: BootImage = {
  status: 'active',
  size: 0,
  min_ram: 0,
  min_disk: 0,
  properties: {},
}

const networkRequests = (networks: CreateRequest['networks']): NetworkRequestList => {
  if (typeof networks === 'string') {
    return new NetworkRequestList(null, {
      objects: [
        new NetworkRequest(null, { networkId: networks, portId: null, deviceProfile: null }),
      ],
    })
  }
  return new NetworkRequestList(null, {
    objects: networks.map(
      ({ networkId, portId, address, tag }) =>
        new NetworkRequest(null, {
          networkId,
          portId,
          address,
          tag,
          pciRequestId: null,
          arqUuid: null,
          deviceProfile: null,
        }),
    ),
  })
}

const wantedNetworks = (networks: CreateRequest['networks'], list: NetworkRequestList) =>
  typeof networks === 'string' ? networks : list.objects

const forInstance = (list: ReturnType<typeof blockDevicesOf>, uuid: string) => {
  const copy = list.clone()
  for (const disk of copy.objects) disk.instanceUuid = uuid
  return copy
}

const tagList = (tags: readonly string[]): TagList =>
  new TagList(null, { objects: tags.map(tag => new Tag(null, { tag })) })

const forResource = (tags: TagList, uuid: string): TagList => {
  const copy = tags.clone()
  for (const tag of copy.objects) tag.resourceId = uuid
  return copy
}
