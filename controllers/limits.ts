import type { ComputeApi } from '../lib/compute/api.js'
import type { Limits, Usage } from '../lib/compute/quota.js'
import {
  expectedErrors,
  multiple,
  query,
  querySchema,
  types,
  until,
  view,
} from '../lib/wsgi/index.js'
import { networkLimits } from './quotas.js'
import type { Req } from './req.js'
import type { ApiServices } from './services.js'

interface LimitsAndUsage {
  /** Of network resources too, which nothing here limits: -1 unless somebody set them. */
  readonly limits: Limits
  readonly network: Readonly<Record<string, number>>
  readonly usage: Usage
  readonly serverGroups: number
}

const NO_LIMIT = -1

const network = (resource: string) =>
  [({ network }: LimitsAndUsage) => network[resource] ?? NO_LIMIT, until('2.35')] as const
const none = [() => 0, until('2.35')] as const

const absoluteView = view<LimitsAndUsage>({
  maxTotalInstances: ({ limits }) => limits.instances,
  maxTotalCores: ({ limits }) => limits.cores,
  maxTotalRAMSize: ({ limits }) => limits.ram,
  maxTotalFloatingIps: network('floating_ips'),
  maxTotalKeypairs: ({ limits }) => limits.key_pairs,
  maxSecurityGroups: network('security_groups'),
  maxSecurityGroupRules: network('security_group_rules'),
  maxServerMeta: ({ limits }) => limits.metadata_items,
  maxImageMeta: [({ limits }) => limits.metadata_items, until('2.38')],
  maxPersonality: [({ limits }) => limits.injected_files, until('2.56')],
  maxPersonalitySize: [({ limits }) => limits.injected_file_content_bytes, until('2.56')],
  maxServerGroups: ({ limits }) => limits.server_groups,
  maxServerGroupMembers: ({ limits }) => limits.server_group_members,
  totalCoresUsed: ({ usage }) => usage.cores,
  totalInstancesUsed: ({ usage }) => usage.instances,
  totalRAMUsed: ({ usage }) => usage.ram,
  totalFloatingIpsUsed: none,
  totalSecurityGroupsUsed: none,
  totalServerGroupsUsed: ({ serverGroups }) => serverGroups,
})

const indexQuery = querySchema({ tenant_id: multiple(types.string) }, { closedSince: '2.75' })

/** GET /limits: what a project may have, and has. */
export class LimitsController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @query(indexQuery)
  @expectedErrors()
  async index(req: Req): Promise<object> {
    const { context } = req
    context.can('os_compute_api:limits', {})
    const { tenant_id: other } = req.query
    if (other !== undefined) {
      context.can('os_compute_api:limits:other_project', { project_id: other })
    }
    const project = other ?? context.projectId ?? ''
    const { quota } = this.#compute
    const [limits, network, usage, serverGroups] = await Promise.all([
      quota.projectLimits(context, project),
      networkLimits(context, project),
      quota.usage(context, project),
      quota.serverGroupsUsed(context, project),
    ])
    const absolute = absoluteView.at(req.version)({ limits, network, usage, serverGroups }, null)
    return { limits: { rate: [], absolute } }
  }
}
