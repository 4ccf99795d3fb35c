import type {
  CreateRequest,
  WantedBlockDevice,
  WantedNetwork,
} from '../../lib/compute/create/create-request.js'
import { generatePassword } from '../../lib/compute/server-names.js'
import {
  behavioursOf,
  boolFromString,
  errors,
  type Microversion,
  since,
} from '../../lib/wsgi/index.js'

/** `server` of POST /servers, as its schema lets it pass. */
export interface CreateServerBody {
  readonly server: {
    readonly name: string
    readonly imageRef?: string
    readonly flavorRef: string | number
    readonly adminPass?: string
    readonly metadata?: Readonly<Record<string, string>>
    readonly networks?: 'auto' | 'none' | readonly NetworkBody[]
    readonly 'OS-DCF:diskConfig'?: 'AUTO' | 'MANUAL'
    readonly accessIPv4?: string
    readonly accessIPv6?: string
    readonly personality?: readonly { readonly path?: string; readonly contents?: string }[]
    readonly availability_zone?: string
    readonly block_device_mapping?: readonly BlockDeviceBody[]
    readonly block_device_mapping_v2?: readonly BlockDeviceBody[]
    readonly config_drive?: boolean | string
    readonly key_name?: string
    readonly min_count?: number | string
    readonly max_count?: number | string
    readonly return_reservation_id?: boolean | string
    readonly security_groups?: readonly { readonly name?: string }[]
    readonly user_data?: string | null
    readonly description?: string | null
    readonly tags?: readonly string[]
    readonly trusted_image_certificates?: readonly string[] | null
    readonly host?: string
    readonly hypervisor_hostname?: string
    readonly hostname?: string
  }
  readonly 'os:scheduler_hints'?: Readonly<Record<string, unknown>>
  readonly 'OS-SCH-HNT:scheduler_hints'?: Readonly<Record<string, unknown>>
}

interface NetworkBody {
  readonly uuid?: string
  readonly port?: string | null
  readonly fixed_ip?: string
  readonly tag?: string
}

interface BlockDeviceBody {
  readonly source_type?: WantedBlockDevice['sourceType']
  readonly destination_type?: 'local' | 'volume'
  readonly uuid?: string
  readonly volume_id?: string
  readonly snapshot_id?: string
  readonly image_id?: string
  readonly volume_size?: number | string
  readonly device_name?: string
  readonly delete_on_termination?: boolean | string
  readonly no_device?: unknown
  readonly boot_index?: number | string | null
  readonly guest_format?: string
  readonly device_type?: string
  readonly disk_bus?: string
  readonly tag?: string
  readonly volume_type?: string | null
}

/** The numbers of a request for several servers. */
export const countsOf = (
  server: CreateServerBody['server'],
): { readonly minCount: number; readonly maxCount: number } => {
  const minCount = Number(server.min_count ?? 1)
  const maxCount = Number(server.max_count ?? minCount)
  if (minCount > maxCount) throw errors.badRequest('min_count must be <= max_count')
  return { minCount, maxCount }
}

const behaviours = behavioursOf({
  /** Before, there is no description to give, and the name stands in. */
  describes: since('2.19'),
  multiattach: since('2.60'),
})

export interface Zone {
  readonly zone: string | null
  readonly host: string | null
  readonly node: string | null
}

/** `zone`, `zone:host`, `zone:host:node`, `zone::node`; an empty part is none. */
export const parseZone = (text: string | undefined): Zone => {
  if (text === undefined) return { zone: null, host: null, node: null }
  const [zone, host, node, ...more] = text.split(':')
  if (more.length) {
    throw errors.badRequest(`unable to parse the availability_zone '${text}': too many colons`)
  }
  return { zone: zone || null, host: host || null, node: node || null }
}

export interface CreateOptions {
  readonly zone: Zone
  readonly version: Microversion
  /** `[DEFAULT] password_length` */
  readonly passwordLength: number
}

/**
 * What a body asks for.
 *
 * @throws Fault 400 for what no schema can refuse
 */
export const createRequestOf = (
  body: CreateServerBody,
  { zone, version, passwordLength }: CreateOptions,
): CreateRequest => {
  const { server } = body
  const { minCount, maxCount } = countsOf(server)
  if (server.hostname !== undefined && maxCount > 1) {
    throw errors.badRequest('hostname may only be given for a single server')
  }
  const blockDevices = blockDevicesIn(server)
  return {
    flavorId: String(server.flavorRef).split('/').at(-1) ?? '',
    imageRef: server.imageRef || null,
    name: server.name,
    description: behaviours.at(version).describes ? (server.description ?? null) : server.name,
    hostname: server.hostname ?? null,
    minCount,
    maxCount,
    metadata: server.metadata ?? {},
    userData: server.user_data ?? null,
    configDrive: boolFromString(server.config_drive ?? false),
    keyName: server.key_name ?? null,
    adminPassword: server.adminPass ?? generatePassword(passwordLength),
    accessIpV4: server.accessIPv4 ?? null,
    accessIpV6: server.accessIPv6 ?? null,
    autoDiskConfig:
      server['OS-DCF:diskConfig'] === undefined ? null : server['OS-DCF:diskConfig'] === 'AUTO',
    availabilityZone: zone.zone,
    forcedHost: zone.host,
    forcedNode: zone.node,
    requestedHost: server.host ?? null,
    requestedNode: server.hypervisor_hostname ?? null,
    networks: networksOf(server.networks, maxCount),
    securityGroups: [
      ...new Set((server.security_groups ?? []).map(({ name }) => name ?? '')),
    ].filter(name => name !== ''),
    blockDevices,
    multiattach: behaviours.at(version).multiattach,
    injectedFiles: (server.personality ?? []).map(({ path, contents }) => [
      path ?? '',
      contents ?? '',
    ]),
    tags: [...new Set(server.tags ?? [])],
    trustedCerts: server.trusted_image_certificates ?? null,
    schedulerHints: body['os:scheduler_hints'] ?? body['OS-SCH-HNT:scheduler_hints'] ?? {},
  }
}

