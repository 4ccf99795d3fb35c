import type { RequestContext } from '../context/index.js'
import {
  extrasOf,
  infoCachesOf,
  latestFaultsOf,
  metadataOf,
  pciDevicesOf,
  securityGroupsOf,
  systemMetadataOf,
  tagsOf,
} from '../db/queries/cell/instance-parts.js'
import type { InstanceRow } from '../db/queries/cell/instances.js'
import { computeServicesOfHosts } from '../db/queries/cell/services.js'
import type { CellDb, CellRow } from '../db/queries/rows.js'
import { withDeletedFlag } from './access.js'
import { Flavor } from './flavor.js'
import { InstanceDeviceMetadata } from './instance-device-metadata.js'
import { InstanceFault } from './instance-fault.js'
import { InstanceInfoCache } from './instance-info-cache.js'
import { InstanceNUMATopology } from './instance-numa.js'
import { InstancePCIRequests } from './instance-pci-requests.js'
import { KeyPairList } from './keypair.js'
import { MigrationContext } from './migration-context.js'
import { PciDevice, PciDeviceList } from './pci-device.js'
import { ResourceList } from './resource.js'
import { SecurityGroup, SecurityGroupList } from './security-group.js'
import { Service, ServiceList } from './service.js'
import { Tag, TagList } from './tag.js'
import { TrustedCerts } from './trusted-certs.js'
import { VirtCPUModel } from './vcpu-model.js'

/** What is loaded with an instance unless the caller says otherwise. */
export const defaultInstanceAttrs: readonly string[] = [
  'metadata',
  'system_metadata',
  'info_cache',
  'security_groups',
]

type Values = Record<string, unknown>

/** Fills in one attribute (or several that come together) of many instances, by one query. */
type Loader = (db: CellDb, context: RequestContext, all: readonly Values[]) => Promise<void>

const uuidsOf = (all: readonly Values[]): string[] => all.map(values => String(values.uuid))

const groupBy = <R>(rows: readonly R[], key: (row: R) => string | null): Map<string, R[]> => {
  const groups = new Map<string, R[]>()
  for (const row of rows) {
    const name = key(row) ?? ''
    const group = groups.get(name)
    if (group) group.push(row)
    else groups.set(name, [row])
  }
  return groups
}

const pairs = (
  rows: readonly { readonly key: string | null; readonly value: string | null }[] | undefined,
): Readonly<Record<string, string | null>> =>
  Object.fromEntries((rows ?? []).map(({ key, value }) => [key ?? '', value]))

const loaders: Readonly<Record<string, Loader>> = {
  metadata: async (db, _context, all) => {
    const rows = await metadataOf(db, uuidsOf(all), all.some(isDeleted))
    const groups = groupBy(rows, row => row.instance_uuid)
    for (const values of all) {
      values.metadata = Object.fromEntries(
        (groups.get(String(values.uuid)) ?? []).map(({ key, value }) => [key ?? '', value ?? '']),
      )
    }
  },
  system_metadata: async (db, _context, all) => {
    const rows = await systemMetadataOf(db, uuidsOf(all), all.some(isDeleted))
    const groups = groupBy(rows, row => row.instance_uuid)
    for (const values of all) values.system_metadata = pairs(groups.get(String(values.uuid)))
  },
  info_cache: async (db, context, all) => {
    const rows = await infoCachesOf(db, uuidsOf(all))
    const byUuid = new Map(rows.map(row => [row.instance_uuid, row]))
    for (const values of all) {
      const row = byUuid.get(String(values.uuid))
      values.info_cache = row ? InstanceInfoCache.hydrate(context, withDeletedFlag(row)) : null
    }
  },
  security_groups: async (db, context, all) => {
    const groups = groupBy(await securityGroupsOf(db, uuidsOf(all)), row => row.instance_uuid)
    for (const values of all) {
      const rows = groups.get(String(values.uuid)) ?? []
      values.security_groups = SecurityGroupList.of(
        context,
        rows.map(row => SecurityGroup.hydrate(context, withDeletedFlag(row))),
      )
    }
  },
  tags: async (db, context, all) => {
    const groups = groupBy(await tagsOf(db, uuidsOf(all)), row => row.resource_id)
    for (const values of all) {
      const rows = groups.get(String(values.uuid)) ?? []
      values.tags = TagList.of(
        context,
        rows.map(row => Tag.hydrate(context, row)),
      )
    }
  },
  pci_devices: async (db, context, all) => {
    const groups = groupBy(await pciDevicesOf(db, uuidsOf(all)), row => row.instance_uuid)
    for (const values of all) {
      const rows = groups.get(String(values.uuid)) ?? []
      values.pci_devices = PciDeviceList.of(
        context,
        rows.map(row => PciDevice.fromRow(context, row)),
      )
    }
  },
  fault: async (db, context, all) => {
    const rows = await latestFaultsOf(db, uuidsOf(all))
    const byUuid = new Map(rows.map(row => [row.instance_uuid, row]))
    for (const values of all) {
      const row = byUuid.get(String(values.uuid))
      values.fault = row ? InstanceFault.hydrate(context, withDeletedFlag(row)) : null
    }
  },
  services: async (db, context, all) => {
    const hosts = all.flatMap(values => (typeof values.host === 'string' ? [values.host] : []))
    const groups = groupBy(await computeServicesOfHosts(db, [...new Set(hosts)]), row => row.host)
    for (const values of all) {
      const rows = typeof values.host === 'string' ? (groups.get(values.host) ?? []) : []
      values.services = ServiceList.of(
        context,
        rows.map(row => Service.hydrate(context, withDeletedFlag(row))),
      )
    }
  },
}

