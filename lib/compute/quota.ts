import type { NovaConf } from '../conf/index.js'
import type { RequestContext } from '../context/index.js'
import {
  GroupMemberLimitExceeded,
  KeypairLimitExceeded,
  MetadataLimitExceeded,
  OnsetFileContentLimitExceeded,
  OnsetFileLimitExceeded,
  OnsetFilePathLimitExceeded,
  ServerGroupLimitExceeded,
  TooManyInstances,
} from '../exception/index.js'
import {
  BuildRequestList,
  type Flavor,
  type Instance,
  type InstanceGroup,
  InstanceGroupList,
  InstanceList,
  InstanceMappingList,
  KeyPairList,
  Quotas,
} from '../objects/index.js'
import type { Cells } from './cells.js'
import type { CreateRequest } from './create/create-request.js'

/** What a project or user may have; -1 is without limit. */
export const quotaResources = [
  'instances',
  'cores',
  'ram',
  'metadata_items',
  'injected_files',
  'injected_file_content_bytes',
  'injected_file_path_bytes',
  'key_pairs',
  'server_groups',
  'server_group_members',
] as const
export type QuotaResource = (typeof quotaResources)[number]
export type Limits = Readonly<Record<QuotaResource, number>>

/** Instances, vCPUs and MiB of memory in use. */
export interface Usage {
  readonly instances: number
  readonly cores: number
  readonly ram: number
}

const UNLIMITED = -1

/**
 * Limits, and what is used of them, counted at the time of asking: there is no row to fall out of
 * step. Of a user's, a project's, the class `default`'s limit and the option, the first counts.
 */
export class QuotaEngine {
  readonly #conf: NovaConf
  readonly #cells: Pick<Cells, 'gather'>

  constructor(conf: NovaConf, cells: Pick<Cells, 'gather'>) {
    this.#conf = conf
    this.#cells = cells
  }

  /** Limits by configuration alone. */
  defaults(): Limits {
    const { quota } = this.#conf
    return {
      instances: quota.instances,
      cores: quota.cores,
      ram: quota.ram,
      metadata_items: quota.metadata_items,
      injected_files: quota.injected_files,
      injected_file_content_bytes: quota.injected_file_content_bytes,
      injected_file_path_bytes: quota.injected_file_path_length,
      key_pairs: quota.key_pairs,
      server_groups: quota.server_groups,
      server_group_members: quota.server_group_members,
    }
  }

  /** The class `default` over the options. */
  async classLimits(context: RequestContext): Promise<Limits> {
    return overlay(this.defaults(), await Quotas.classLimits(context, 'default'))
  }

  async projectLimits(context: RequestContext, projectId: string): Promise<Limits> {
    const [base, own] = await Promise.all([
      this.classLimits(context),
      Quotas.projectLimits(context, projectId),
    ])
    return overlay(base, own)
  }

  async userLimits(context: RequestContext, projectId: string, userId: string): Promise<Limits> {
    const [base, own] = await Promise.all([
      this.projectLimits(context, projectId),
      Quotas.userLimits(context, projectId, userId),
    ])
    return overlay(base, own)
  }

