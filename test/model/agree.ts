import type { ModelCloud } from './model-cloud.js'
import {
  claims,
  guestsOf,
  type Move,
  movesOf,
  quotaUsed,
  type Shown,
  showServer,
  usage,
} from './observe.js'
import { isHostUp, type Server, usedOf, type World } from './world.js'

/** The status of a server with no task under way (contract: rest/servers.md 6.1). */
const statuses: Readonly<Record<string, string>> = {
  active: 'ACTIVE',
  stopped: 'SHUTOFF',
  paused: 'PAUSED',
  suspended: 'SUSPENDED',
  rescued: 'RESCUE',
  resized: 'VERIFY_RESIZE',
  error: 'ERROR',
  'soft-delete': 'SOFT_DELETED',
  shelved: 'SHELVED',
  shelved_offloaded: 'SHELVED_OFFLOADED',
}

/** What a migration is when nobody works on it any more. */
const overStatuses: readonly string[] = [
  'confirmed',
  'reverted',
  'completed',
  'cancelled',
  'failed',
  'error',
  'done',
]

/** Collects what is not as it should be. */
class Differences {
  readonly found: string[] = []

  same(what: string, actual: unknown, expected: unknown): void {
    const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)]
    if (is !== should) this.found.push(`${what} is ${is}, expected ${should}`)
  }
}

/** Everything against the model, while nothing is under way. @returns what differs, a line each */
export const disagreements = async (cloud: ModelCloud, world: World): Promise<string[]> => {
  const all = new Differences()
  const claimed = await claims(cloud)
  const expectedClaims = new Map<string, string>()
  for (const server of world.servers) {
    const shown = await showServer(cloud, server.id)
    if (!shown) {
      all.found.push(`${server.name} is gone`)
      continue
    }
    compareShown(all, world, server, shown)
    await compareVolumes(all, cloud, server)
    comparePorts(all, cloud, server)
    const moves = await movesOf(cloud, server.id)
    await compareGuests(all, cloud, world, server, strandedOn(moves))
    const open = moves.filter(
      ({ status, type, from }) =>
        !overStatuses.includes(status) && (type !== 'evacuation' || isHostUp(world, from)),
    )
    all.same(
      `${server.name}: migrations that are not over`,
      open.map(({ status, from }) => [status, from]),
      server.resize ? [['finished', server.resize.from]] : [],
    )
    if (server.host) expectedClaims.set(server.id, `${server.host}:${server.flavor.vcpus}`)
    const [resize] = open
    if (server.resize && resize) {
      expectedClaims.set(resize.uuid, `${server.resize.from}:${server.resize.flavor.vcpus}`)
    }
    // Where it was evacuated from, its claim stays until that host is back and has tidied up.
    const left = moves.filter(
      ({ type, status, from }) =>
        type === 'evacuation' && status === 'done' && from !== server.host,
    )
    for (const { from } of left) {
      if (isHostUp(world, from))
        all.found.push(`${server.name}: ${from} is back, and still claimed`)
    }
  }
  compareClaims(all, world, claimed, expectedClaims)
  await compareUsage(all, cloud, world)
  const used = usedOf(world)
  all.same('used quota', await quotaUsed(cloud), [used.instances, used.cores, used.ram])
  return all.found
}

const compareShown = (all: Differences, world: World, server: Server, shown: Shown): void => {
  const of = (what: string) => `${server.name}: ${what}`
  all.same(of('vm_state'), shown.vm, server.vm)
  // One whose host is down, and whose evacuation broke off, waits for the next evacuation.
  const isWaiting = !isHostUp(world, server.host) && /^rebuild/.test(shown.task ?? '')
  if (!isWaiting) {
    all.same(of('task_state'), shown.task, null)
    all.same(of('status'), shown.status, statuses[server.vm] ?? 'UNKNOWN')
  }
  if (server.isSound) all.same(of('power_state'), shown.power, server.power)
  all.same(of('host'), shown.host, server.host)
  all.same(of('node'), shown.node, server.host)
  all.same(of('vcpus'), shown.vcpus, server.flavor.vcpus)
  all.same(of('metadata'), sorted(shown.metadata), sorted(server.metadata))
  all.same(of('tags'), [...shown.tags].sort(), [...server.tags].sort())
  all.same(of('locked'), shown.isLocked, server.isLocked)
  all.same(of('name'), shown.name, server.name)
  all.same(of('volumes'), [...shown.volumes].sort(), [...server.volumes].sort())
  all.same(of('pinned zone'), shown.zone, server.zone)
  if (server.isSound && !server.hasLooseDevices) {
    all.same(of('addresses'), shown.addresses, server.ports)
  }
}

