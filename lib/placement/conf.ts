import type { TlsOptions } from '../util/service-client.js'

/** The part of `[placement]` that is read here. */
export interface PlacementConf extends TlsOptions {
  readonly service_type?: string
  readonly valid_interfaces?: readonly string[]
  readonly region_name?: string | null
  /** The option's older name. */
  readonly os_region_name?: string | null
  readonly endpoint_override?: string | null
  readonly connect_retries?: number | null
  /** seconds */
  readonly timeout?: number | null
}

/** What says that claims are made at a Placement service, and whose. */
export interface PlacementChoice {
  readonly auth_url?: string | null
  readonly auth_section?: string | null
  readonly endpoint_override?: string | null
}

/**
 * Whether `[placement]` tells of a service: where to authenticate, or where it is. What else may stand
 * there (a region, interfaces) is in many a nova.conf that has none.
 */
export const usesPlacement = ({
  auth_url: url,
  auth_section: section,
  endpoint_override: endpoint,
}: PlacementChoice): boolean => Boolean(url || section || endpoint)