  /** Over all cells that answer, servers that still wait for one included. */
  async usage(context: RequestContext, projectId: string, userId?: string): Promise<Usage> {
    const waiting = await waitingFor(context, projectId, userId)
    const uuids = waiting.map(({ uuid }) => uuid)
    const { answers: cells } = await this.#cells.gather(context, async cell => ({
      counts: await InstanceList.getCounts(cell, projectId, { userId }),
      // For a moment, on its way into its cell, a server stands in both places.
      arrived: uuids.length
        ? (await InstanceList.select(cell, { filters: { uuid: uuids } }, [])).objects
        : [],
    }))
    const arrived = new Set(cells.flatMap(cell => cell.arrived.map(({ uuid }) => uuid)))
    return [
      ...waiting.filter(({ uuid }) => !arrived.has(uuid)).map(usageOf),
      ...cells.map(({ counts: { project, user } }) => user ?? project),
    ].reduce<Usage>(add, { instances: 0, cores: 0, ram: 0 })
  }

  /**
   * After servers were written: whether all of the project's are still within its limits. Of several
   * requests that each found room at the same moment, the later find here that there is none.
   *
   * @throws TooManyInstances (403)
   */
  async recheckInstances(context: RequestContext): Promise<void> {
    if (!this.#conf.quota.recheck_quota) return
    const projectId = context.projectId ?? ''
    for (const { limit, userId } of await this.#instanceLimits(context, projectId)) {
      if (isUnlimited(limit)) continue
      const used = await this.usage(context, projectId, userId)
      const over = counted.some(name => exceeds(used[name], limit[name]))
      if (over) throw tooMany(limit, used, { instances: 0, cores: 0, ram: 0 }, 0)
    }
  }

  /**
   * How many servers of the flavor the project may still have.
   *
   * @returns between `minCount` and `maxCount`
   * @throws TooManyInstances (403)
   */
  async fitInstances(
    context: RequestContext,
    flavor: Flavor,
    { minCount, maxCount }: { minCount: number; maxCount: number },
  ): Promise<number> {
    const projectId = context.projectId ?? ''
    const limits = await this.#instanceLimits(context, projectId)
    if (limits.every(({ limit }) => isUnlimited(limit))) return maxCount
    let fit = maxCount
    for (const { limit, userId } of limits) {
      if (isUnlimited(limit)) continue
      const used = await this.usage(context, projectId, userId)
      const each = { instances: 1, cores: flavor.vcpus, ram: flavor.memoryMb }
      const room = Math.min(...counted.map(name => roomFor(limit[name], used[name], each[name])))
      if (room < minCount) throw tooMany(limit, used, each, minCount)
      fit = Math.min(fit, room)
    }
    return fit
  }

  /**
   * Whether a server of the project may grow from one flavor to another; one that does not grow may.
   *
   * @throws TooManyInstances (403)
   */
  async checkUpsize(
    context: RequestContext,
    { projectId, userId }: Instance,
    from: Flavor,
    to: Flavor,
  ): Promise<void> {
    const more = {
      instances: 0,
      cores: Math.max(0, to.vcpus - from.vcpus),
      ram: Math.max(0, to.memoryMb - from.memoryMb),
    }
    if (more.cores === 0 && more.ram === 0) return
    const owner = context.with({ projectId, userId })
    for (const { limit, userId: own } of await this.#instanceLimits(owner, projectId ?? '')) {
      if (isUnlimited(limit)) continue
      const used = await this.usage(owner, projectId ?? '', own)
      const over = counted.some(
        name => more[name] > 0 && exceeds(used[name] + more[name], limit[name]),
      )
      if (over) throw tooMany(limit, used, more, 1)
    }
  }

  /** The project's limits, and the user's where there are some of its own. */
  async #instanceLimits(
    context: RequestContext,
    projectId: string,
  ): Promise<readonly { readonly limit: Limits; readonly userId?: string }[]> {
    const project = await this.projectLimits(context, projectId)
    if (context.userId === null) return [{ limit: project }]
    const own = await Quotas.userLimits(context, projectId, context.userId)
    if (!counted.some(name => name in own)) return [{ limit: project }]
    return [{ limit: project }, { limit: overlay(project, own), userId: context.userId }]
  }

  /**
   * Metadata and files of one request.
   *
   * @throws MetadataLimitExceeded, OnsetFileLimitExceeded and below (403)
   */
  async checkItems(
    context: RequestContext,
    request: Pick<CreateRequest, 'metadata' | 'injectedFiles'>,
  ): Promise<void> {
    const items = Object.keys(request.metadata).length
    const { injectedFiles } = request
    if (items === 0 && injectedFiles.length === 0) return
    const limits = await this.projectLimits(context, context.projectId ?? '')
    if (exceeds(items, limits.metadata_items)) {
      throw new MetadataLimitExceeded({ allowed: limits.metadata_items, code: 403 })
    }
    if (exceeds(injectedFiles.length, limits.injected_files)) {
      throw new OnsetFileLimitExceeded({ code: 403 })
    }
    for (const [path, content] of injectedFiles) {
      if (exceeds(path.length, limits.injected_file_path_bytes)) {
        throw new OnsetFilePathLimitExceeded({
          allowed: limits.injected_file_path_bytes,
          code: 403,
        })
      }
      const bytes = Buffer.from(content, 'base64').length
      if (exceeds(bytes, limits.injected_file_content_bytes)) {
        throw new OnsetFileContentLimitExceeded({
          allowed: limits.injected_file_content_bytes,
          code: 403,
        })
      }
    }
  }

  /** Before a metadata write that leaves `count` items. @throws MetadataLimitExceeded (403) */
  async checkMetadata(context: RequestContext, count: number): Promise<void> {
    const { metadata_items: allowed } = await this.projectLimits(context, context.projectId ?? '')
    if (exceeds(count, allowed)) throw new MetadataLimitExceeded({ allowed, code: 403 })
  }

  /** Before one key pair more. @throws KeypairLimitExceeded (403) */
  async checkKeyPairs(context: RequestContext, userId: string): Promise<void> {
    const { key_pairs: allowed } = await this.userLimits(context, context.projectId ?? '', userId)
    if (isUnlimitedNumber(allowed)) return
    const used = await KeyPairList.getCountByUser(context, userId)
    if (used + 1 > allowed) throw new KeypairLimitExceeded({ code: 403 })
  }

  /** Before one server group more. @throws ServerGroupLimitExceeded (403) */
  async checkServerGroups(context: RequestContext): Promise<void> {
    const projectId = context.projectId ?? ''
    const { server_groups: allowed } = await this.projectLimits(context, projectId)
    if (isUnlimitedNumber(allowed)) return
    const used = await this.serverGroupsUsed(context, projectId)
    if (used + 1 > allowed) throw new ServerGroupLimitExceeded({ code: 403 })
  }

  /** Before `count` servers more of the caller's in a group. @throws GroupMemberLimitExceeded (403) */
  async checkGroupMembers(
    context: RequestContext,
    group: InstanceGroup,
    count: number,
  ): Promise<void> {
    const { server_group_members: allowed } = await this.userLimits(
      context,
      context.projectId ?? '',
      context.userId ?? '',
    )
    if (isUnlimitedNumber(allowed)) return
    const { objects } = await InstanceMappingList.getByInstanceUuids(context, group.members ?? [])
    const used = objects.filter(
      mapping => mapping.userId === context.userId && !mapping.queuedForDelete,
    ).length
    if (used + count > allowed) throw new GroupMemberLimitExceeded({ code: 403 })
  }

  async serverGroupsUsed(context: RequestContext, projectId: string): Promise<number> {
    return (await InstanceGroupList.getByProjectId(context, projectId)).objects.length
  }
}