const isDeleted = (values: Values): boolean => values.deleted === true

const parsed = (text: string | null | undefined): unknown => {
  if (!text) return null
  return JSON.parse(text)
}

type ExtraRow = Partial<CellRow<'instance_extra'>> | undefined

/** Attributes that are kept in `instance_extra`, each from its row. */
const extras = {
  numa_topology: (row: ExtraRow, context: RequestContext) => {
    const primitive = parsed(row?.numa_topology)
    return primitive && InstanceNUMATopology.fromPrimitive(primitive, context)
  },
  pci_requests: (row: ExtraRow, context: RequestContext, uuid: string) =>
    InstancePCIRequests.fromStored(context, uuid, row?.pci_requests ?? null),
  vcpu_model: (row: ExtraRow, context: RequestContext) => {
    const primitive = parsed(row?.vcpu_model)
    return primitive && VirtCPUModel.fromPrimitive(primitive, context)
  },
  device_metadata: (row: ExtraRow, context: RequestContext) => {
    const primitive = parsed(row?.device_metadata)
    return primitive && InstanceDeviceMetadata.fromPrimitive(primitive, context)
  },
  trusted_certs: (row: ExtraRow, context: RequestContext) => {
    const primitive = parsed(row?.trusted_certs)
    return primitive && TrustedCerts.fromPrimitive(primitive, context)
  },
  migration_context: (row: ExtraRow, context: RequestContext) => {
    const primitive = parsed(row?.migration_context)
    return primitive && MigrationContext.fromPrimitive(primitive, context)
  },
  keypairs: (row: ExtraRow, context: RequestContext) => {
    const primitive = parsed(row?.keypairs)
    return primitive ? KeyPairList.fromPrimitive(primitive, context) : KeyPairList.of(context, [])
  },
  resources: (row: ExtraRow, context: RequestContext) => {
    const primitive = parsed(row?.resources)
    return primitive && ResourceList.fromPrimitive(primitive, context)
  },
}
type ExtraAttr = keyof typeof extras
const extraAttrs = Object.keys(extras) as readonly ExtraAttr[]

/** The three flavors of `instance_extra.flavor`: the one in force, and those of a resize. */
export type FlavorRole = 'cur' | 'old' | 'new'

/** One column that holds all three: read once, whichever are wanted. */
const setFlavors = (
  values: Values,
  stored: unknown,
  context: RequestContext,
  names: readonly FlavorAttr[],
): void => {
  for (const name of names) {
    const primitive: unknown =
      typeof stored === 'object' && stored !== null ? Reflect.get(stored, flavorRoles[name]) : null
    const flavor = primitive ? Flavor.fromPrimitive(primitive, context) : null
    values[name] = name === 'flavor' ? (flavor ?? undefined) : flavor
  }
}

const flavorRoles = {
  flavor: 'cur',
  old_flavor: 'old',
  new_flavor: 'new',
} as const satisfies Record<string, FlavorRole>
type FlavorAttr = keyof typeof flavorRoles
const flavorAttrs = ['flavor', 'old_flavor', 'new_flavor'] as const satisfies FlavorAttr[]

/** Attributes that can be loaded with an instance or after it; a flavor brings the other two. */
export const loadableInstanceAttrs: ReadonlySet<string> = new Set([
  ...Object.keys(loaders),
  ...Object.keys(extras),
  ...flavorAttrs,
])

/**
 * The rows as values of Instance, with the attributes asked for: one query a table, however many
 * instances there are. Attributes of other names are ignored.
 */
export const instanceValues = async (
  db: CellDb,
  context: RequestContext,
  rows: readonly InstanceRow[],
  attrs: readonly string[],
): Promise<Values[]> => {
  const all: Values[] = rows.map(row => withDeletedFlag(row))
  if (all.length === 0) return all
  const wanted = new Set(attrs)
  if (wanted.has('flavor')) wanted.add('old_flavor').add('new_flavor')
  const flavors = flavorAttrs.filter(name => wanted.has(name))
  const stored = extraAttrs.filter(name => wanted.has(name))
  await Promise.all([
    ...[...wanted].map(name => loaders[name]?.(db, context, all)),
    stored.length > 0 || flavors.length > 0 ? setExtras(db, context, all, stored, flavors) : null,
  ])
  return all
}

const setExtras = async (
  db: CellDb,
  context: RequestContext,
  all: readonly Values[],
  stored: readonly ExtraAttr[],
  flavors: readonly FlavorAttr[],
): Promise<void> => {
  const columns = [...stored, ...(flavors.length > 0 ? (['flavor'] as const) : [])]
  const rows = await extrasOf(db, uuidsOf(all), columns)
  const byUuid = new Map<unknown, ExtraRow>(rows.map(row => [row.instance_uuid, row]))
  // Servers of a list share a few flavors, each with the same text.
  const parsedFlavors = new Map<string, unknown>()
  for (const values of all) {
    const row = byUuid.get(values.uuid)
    for (const name of stored) values[name] = extras[name](row, context, String(values.uuid))
    if (flavors.length === 0) continue
    const text = row?.flavor ?? ''
    if (!parsedFlavors.has(text)) parsedFlavors.set(text, parsed(text))
    setFlavors(values, parsedFlavors.get(text), context, flavors)
  }
}