const networksOf = (
  networks: CreateServerBody['server']['networks'],
  maxCount: number,
): 'auto' | 'none' | readonly WantedNetwork[] => {
  if (networks === undefined) return []
  if (typeof networks === 'string') return networks
  const ports = new Set<string>()
  return networks.map(({ uuid, port, fixed_ip, tag }) => {
    if (!port && !uuid) throw errors.badRequest('a network needs a uuid or a port')
    if (!port && uuid !== undefined && !UUID.test(uuid)) {
      throw errors.badRequest(`bad networks format: network uuid is not in proper format (${uuid})`)
    }
    if (port) {
      if (ports.has(port)) throw errors.badRequest(`port ${port} is given twice`)
      if (fixed_ip) {
        throw errors.badRequest('a fixed address cannot be asked for together with a port')
      }
      if (maxCount > 1) throw errors.badRequest('ports cannot be given for more than one server')
      ports.add(port)
    }
    if (fixed_ip && maxCount > 1) {
      throw errors.badRequest('a fixed address cannot be given for more than one server')
    }
    return {
      networkId: port ? null : (uuid ?? null),
      portId: port ?? null,
      address: fixed_ip ?? null,
      tag: tag ?? null,
    }
  })
}

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i

const blockDevicesIn = (server: CreateServerBody['server']): readonly WantedBlockDevice[] => {
  const { block_device_mapping: legacy, block_device_mapping_v2: modern } = server
  if (legacy?.length && modern?.length) {
    throw errors.badRequest('block_device_mapping and block_device_mapping_v2 exclude each other')
  }
  if (modern) return modern.filter(isWanted).map(modernDevice)
  const devices = (legacy ?? []).filter(isWanted)
  // Without an image the first that is a volume or a snapshot is the one to boot.
  const root = server.imageRef ? undefined : devices.find(one => one.volume_id || one.snapshot_id)
  return devices.map(device => legacyDevice(device, device === root))
}

/** `no_device` takes a device away that the image would bring; nothing is left of it here. */
const isWanted = ({ no_device }: BlockDeviceBody): boolean => !boolFromString(no_device ?? false)

const modernDevice = (device: BlockDeviceBody): WantedBlockDevice => {
  const source = device.source_type ?? 'blank'
  const uuid = device.uuid ?? idOf(device)
  const destination = device.destination_type ?? null
  const size = device.volume_size === undefined ? null : Number(device.volume_size)
  const bootIndex = device.boot_index ?? null
  if (source === 'blank' && uuid !== null) {
    throw errors.badRequest('Block Device Mapping is Invalid: a blank device has no uuid.')
  }
  if (source !== 'blank' && uuid === null) {
    throw errors.badRequest(
      `Block Device Mapping is Invalid: a device from ${source} needs a uuid.`,
    )
  }
  if (destination === 'volume' && size === null && (source === 'blank' || source === 'image')) {
    throw errors.badRequest(
      `Block Device Mapping is Invalid: a ${source} device on a volume needs a volume_size.`,
    )
  }
  if (device.volume_type && (source === 'volume' || destination === 'local')) {
    throw errors.badRequest(
      'Block Device Mapping is Invalid: volume_type is for volumes that are made for the server.',
    )
  }
  return {
    ...common(device),
    sourceType: source,
    destinationType: destination,
    uuid,
    bootIndex: bootIndex === null ? null : Number(bootIndex),
  }
}

const idOf = ({ volume_id, snapshot_id, image_id }: BlockDeviceBody): string | null =>
  volume_id ?? snapshot_id ?? image_id ?? null

/** The form of old: a volume, a snapshot, or nothing. */
const legacyDevice = (device: BlockDeviceBody, isRoot: boolean): WantedBlockDevice => ({
  ...common(device),
  sourceType: device.snapshot_id ? 'snapshot' : device.volume_id ? 'volume' : 'blank',
  destinationType: device.volume_id || device.snapshot_id ? 'volume' : 'local',
  uuid: device.snapshot_id ?? device.volume_id ?? null,
  bootIndex: isRoot ? 0 : -1,
})

const common = (device: BlockDeviceBody) => ({
  deviceName: device.device_name ?? null,
  volumeSize: device.volume_size === undefined ? null : Number(device.volume_size),
  deleteOnTermination: boolFromString(device.delete_on_termination ?? false),
  guestFormat: device.guest_format ?? null,
  deviceType: device.device_type ?? null,
  diskBus: device.disk_bus ?? null,
  tag: device.tag ?? null,
  volumeType: device.volume_type ?? null,
  noDevice: false,
})
