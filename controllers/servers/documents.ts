import { createHash } from 'node:crypto'
import { addressesByLabel, networkInfoFromJson } from '../../lib/network/model.js'
import type { BlockDeviceMapping, Instance, InstanceFault } from '../../lib/objects/index.js'
import { bookmarkLink, type LinkBase } from '../resource-links.js'
import { statusOf } from './status.js'

/** A server with all that its document tells of it, gathered for a whole list at once. */
export interface ShownServer {
  readonly instance: Instance
  readonly fault: InstanceFault | null
  /** null: it is not locked, or nobody said why */
  readonly lockedReason: string | null
  /** null: the network service told nothing */
  readonly securityGroups: readonly string[] | null
  /** Its block devices that are volumes. */
  readonly volumes: readonly BlockDeviceMapping[]
  /** UP, DOWN, UNKNOWN, MAINTENANCE, or '' without a host */
  readonly hostStatus: string
  /** null: not asked for (lists) */
  readonly serverGroups: readonly string[] | null
  readonly pinnedAvailabilityZone: string | null
  readonly schedulerHints: Readonly<Record<string, unknown>> | null
}

/** What the caller may see, asked once a request. */
export interface ServerViewContext {
  readonly links: LinkBase
  readonly isAdmin: boolean
  /** os_compute_api:os-extended-server-attributes */
  readonly extendedAttributes: boolean
  /** all: any status; unknown-only: only UNKNOWN */
  readonly hostStatus: 'all' | 'unknown-only' | 'none'
  readonly flavorExtraSpecs: boolean
  /** `[DEFAULT] instance_name_template`, filled in */
  readonly instanceName: (instance: Instance) => string
  readonly hostId: (instance: Instance) => string
}

/** `YYYY-MM-DDTHH:MM:SSZ` */
export const isoTime = (time: Date | null | undefined): string | null =>
  time ? `${time.toISOString().slice(0, 19)}Z` : null

/**
 * Tells servers on one host from others without naming the host: sha224 of project and host, worked out
 * once for each within a list.
 */
export const hostIds = (): ((instance: Instance) => string) => {
  const known = new Map<string, string>()
  return ({ projectId, host }) => {
    if (!host) return ''
    const text = `${projectId}${host}`
    let id = known.get(text)
    if (id === undefined) {
      id = createHash('sha224').update(text).digest('hex')
      known.set(text, id)
    }
    return id
  }
}

const deletedOf = (instance: Instance): boolean => instance.get('deleted') === true

/** The status a client sees. */
export const statusOfServer = ({ instance }: ShownServer): string => statusOfInstance(instance)

const statusOfInstance = (instance: Instance): string =>
  statusOf(instance.vmState, instance.taskState, deletedOf(instance))

export const imageOf = ({ instance }: ShownServer, { links }: ServerViewContext) =>
  instance.imageRef
    ? { id: instance.imageRef, links: [bookmarkLink(links, 'images', instance.imageRef)] }
    : ''

export const imageWithProperties = (server: ShownServer, context: ServerViewContext) => {
  const image = imageOf(server, context)
  if (image === '') return image
  const properties = Object.fromEntries(
    Object.entries(server.instance.systemMetadata)
      .filter(([key]) => key.startsWith('image_'))
      .map(([key, value]) => [key.slice('image_'.length), value]),
  )
  return { ...image, properties }
}

export const flavorLink = (
  { instance: { flavor } }: ShownServer,
  { links }: ServerViewContext,
) => ({
  id: flavor.flavorid,
  links: [bookmarkLink(links, 'flavors', flavor.flavorid)],
})

export const flavorDocument = (
  { instance: { flavor } }: ShownServer,
  context: ServerViewContext,
) => ({
  vcpus: flavor.vcpus,
  ram: flavor.memoryMb,
  disk: flavor.rootGb,
  ephemeral: flavor.ephemeralGb,
  swap: flavor.swap,
  original_name: flavor.name,
  ...(context.flavorExtraSpecs ? { extra_specs: flavor.get('extraSpecs') ?? {} } : {}),
})

export const addressesOf = ({ instance }: ShownServer) => {
  const info = networkInfoFromJson(instance.infoCache?.get('networkInfo'))
  const document: Record<string, object[]> = {}
  for (const [label, addresses] of addressesByLabel(info)) {
    document[label] = addresses.map(({ version, addr, type, mac }) => ({
      version,
      addr,
      'OS-EXT-IPS:type': type,
      'OS-EXT-IPS-MAC:mac_addr': mac,
    }))
  }
  return document
}

/** The addresses alone, without the kind and the MAC that the extensions added. */
export const plainAddressesOf = ({ instance }: ShownServer) => {
  const info = networkInfoFromJson(instance.infoCache?.get('networkInfo'))
  const document: Record<string, object[]> = {}
  for (const [label, addresses] of addressesByLabel(info)) {
    document[label] = addresses.map(({ version, addr }) => ({ version, addr }))
  }
  return document
}

const faultStatuses = new Set(['ERROR', 'DELETED'])

export const mayShowFault = (instance: Instance): boolean =>
  faultStatuses.has(statusOfInstance(instance))

export const faultOf = (server: ShownServer, { isAdmin }: ServerViewContext) => {
  const { fault } = server
  if (!fault || !faultStatuses.has(statusOfServer(server))) return undefined
  const details = fault.details && (isAdmin || fault.code !== 500) ? { details: fault.details } : {}
  return {
    code: fault.code,
    created: isoTime(fault.createdAt),
    message: fault.message ?? 'Error',
    ...details,
  }
}

export const hostStatusOf = (server: ShownServer, { hostStatus }: ServerViewContext) =>
  hostStatus === 'all' || server.hostStatus === 'UNKNOWN' ? server.hostStatus : undefined
