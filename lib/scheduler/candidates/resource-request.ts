import type { RequestGroup, RequestSpec } from '../../objects/index.js'
import type { SchedulerRequest } from '../request.js'
import { hardwareDemands } from './hardware-demands.js'

/** What one group of a request asks of one provider (the one without a suffix: of the node and its tree). */
interface Group {
  readonly resources: Map<string, number>
  readonly required: Set<string>
  readonly forbidden: Set<string>
  /** In one of each of these lists of aggregates. */
  memberOf: readonly (readonly string[])[]
  readonly notMemberOf: Set<string>
  /** uuid of a provider: in its tree only */
  inTree: string | null
}

const newGroup = (): Group => ({
  resources: new Map(),
  required: new Set(),
  forbidden: new Set(),
  memberOf: [],
  notMemberOf: new Set(),
  inTree: null,
})

/** `resources:VCPU`, `trait_PORT:CUSTOM_PHYSNET`: what is asked, the group's suffix, the name. */
const GROUPED = /^(resources|trait)([a-zA-Z0-9_-]{1,64})?:(.*)$/

/** What request filters add: to the whole request, and to its group without a suffix. */
export interface Narrowing {
  readonly memberOf: readonly (readonly string[])[]
  readonly notMemberOf: readonly string[]
  readonly rootRequired: readonly string[]
  readonly rootForbidden: readonly string[]
}

/**
 * What a server takes, in the words of `GET /allocation_candidates` (nova's ResourceRequest; contract:
 * scheduler.md 3).
 */
export class ResourceRequest {
  readonly #groups = new Map<string, Group>()
  readonly #rootRequired = new Set<string>()
  readonly #rootForbidden = new Set<string>()
  #sameSubtree: readonly (readonly string[])[] = []
  #groupPolicy: string | null = null

