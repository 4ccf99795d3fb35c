import type { RequestContext } from '../context/index.js'
import {
  type CellMapping,
  type Instance,
  InstanceAction,
  InstanceExternalEvent,
  InstanceList,
  InstanceMappingList,
  Migration,
} from '../objects/index.js'
import type { Cells } from './cells.js'
import type { ComputeRpcApi } from './rpcapi.js'

/** What another service tells of a server. */
export interface ExternalEvent {
  readonly serverUuid: string
  readonly name: InstanceExternalEvent['name']
  readonly status: InstanceExternalEvent['status']
  /** A port, a volume, a power state: by the event's name. */
  readonly tag: string | null
}

/** 200: sent on; 400: no tag; 404: no such server; 422: it has no host that could be told. */
export type EventCode = 200 | 400 | 404 | 422

export interface ExternalEventParts {
  readonly cells: Cells
  readonly compute: ComputeRpcApi
}

const tagged: ReadonlySet<string> = new Set([
  'volume-extended',
  'power-update',
  'accelerator-request-bound',
])

/** What the tag of a power update means, as an action on the server. */
const powerActions = new Map([
  ['POWER_ON', 'start'],
  ['POWER_OFF', 'stop'],
])

interface Delivery {
  /** Aimed at the host's cell. */
  readonly context: RequestContext
  readonly instances: Map<string, Instance>
  readonly events: InstanceExternalEvent[]
}

/** Takes what other services tell of servers to the hosts of these: one message a host. */
export class ExternalEvents {
  readonly #parts: ExternalEventParts

  constructor(parts: ExternalEventParts) {
    this.#parts = parts
  }

  /** @returns what became of each, in order */
  async send(context: RequestContext, events: readonly ExternalEvent[]): Promise<EventCode[]> {
    const found = await this.#instances(context, events)
    const codes = events.map(event => codeOf(event, found.get(event.serverUuid)))
    const deliveries = new Map<string, Delivery>()
    for (const [index, event] of events.entries()) {
      const instance = found.get(event.serverUuid)
      if (codes[index] !== 200 || !instance || instance === 'unreachable') continue
      if (!(await recordAction(instance, event))) continue
      for (const host of await hostsOf(instance)) address(deliveries, host, instance, event)
    }
    for (const [host, { context: cell, instances, events: told }] of deliveries) {
      await this.#parts.compute.externalInstanceEvent(cell, host, [...instances.values()], told)
    }
    return codes
  }

  /** Those in cells, asked cell by cell. Of a cell that is down it is known only that they exist. */
  async #instances(
    context: RequestContext,
    events: readonly ExternalEvent[],
  ): Promise<ReadonlyMap<string, Instance | 'unreachable'>> {
    const uuids = [...new Set(events.map(({ serverUuid }) => serverUuid))]
    const mappings = await InstanceMappingList.getByInstanceUuids(context, uuids)
    const byCell = new Map<string, { readonly cell: CellMapping; readonly uuids: string[] }>()
    for (const { cellMapping: cell, instanceUuid } of mappings.objects) {
      if (!cell) continue
      const group = byCell.get(cell.uuid) ?? { cell, uuids: [] }
      byCell.set(cell.uuid, group)
      group.uuids.push(instanceUuid)
    }
    const found = new Map<string, Instance | 'unreachable'>()
    for (const { cell, uuids: uuid } of byCell.values()) {
      const answer = await this.#parts.cells.ask(context, cell, asked =>
        InstanceList.getByFilters(
          asked,
          { uuid, deleted: false },
          { expectedAttrs: ['migration_context', 'info_cache'] },
        ),
      )
      if (answer === 'down') for (const one of uuid) found.set(one, 'unreachable')
      else for (const instance of answer.answer.objects) found.set(instance.uuid, instance)
    }
    return found
  }
}

const codeOf = (
  { name, tag }: ExternalEvent,
  instance: Instance | 'unreachable' | undefined,
): EventCode => {
  if (!instance) return 404
  if (tag === null && tagged.has(name)) return 400
  return instance === 'unreachable' || !instance.host ? 422 : 200
}

/** Where the server is, and while it moves, where it comes from and goes to. */
const hostsOf = async (instance: Instance): Promise<ReadonlySet<string>> => {
  const hosts = new Set([instance.host])
  const moving = instance.get('migrationContext')
  if (moving) {
    const context = instance.requireContext('hosts')
    const { sourceCompute, destCompute } = await Migration.getById(context, moving.migrationId)
    hosts.add(sourceCompute).add(destCompute)
  }
  return new Set([...hosts].filter(host => host !== null))
}

/** Some events are what users of the server ask about later. @returns false: it means nothing */
const recordAction = async (instance: Instance, { name, tag }: ExternalEvent): Promise<boolean> => {
  const action =
    name === 'volume-extended'
      ? 'extend_volume'
      : name === 'power-update'
        ? powerActions.get(tag ?? '')
        : null
  if (action === undefined) return false
  if (action === null) return true
  const context = instance.requireContext(action)
  await InstanceAction.actionStart(context, instance.uuid, action, { wantResult: false })
  return true
}

const address = (
  deliveries: Map<string, Delivery>,
  host: string,
  instance: Instance,
  { name, status, tag }: ExternalEvent,
): void => {
  const context = instance.requireContext('external_instance_event')
  // A host's name means one host in all cells: it is mapped to one of them.
  const delivery: Delivery = deliveries.get(host) ?? {
    context,
    instances: new Map(),
    events: [],
  }
  deliveries.set(host, delivery)
  delivery.instances.set(instance.uuid, instance)
  delivery.events.push(
    new InstanceExternalEvent(context, {
      instanceUuid: instance.uuid,
      name,
      status,
      tag,
      data: {},
    }),
  )
}
