import type { Database } from '../../db/database.js'
import {
  type AggregateFilter,
  metadataOfAggregates,
  selectAggregates,
} from '../../db/queries/api/aggregates.js'
import type { ApiSchema } from '../../db/schema/api.js'
import { RequestFilterFailed } from '../../exception/index.js'
import type { RequestSpec } from '../../objects/index.js'
import type { SchedulerConf } from '../filters/index.js'
import type { SchedulerRequest } from '../request.js'
import type { Narrowing, ResourceRequest } from './resource-request.js'

export interface NarrowingParts {
  readonly api: Database<ApiSchema>
  readonly conf: SchedulerConf
}

interface Narrowed {
  readonly parts: NarrowingParts
  readonly spec: RequestSpec
  readonly request: SchedulerRequest
  readonly asked: ResourceRequest
}

type RequestFilter = (narrowed: Narrowed) => Promise<Partial<Narrowing>>

/**
 * Lets nova's request filters narrow what Placement is asked for, in their order (contract: scheduler.md 2).
 *
 * @throws RequestFilterFailed
 */
export const applyRequestFilters = async (narrowed: Narrowed): Promise<void> => {
  for (const filter of filters) {
    const found = await filter(narrowed)
    narrowed.asked.narrow({
      memberOf: [],
      notMemberOf: [],
      rootRequired: [],
      rootForbidden: [],
      ...found,
    })
  }
}

/** Aggregates as far as request filters look at them. */
const aggregatesWith = async (
  { api: { kysely } }: NarrowingParts,
  filter: AggregateFilter,
): Promise<{ uuid: string; metadata: [string, string][] }[]> => {
  const rows = await selectAggregates(kysely, filter)
  const metadata = await metadataOfAggregates(
    kysely,
    rows.map(({ id }) => id),
  )
  return rows.map(({ id, uuid }) => ({
    uuid: uuid ?? '',
    metadata: metadata
      .filter(item => item.aggregate_id === id)
      .map(({ key, value }) => [key, value]),
  }))
}

/** The project's own aggregates, where there are any. */
const requireTenantAggregate: RequestFilter = async ({ parts, request: { projectId } }) => {
  const { scheduler } = parts.conf
  if (!scheduler.limit_tenants_to_placement_aggregate) return {}
  const found = await aggregatesWith(parts, { value: projectId ?? '' })
  const own = found.filter(({ metadata }) =>
    metadata.some(([key, value]) => key.startsWith('filter_tenant_id') && value === projectId),
  )
  if (own.length > 0) return { memberOf: [own.map(({ uuid }) => uuid)] }
  if (!scheduler.placement_aggregate_required_for_tenants) return {}
  throw new RequestFilterFailed({ reason: 'No hosts available for tenant' })
}

/** A zone that no aggregate names, the default one say, is any. */
const mapZone: RequestFilter = async ({ parts, request: { availabilityZone: zone } }) => {
  if (!parts.conf.scheduler.query_placement_for_availability_zone || !zone) return {}
  const rows = await selectAggregates(parts.api.kysely, { key: 'availability_zone', value: zone })
  return rows.length > 0 ? { memberOf: [rows.map(({ uuid }) => uuid ?? '')] } : {}
}

const requireImageType: RequestFilter = async ({ parts, spec, request }) => {
  if (!parts.conf.scheduler.query_placement_for_image_type_support || request.isBfv) return {}
  const format = spec.get('image')?.get('diskFormat')
  return format ? { rootRequired: [`COMPUTE_IMAGE_TYPE_${format.toUpperCase()}`] } : {}
}

const computeStatus: RequestFilter = async () => ({ rootForbidden: ['COMPUTE_STATUS_DISABLED'] })

/** Aggregates that are for servers that require a trait take no others. */
const isolateAggregates: RequestFilter = async ({ parts, asked }) => {
  if (!parts.conf.scheduler.enable_isolated_aggregate_filtering) return {}
  const wanted = new Set([...asked.requiredTraits].map(trait => `trait:${trait}`))
  const found = await aggregatesWith(parts, { value: 'required' })
  const isolated = found.filter(({ metadata }) =>
    metadata.some(
      ([key, value]) => key.startsWith('trait:') && value === 'required' && !wanted.has(key),
    ),
  )
  return { notMemberOf: isolated.map(({ uuid }) => uuid) }
}

/** Image property → what begins the trait that its value comes to. */
const imageTraits = {
  hw_cdrom_bus: 'COMPUTE_STORAGE_BUS',
  hw_disk_bus: 'COMPUTE_STORAGE_BUS',
  hw_video_model: 'COMPUTE_GRAPHICS_MODEL',
  hw_vif_model: 'COMPUTE_NET_VIF_MODEL',
  hw_architecture: 'HW_ARCH',
  hw_emulation_architecture: 'COMPUTE_ARCH',
  hw_viommu_model: 'COMPUTE_VIOMMU',
} as const

const transformImageMetadata: RequestFilter = async ({ parts, request: { imageProperties } }) => {
  if (!parts.conf.scheduler.image_metadata_prefilter) return {}
  const rootRequired = Object.entries(imageTraits).flatMap(([key, prefix]) => {
    const value = imageProperties[key]
    return typeof value === 'string'
      ? [`${prefix}_${value.replaceAll('-', '_').toUpperCase()}`]
      : []
  })
  return { rootRequired }
}

const accelerators: RequestFilter = async ({ request: { flavor } }) =>
  flavor.extraSpecs['accel:device_profile'] ? { rootRequired: ['COMPUTE_ACCELERATORS'] } : {}

const ENCRYPTION = 'COMPUTE_EPHEMERAL_ENCRYPTION'

const ephemeralEncryption: RequestFilter = async ({ request: { flavor, imageProperties } }) => {
  const { extraSpecs } = flavor
  const wanted = extraSpecs['hw:ephemeral_encryption'] ?? imageProperties.hw_ephemeral_encryption
  if (!/^(1|t|true|on|y|yes)$/i.test(String(wanted ?? ''))) return {}
  const format =
    extraSpecs['hw:ephemeral_encryption_format'] ?? imageProperties.hw_ephemeral_encryption_format
  return {
    rootRequired: [
      ENCRYPTION,
      ...(format ? [`${ENCRYPTION}_${String(format).toUpperCase()}`] : []),
    ],
  }
}

const filters: readonly RequestFilter[] = [
  requireTenantAggregate,
  mapZone,
  requireImageType,
  computeStatus,
  isolateAggregates,
  transformImageMetadata,
  accelerators,
  ephemeralEncryption,
]