const add = (a: Usage, b: Usage): Usage => ({
  instances: a.instances + b.instances,
  cores: a.cores + b.cores,
  ram: a.ram + b.ram,
})

const waitingFor = async (
  context: RequestContext,
  projectId: string,
  userId: string | undefined,
): Promise<Instance[]> => {
  const { objects } = await BuildRequestList.ofProject(context, projectId)
  return objects
    .map(({ instance }) => instance)
    .filter(instance => userId === undefined || instance.userId === userId)
}

const usageOf = ({ vcpus, memoryMb }: Instance): Usage => ({
  instances: 1,
  cores: vcpus ?? 0,
  ram: memoryMb ?? 0,
})

const counted = ['instances', 'cores', 'ram'] as const

const isUnlimitedNumber = (limit: number): boolean => limit === UNLIMITED
const isUnlimited = (limits: Limits): boolean =>
  counted.every(name => isUnlimitedNumber(limits[name]))

const exceeds = (wanted: number, limit: number): boolean =>
  !isUnlimitedNumber(limit) && wanted > limit

const roomFor = (limit: number, used: number, each: number): number =>
  isUnlimitedNumber(limit) || each === 0
    ? Number.POSITIVE_INFINITY
    : Math.max(0, Math.floor((limit - used) / each))

/** The text names the resources exceeded, with the numbers in the same order. */
const tooMany = (limits: Limits, used: Usage, each: Usage, count: number): TooManyInstances => {
  const over = counted.filter(name => exceeds(used[name] + each[name] * count, limits[name]))
  const list = (numbers: (name: (typeof counted)[number]) => number): string =>
    over.map(numbers).join(', ')
  return new TooManyInstances({
    overs: over.join(', '),
    req: list(name => each[name] * count),
    used: list(name => used[name]),
    allowed: list(name => limits[name]),
    code: 403,
  })
}

const overlay = (base: Limits, own: Readonly<Record<string, unknown>>): Limits => {
  const limits: Record<QuotaResource, number> = { ...base }
  for (const resource of quotaResources) {
    const value = own[resource]
    if (typeof value === 'number') limits[resource] = value
  }
  return limits
}