  /** @param pinning  whether dedicated CPUs are asked for as such (PCPU) or, as up to Stein, as any (VCPU) */
  constructor(spec: RequestSpec, request: SchedulerRequest, pinning = true) {
    const params = spec.get('requestLevelParams')
    if (params) {
      for (const trait of params.get('rootRequired') ?? []) this.#rootRequired.add(trait)
      for (const trait of params.get('rootForbidden') ?? []) this.#rootForbidden.add(trait)
      this.#sameSubtree = params.get('sameSubtree') ?? []
    }
    this.#addExtraSpecs(request)
    const { traits_required: ofImage } = request.imageProperties
    if (Array.isArray(ofImage)) for (const trait of ofImage) this.#group('').required.add(trait)
    const demands = hardwareDemands(request, pinning)
    // Those that stand for what the flavor says of its CPUs come before it is read.
    this.#addDemands(demands.cpus)
    for (const group of spec.get('requestedResources') ?? []) this.#addRequested(group)
    this.#addFlavor(request)
    this.#addDemands(demands.others)
    if (this.#groupPolicy === null && this.#suffixes().length >= 2) this.#groupPolicy = 'none'
    const destination = spec.get('requestedDestination')
    this.narrow({
      memberOf: (destination?.get('aggregates') ?? []).map(some => some.split(',')),
      notMemberOf: [...(destination?.get('forbiddenAggregates') ?? [])],
      rootRequired: [],
      rootForbidden: [],
    })
  }

  /** Traits that any group requires. */
  get requiredTraits(): ReadonlySet<string> {
    return new Set([...this.#groups.values()].flatMap(({ required }) => [...required]))
  }

  get asksForPinnedCpus(): boolean {
    return [...this.#groups.values()].some(({ resources }) => (resources.get('PCPU') ?? 0) > 0)
  }

  narrow({ memberOf, notMemberOf, rootRequired, rootForbidden }: Narrowing): void {
    if (memberOf.length > 0) {
      const group = this.#group('')
      group.memberOf = [...group.memberOf, ...memberOf]
    }
    for (const uuid of notMemberOf) this.#group('').notMemberOf.add(uuid)
    for (const trait of rootRequired) this.#rootRequired.add(trait)
    for (const trait of rootForbidden) this.#rootForbidden.add(trait)
  }

  /** Only this node will do. */
  restrictTo(providerUuid: string): void {
    this.#group('').inTree = providerUuid
  }

  /** @param limit  candidates asked for; null: all */
  query(limit: number | null): Readonly<Record<string, readonly string[]>> {
    const pairs: [string, string][] = []
    if (limit !== null) pairs.push(['limit', String(limit)])
    if (this.#groupPolicy !== null) pairs.push(['group_policy', this.#groupPolicy])
    const root = traitsText(this.#rootRequired, this.#rootForbidden)
    if (root) pairs.push(['root_required', root])
    for (const suffixes of this.#sameSubtree) pairs.push(['same_subtree', sorted(suffixes).join()])
    for (const [suffix, group] of this.#groups) pairs.push(...pairsOf(suffix, group))
    const query: Record<string, string[]> = {}
    for (const [name, value] of pairs.sort(byText)) {
      query[name] ??= []
      query[name].push(value)
    }
    return query
  }

  #group(suffix: string): Group {
    const known = this.#groups.get(suffix)
    if (known) return known
    const group = newGroup()
    this.#groups.set(suffix, group)
    return group
  }

  #suffixes(): readonly string[] {
    return [...this.#groups.keys()].filter(suffix => suffix !== '')
  }

  #addExtraSpecs({ flavor: { extraSpecs } }: SchedulerRequest): void {
    for (const [key, value] of Object.entries(extraSpecs)) {
      if (key === 'group_policy' && (value === 'none' || value === 'isolate')) {
        this.#groupPolicy = value
        continue
      }
      const [, kind, suffix = '', name = ''] = GROUPED.exec(key) ?? []
      if (kind === 'resources') {
        const amount = Number(value)
        if (Number.isInteger(amount)) this.#group(suffix).resources.set(name, amount)
      } else if (kind === 'trait' && value === 'required') {
        this.#group(suffix).required.add(name)
      } else if (kind === 'trait' && value === 'forbidden') {
        this.#group(suffix).forbidden.add(name)
      }
    }
  }

  #addDemands({ resources, required, forbidden }: HardwareDemands): void {
    for (const [name, amount] of Object.entries(resources)) {
      this.#group('').resources.set(name, amount)
    }
    for (const trait of required) this.#group('').required.add(trait)
    for (const trait of forbidden) this.#group('').forbidden.add(trait)
  }

  /** Ports, devices: each is one provider's to give, and known by who asks. */
  #addRequested(asked: RequestGroup): void {
    const group = this.#group(asked.get('requesterId') ?? '')
    for (const [name, amount] of Object.entries(asked.get('resources') ?? {})) {
      group.resources.set(name, amount)
    }
    for (const trait of asked.get('requiredTraits') ?? []) group.required.add(trait)
    for (const trait of asked.get('forbiddenTraits') ?? []) group.forbidden.add(trait)
    group.memberOf = [...group.memberOf, ...(asked.get('aggregates') ?? [])]
    for (const uuid of asked.get('forbiddenAggregates') ?? []) group.notMemberOf.add(uuid)
    group.inTree = asked.get('inTree') ?? group.inTree
  }

  /** What no extra spec speaks of. */
  #addFlavor({ flavor, isBfv }: SchedulerRequest): void {
    const asked = new Set([...this.#groups.values()].flatMap(one => [...one.resources.keys()]))
    const own = this.#group('').resources
    if (!asked.has('VCPU') && !asked.has('PCPU')) own.set('VCPU', flavor.vcpus)
    if (!asked.has('MEMORY_MB')) own.set('MEMORY_MB', flavor.memoryMb)
    const disk = flavor.ephemeralGb + Math.ceil(flavor.swap / 1024) + (isBfv ? 0 : flavor.rootGb)
    if (!asked.has('DISK_GB')) own.set('DISK_GB', disk)
  }
}

/** Amounts and traits that other properties of flavor and image come to. */
export interface HardwareDemands {
  readonly resources: Readonly<Record<string, number>>
  readonly required: readonly string[]
  readonly forbidden: readonly string[]
}

const pairsOf = (suffix: string, group: Group): [string, string][] => {
  const amounts = [...group.resources].filter(([, amount]) => amount > 0)
  const resources = sorted(amounts.map(([name, amount]) => `${name}:${amount}`)).join()
  const traits = traitsText(group.required, group.forbidden)
  const without = sorted(group.notMemberOf)
  return [
    ...(resources ? [[`resources${suffix}`, resources] as [string, string]] : []),
    ...(traits ? [[`required${suffix}`, traits] as [string, string]] : []),
    ...group.memberOf.map((uuids): [string, string] => [
      `member_of${suffix}`,
      `in:${sorted(uuids).join()}`,
    ]),
    ...(without.length > 0
      ? [[`member_of${suffix}`, `!in:${without.join()}`] as [string, string]]
      : []),
    ...(group.inTree ? [[`in_tree${suffix}`, group.inTree] as [string, string]] : []),
  ]
}

const traitsText = (required: Iterable<string>, forbidden: Iterable<string>): string =>
  [...sorted(required), ...sorted(forbidden).map(trait => `!${trait}`)].join()

const sorted = (values: Iterable<string>): string[] => [...values].sort()

const byText = (a: readonly [string, string], b: readonly [string, string]): number => {
  const [x, y] = a[0] === b[0] ? [a[1], b[1]] : [a[0], b[0]]
  return x < y ? -1 : Number(x > y)
}
