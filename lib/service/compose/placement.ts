import type { NovaConf } from '../../conf/index.js'
import { type KeystoneOptions, KeystoneSession } from '../../identity/index.js'
import type { Log } from '../../log/index.js'
import {
  type Claims,
  PlacementClaims,
  PlacementClient,
  ReportClient,
  usesPlacement,
} from '../../placement/index.js'
import { DatabaseClaims } from '../../scheduler/database-claims.js'
import type { AuthSession } from '../../util/auth-session.js'
import { OperatorError } from '../../util/operator-error.js'
import type { DirectProcess } from './process.js'

/** A Placement service, as a process speaks to it. */
export interface PlacementService {
  readonly client: PlacementClient
  readonly claims: Claims
  readonly reports: ReportClient
}

/**
 * The service that `[placement]` tells of.
 *
 * @returns null when it tells of none: then claims are rows of the API database
 * @throws OperatorError when it takes its credentials from a section that there is not
 */
export const placementOf = (conf: NovaConf, log: Log): PlacementService | null => {
  if (!usesPlacement(conf.placement)) return null
  const session = sessionOf(conf)
  const client = new PlacementClient(conf.placement, session ? { session } : {})
  return {
    client,
    claims: new PlacementClaims(client, log),
    reports: new ReportClient(client, {
      refresh: conf.compute.resource_provider_association_refresh,
    }),
  }
}

/** Where a process that has the databases makes and gives back claims. */
export const claimsOf = ({ api }: DirectProcess, placement: PlacementService | null): Claims =>
  placement?.claims ?? new DatabaseClaims(api)

/** Credentials of `[placement]`, of the section that it names, or else of `[keystone_authtoken]`. */
const sessionOf = (conf: NovaConf): AuthSession | undefined => {
  const { placement, keystone_authtoken: own } = conf
  const options = placement.auth_section
    ? sectionOf(conf, placement.auth_section)
    : placement.auth_url
      ? placement
      : own
  if (!options.auth_url) return undefined
  return new KeystoneSession({
    ...options,
    valid_interfaces: placement.valid_interfaces,
    region_name: placement.region_name ?? placement.os_region_name,
  })
}

const sectionOf = (conf: NovaConf, name: string): KeystoneOptions => {
  const found = Object.entries(conf).find(([group]) => group === name)?.[1]
  const options = found as KeystoneOptions | undefined
  if (options?.auth_url) return options
  throw new OperatorError(
    `nova.conf: [placement] auth_section: [${name}] sets no auth_url: expected the URL of the identity service`,
  )
}
