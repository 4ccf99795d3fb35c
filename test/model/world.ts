import { type Flavor, flavors, hostNames, limits } from './model-cloud.js'

export const POWER = { running: 1, paused: 3, shutdown: 4, suspended: 7 } as const

/** What is expected of a resize that can still be taken back. */
export interface OpenResize {
  readonly from: string
  readonly flavor: Flavor
  readonly wasStopped: boolean
}

/** A server as it should be. */
export interface Server {
  readonly id: string
  name: string
  vm: string
  power: number
  /** Null: on none. */
  host: string | null
  flavor: Flavor
  resize: OpenResize | null
  isLocked: boolean
  metadata: Readonly<Record<string, string>>
  tags: readonly string[]
  volumes: ReadonlySet<string>
  /** Ports that it was given, and those made for it: how many. */
  ports: number
  ownPorts: ReadonlySet<string>
  /** The zone that it may not leave. */
  zone: string | null
  /** Its guest is as its row says; false after something went wrong. */
  isSound: boolean
  /** Its host died while it put something in or took something out, which nova leaves as it is. */
  hasLooseDevices: boolean
  /** Names of what was asked, oldest first. */
  actions: string[]
}

export interface HostState {
  readonly name: string
  readonly zone: string
  isUp: boolean
  isEnabled: boolean
}

/** Everything as it should be. */
export interface World {
  readonly hosts: readonly HostState[]
  servers: Server[]
  /** Seconds; 0: what is deleted goes at once. */
  readonly reclaim: number
  /** Seconds; 0: what is shelved leaves its host at once. */
  readonly offload: number
  /** Servers made so far. */
  made: number
}

export const worldOf = (reclaim: number, offload: number): World => ({
  hosts: hostNames.map(name => ({
    name,
    zone: name === 'compute-3' ? 'north' : 'nova',
    isUp: true,
    isEnabled: true,
  })),
  servers: [],
  reclaim,
  offload,
  made: 0,
})

export const hostOf = (world: World, name: string | null): HostState | undefined =>
  world.hosts.find(host => host.name === name)

export const isHostUp = (world: World, name: string | null): boolean =>
  hostOf(world, name)?.isUp ?? false

/** Where the scheduler may send a server, except to these. */
export const candidates = (
  world: World,
  zone: string | null,
  ...except: readonly (string | null)[]
): string[] =>
  world.hosts
    .filter(host => host.isUp && host.isEnabled && !except.includes(host.name))
    .filter(host => zone === null || host.zone === zone)
    .map(({ name }) => name)

export interface Used {
  readonly instances: number
  readonly cores: number
  readonly ram: number
}

/** What counts against the quota: all but what is deleted for the time being. */
export const usedOf = ({ servers }: World): Used => {
  const counted = servers.filter(({ vm }) => vm !== 'soft-delete')
  return {
    instances: counted.length,
    cores: counted.reduce((sum, { flavor }) => sum + flavor.vcpus, 0),
    ram: counted.reduce((sum, { flavor }) => sum + flavor.ram, 0),
  }
}

/** Whether so much more can be had. */
export const fits = (world: World, more: Partial<Used>): boolean => {
  const used = usedOf(world)
  return (
    used.instances + (more.instances ?? 0) <= limits.instances &&
    used.cores + (more.cores ?? 0) <= limits.cores &&
    used.ram + (more.ram ?? 0) <= limits.ram
  )
}

/** nova asks only for what grows. */
export const fitsInPlaceOf = (world: World, next: Flavor, before: Flavor): boolean =>
  fits(world, {
    cores: Math.max(0, next.vcpus - before.vcpus),
    ram: Math.max(0, next.ram - before.ram),
  })

export const flavorBut = (other: Flavor, pick: number): Flavor => {
  const rest = flavors.filter(({ id }) => id !== other.id)
  return rest[pick % rest.length] ?? other
}
