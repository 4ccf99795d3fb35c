import { MigrationList } from '../../lib/objects/index.js'
import type { Answer, ModelCloud } from './model-cloud.js'

const VERSION = '2.104'

/** A server as the API shows it to an administrator. */
export interface Shown {
  readonly name: string
  readonly status: string
  readonly vm: string
  readonly task: string | null
  readonly power: number
  readonly host: string | null
  readonly node: string | null
  readonly vcpus: number
  readonly metadata: Readonly<Record<string, string>>
  readonly tags: readonly string[]
  readonly isLocked: boolean
  readonly volumes: readonly string[]
  readonly addresses: number
  readonly zone: string | null
  readonly fault: string | null
}

const ok = ({ status, body }: Answer, what: string): Record<string, unknown> => {
  if (status !== 200) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`)
  return Object(body)
}

/** Null: it is gone. */
export const showServer = async (cloud: ModelCloud, id: string): Promise<Shown | null> => {
  const answer = await cloud.ask('admin', VERSION, 'GET', `/servers/${id}`)
  if (answer.status === 404) return null
  const { server } = ok(answer, `GET /servers/${id}`) as { server: Record<string, unknown> }
  const text = (key: string): string => String(server[key])
  const orNull = (key: string): string | null => (server[key] ? text(key) : null)
  const lists = Object.values(Object(server.addresses)) as unknown[][]
  return {
    name: text('name'),
    status: text('status'),
    vm: text('OS-EXT-STS:vm_state'),
    task: orNull('OS-EXT-STS:task_state'),
    power: Number(server['OS-EXT-STS:power_state']),
    host: orNull('OS-EXT-SRV-ATTR:host'),
    node: orNull('OS-EXT-SRV-ATTR:hypervisor_hostname'),
    vcpus: Number(Object(server.flavor).vcpus),
    metadata: Object(server.metadata),
    tags: Object(server.tags),
    isLocked: server.locked === true,
    volumes: (server['os-extended-volumes:volumes_attached'] as { id: string }[]).map(
      one => one.id,
    ),
    addresses: lists.flat().length,
    zone: orNull('pinned_availability_zone'),
    fault: server.fault ? String(Object(server.fault).message) : null,
  }
}

export interface ActionShown {
  readonly name: string
  readonly request: string
}

/** Oldest first. */
export const actionsOf = async (cloud: ModelCloud, id: string): Promise<ActionShown[]> => {
  const path = `/servers/${id}/os-instance-actions`
  const { instanceActions } = ok(await cloud.ask('admin', VERSION, 'GET', path), path) as {
    instanceActions: { action: string; request_id: string }[]
  }
  return instanceActions
    .map(({ action, request_id: request }) => ({ name: action, request }))
    .reverse()
}

/** `[event, result]` of one action; an event that goes on has no result. */
export const eventsOf = async (
  cloud: ModelCloud,
  id: string,
  request: string,
): Promise<(readonly [event: string, result: string | null])[]> => {
  const path = `/servers/${id}/os-instance-actions/${request}`
  const { instanceAction } = ok(await cloud.ask('admin', VERSION, 'GET', path), path) as {
    instanceAction: { events: { event: string; result: string | null }[] }
  }
  return instanceAction.events.map(({ event, result }) => [event, result] as const)
}

export interface Move {
  readonly uuid: string
  readonly type: string
  readonly status: string
  readonly from: string | null
  readonly to: string | null
  /** Number of the flavor's row. */
  readonly oldFlavor: number
}

/** Oldest first. */
export const movesOf = async (cloud: ModelCloud, id: string): Promise<Move[]> => {
  const { objects } = await MigrationList.getByFilters(cloud.api.context, { instance_uuid: id })
  return [...objects]
    .sort((a, b) => a.id - b.id)
    .map(({ uuid, migrationType, status, sourceCompute, destCompute, oldInstanceTypeId }) => ({
      uuid,
      type: migrationType ?? '',
      status: status ?? '',
      from: sourceCompute ?? null,
      to: destCompute ?? null,
      oldFlavor: oldInstanceTypeId ?? 0,
    }))
}

/** Consumer → `host:vcpus` of all that is claimed. */
export const claims = async (cloud: ModelCloud): Promise<Map<string, string>> => {
  const rows = await cloud.api.process.api.kysely
    .selectFrom('allocations as a')
    .innerJoin('resource_providers as p', 'p.id', 'a.resource_provider_id')
    .select(['p.name', 'a.consumer_id', 'a.used'])
    .where('a.resource_class_id', '=', 0)
    .orderBy('p.name')
    .execute()
  const found = new Map<string, string>()
  for (const { name, consumer_id: consumer, used } of rows) {
    const before = found.get(consumer)
    found.set(consumer, `${before ? `${before} ` : ''}${name}:${used}`)
  }
  return found
}

/** Host → vCPUs that its node says it uses. */
export const usage = async (cloud: ModelCloud): Promise<Map<string, number>> => {
  const rows = await cloud.api.process.data.cell.kysely
    .selectFrom('compute_nodes')
    .select(['host', 'vcpus_used'])
    .execute()
  return new Map(rows.map(row => [row.host ?? '', row.vcpus_used]))
}

/** Instances, cores and ram in use, as the API counts them. */
export const quotaUsed = async (cloud: ModelCloud): Promise<readonly number[]> => {
  const { limits } = ok(await cloud.ask('member', VERSION, 'GET', '/limits'), '/limits') as {
    limits: { absolute: Record<string, number> }
  }
  const { totalInstancesUsed = 0, totalCoresUsed = 0, totalRAMUsed = 0 } = limits.absolute
  return [totalInstancesUsed, totalCoresUsed, totalRAMUsed]
}

export interface GuestFound {
  readonly host: string
  readonly power: number
  readonly volumes: readonly string[]
}

/** What hypervisors have of a server, those that are down too. */
export const guestsOf = async (cloud: ModelCloud, id: string): Promise<GuestFound[]> => {
  const found: GuestFound[] = []
  for (const [host, { driver }] of cloud.hosts) {
    if (!(await driver.listInstanceUuids()).includes(id)) continue
    const who = driverInstance(id)
    const { state } = await driver.getInfo(who)
    found.push({ host, power: state, volumes: Object.values(driver.volumesOf(who)).sort() })
  }
  return found
}

const driverInstance = (uuid: string) => ({
  uuid,
  id: 0,
  displayName: null,
  memoryMb: null,
  vcpus: null,
  rootGb: null,
  ephemeralGb: null,
})