/**
 * A move that broke off in the middle leaves the server at its new host, and its old disks where they
 * were, for whoever repairs it; they go with the server.
 */
const strandedOn = (moves: readonly Move[]): ReadonlySet<string | null> =>
  new Set(
    moves
      .filter(({ type, status }) => type !== 'live-migration' && status === 'error')
      .flatMap(({ from, to }) => [from, to]),
  )

const compareGuests = async (
  all: Differences,
  cloud: ModelCloud,
  world: World,
  server: Server,
  stranded: ReadonlySet<string | null>,
): Promise<void> => {
  const found = await guestsOf(cloud, server.id)
  const expected = [server.host, server.resize?.from ?? null].filter(host => host !== null)
  const here = new Set(expected)
  for (const { host } of found) {
    if (here.has(host) || stranded.has(host) || !isHostUp(world, host)) continue
    all.found.push(`${server.name}: a guest on ${host}, where it is not`)
  }
  if (!server.isSound) return
  for (const host of here) {
    if (!found.some(guest => guest.host === host)) {
      all.found.push(`${server.name}: no guest on ${host}`)
    }
  }
  const guest = found.find(({ host }) => host === server.host)
  if (!guest || !isHostUp(world, server.host)) return
  all.same(`${server.name}: power of the guest`, guest.power, server.power)
  if (server.hasLooseDevices) return
  all.same(`${server.name}: volumes of the guest`, guest.volumes, [...server.volumes].sort())
}

const compareVolumes = async (
  all: Differences,
  cloud: ModelCloud,
  server: Server,
): Promise<void> => {
  if (server.hasLooseDevices) return
  for (const id of server.volumes) {
    const held = cloud.api.volumes.held(id)
    const state = server.host === null ? 'reserved' : 'attached'
    all.same(
      `${server.name}: attachments of a volume`,
      held.map(one => [one.serverId, server.isSound ? one.state : state]),
      [[server.id, state]],
    )
  }
}

const comparePorts = (all: Differences, cloud: ModelCloud, server: Server): void => {
  const ports = cloud.ports.of(server.id)
  if (!server.isSound || server.hasLooseDevices) return
  all.same(`${server.name}: ports`, ports.length, server.ports)
  if (server.host === null) return
  const hosts = new Set(ports.map(({ host }) => host))
  if (ports.length > 0) all.same(`${server.name}: its ports' host`, [...hosts], [server.host])
}

const compareClaims = (
  all: Differences,
  world: World,
  claimed: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): void => {
  for (const [consumer, what] of claimed) {
    const should = expected.get(consumer)
    const name = world.servers.find(({ id }) => id === consumer)?.name ?? consumer
    // Of a host that is down something may be left.
    const rest = what.split(' ').filter(one => isHostUp(world, one.split(':')[0] ?? ''))
    const wanted = (should ?? '').split(' ').filter(one => isHostUp(world, one.split(':')[0] ?? ''))
    if (rest.join(' ') !== wanted.join(' ')) {
      all.found.push(`claims of ${name} are ${what}, expected ${should ?? 'none'}`)
    }
  }
  for (const [consumer, should] of expected) {
    if (!claimed.has(consumer)) all.found.push(`${consumer} has no claim, expected ${should}`)
  }
}

const compareUsage = async (all: Differences, cloud: ModelCloud, world: World): Promise<void> => {
  const used = await usage(cloud)
  for (const { name } of world.hosts) {
    if (!isHostUp(world, name)) continue
    const own = world.servers
      .filter(({ host }) => host === name)
      .reduce((sum, { flavor }) => sum + flavor.vcpus, 0)
    const held = world.servers
      .filter(({ resize }) => resize?.from === name)
      .reduce((sum, { resize }) => sum + (resize?.flavor.vcpus ?? 0), 0)
    all.same(`vCPUs used on ${name}`, used.get(name), own + held)
  }
}

const sorted = (record: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(record).sort(([a], [b]) => a.localeCompare(b))
