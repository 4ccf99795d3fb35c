import { hostAttributes, member } from '../host-attributes.js'
import type { HostState } from '../host-state.js'
import type { RequestFlavor } from '../request.js'
import { type Requirement, requirement as read } from './extra-spec-operators.js'
import { type FilterFactory, oncePerRequest } from './filter.js'

const SCOPE = 'capabilities'
const MAXPHYSADDR = 'hw:maxphysaddr_bits'

/** Every extra spec that names a capability of hosts (`capabilities:` or no scope) is met. */
export const computeCapabilitiesFilter: FilterFactory = () => ({
  name: 'ComputeCapabilitiesFilter',
  ...oncePerRequest,
  concerns: ({ flavor }) => demandsOf(flavor).length > 0,
  hostPasses: (host, { flavor }) => !unmet(host, flavor),
  why: (host, { flavor }) => {
    const missed = unmet(host, flavor)
    const { value } = missed ?? {}
    return `extra spec ${missed?.key}: wanted ${missed?.requirement}, the host has ${
      value === undefined || value === null ? 'none' : String(value).slice(0, 80)
    }`
  },
})

interface Demand {
  readonly key: string
  readonly path: readonly string[]
  readonly isScoped: boolean
  readonly requirement: string
  readonly isMet: Requirement
}

/** Read once a flavor of a request, not once a host. */
const known = new WeakMap<RequestFlavor, readonly Demand[]>()

const demandsOf = (flavor: RequestFlavor): readonly Demand[] => {
  let demands = known.get(flavor)
  if (!demands) {
    demands = Object.entries(flavor.extraSpecs).flatMap(([key, requirement]) => {
      if (key === MAXPHYSADDR) {
        const path = ['cpu_info', 'maxphysaddr', 'bits']
        const bits = `>= ${requirement}`
        return [{ key, path, isScoped: true, requirement: bits, isMet: read(bits) }]
      }
      const path = key.split(':')
      const isScoped = path.length > 1
      if (isScoped && path.shift() !== SCOPE) return []
      return [{ key, path, isScoped, requirement, isMet: read(requirement) }]
    })
    known.set(flavor, demands)
  }
  return demands
}

const unmet = (
  host: HostState,
  flavor: RequestFlavor,
): (Demand & { readonly value: unknown }) | undefined => {
  for (const demand of demandsOf(flavor)) {
    const value = capability(host, demand.path)
    // Without a scope it may be meant for others, so only a capability that exists counts.
    if (value === undefined && !demand.isScoped) continue
    if (!demand.isMet(value ?? null)) return { ...demand, value }
  }
  return undefined
}

const capability = (host: HostState, path: readonly string[]): unknown => {
  const [name = '', ...rest] = path
  let value: unknown = Object.hasOwn(hostAttributes, name)
    ? hostAttributes[name]?.(host)
    : member(host.stats, name)
  for (const part of rest) value = member(typeof value === 'string' ? parsed(value) : value, part)
  return value
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
