import { type QuotaResource, quotaResources } from '../lib/compute/quota.js'
import type { RequestContext } from '../lib/context/index.js'
import { Quotas } from '../lib/objects/index.js'
import {
  integerBetween,
  type JsonSchema,
  since,
  until,
  type View,
  view,
} from '../lib/wsgi/index.js'

/** The network service's business; kept for old clients, counted by nobody. */
export const networkResources = [
  'fixed_ips',
  'floating_ips',
  'security_group_rules',
  'security_groups',
] as const

type NetworkResource = (typeof networkResources)[number]
type AnyResource = QuotaResource | NetworkResource

export type QuotaValues<T = number> = Readonly<Record<AnyResource, T>>

const NO_LIMIT = -1

/** Limits of network resources that somebody has set. */
export const networkLimits = async (
  context: RequestContext,
  projectId: string,
  userId?: string,
): Promise<Record<NetworkResource, number>> => {
  const [project, user] = await Promise.all([
    Quotas.projectLimits(context, projectId),
    userId === undefined ? {} : Quotas.userLimits(context, projectId, userId),
  ])
  return networkOf({ ...project, ...user })
}

export const networkOf = (
  limits: Readonly<Record<string, number>>,
): Record<NetworkResource, number> => ({
  fixed_ips: limits.fixed_ips ?? NO_LIMIT,
  floating_ips: limits.floating_ips ?? NO_LIMIT,
  security_group_rules: limits.security_group_rules ?? NO_LIMIT,
  security_groups: limits.security_groups ?? NO_LIMIT,
})

const isNetwork = (resource: string): boolean =>
  (networkResources as readonly string[]).includes(resource)

export interface QuotaWindows {
  /** Last version with network resources. */
  readonly network: string
  /** First version with server groups. */
  readonly serverGroups: string
}

/** Of the document of a project or user; of a class. */
export const setWindows: QuotaWindows = { network: '2.35', serverGroups: '2.1' }
export const classWindows: QuotaWindows = { network: '2.49', serverGroups: '2.50' }

const resources: readonly AnyResource[] = [...quotaResources, ...networkResources].sort()

/** `{ id, cores, … }` in order of name; without an id when the source has none. */
export const quotaView = <T>(
  windows: QuotaWindows,
): View<{ readonly id?: string; readonly values: QuotaValues<T> }> => {
  type Source = { readonly id?: string; readonly values: QuotaValues<T> }
  const fields = resources.map(resource => {
    const value = ({ values }: Source) => values[resource]
    const first = resource.startsWith('server_group') ? windows.serverGroups : '2.0'
    const window = isNetwork(resource)
      ? until(windows.network)
      : resource.startsWith('injected_')
        ? until('2.56')
        : since(first)
    return [resource, [value, window]] as const
  })
  return view<Source>({ id: ({ id }) => id, ...Object.fromEntries(fields) })
}

/** Properties of a body that sets limits. Server groups may be set at every version. */
export const quotaProperties = (windows: QuotaWindows): JsonSchema => {
  const limit = integerBetween(NO_LIMIT, 0x7fffffff)
  return Object.fromEntries(
    resources.map(resource => [
      resource,
      isNetwork(resource)
        ? until(windows.network, limit)
        : resource.startsWith('injected_')
          ? until('2.56', limit)
          : limit,
    ]),
  )
}
