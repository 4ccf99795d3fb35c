import type { HostState } from '../host-state.js'
import type { RequestFlavor } from '../request.js'
import { type Requirement, requirement as read } from './extra-spec-operators.js'
import { type FilterFactory, oncePerRequest } from './filter.js'

const SCOPE = 'aggregate_instance_extra_specs'

/** Every extra spec without a scope, or with this one, is met by the host's aggregates. */
export const aggregateInstanceExtraSpecsFilter: FilterFactory = () => ({
  name: 'AggregateInstanceExtraSpecsFilter',
  ...oncePerRequest,
  concerns: ({ flavor }) => demandsOf(flavor).length > 0,
  hostPasses: (host, { flavor }) => unmet(host, flavor) === undefined,
  why(host, { flavor }) {
    const [key = '', wanted = ''] = unmet(host, flavor) ?? []
    const said = [...host.aggregateValues(key)].join(', ')
    return `no aggregate has ${key} ${wanted}${said && ` (they have ${said})`}`
  },
})

type Demand = readonly [key: string, requirement: string, isMet: Requirement]

const known = new WeakMap<RequestFlavor, readonly Demand[]>()

const demandsOf = (flavor: RequestFlavor): readonly Demand[] => {
  let demands = known.get(flavor)
  if (!demands) {
    demands = Object.entries(flavor.extraSpecs).flatMap(([key, requirement]): Demand[] => {
      const at = key.indexOf(':')
      if (at < 0) return [[key, requirement, read(requirement)]]
      return key.slice(0, at) === SCOPE ? [[key.slice(at + 1), requirement, read(requirement)]] : []
    })
    known.set(flavor, demands)
  }
  return demands
}

const unmet = (host: HostState, flavor: RequestFlavor): Demand | undefined =>
  demandsOf(flavor).find(([key, , isMet]) => {
    for (const value of host.aggregateValues(key)) if (isMet(value)) return false
    return true
  })
