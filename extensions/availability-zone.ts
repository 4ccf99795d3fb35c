import { hostApiOf } from '../controllers/hosts.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import { rawTime } from '../controllers/times.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { HostApi, PlacedService } from '../lib/compute/host-api.js'
import { expectedErrors, query, querySchema } from '../lib/wsgi/index.js'

interface ZoneDocument {
  readonly zoneName: string
  readonly zoneState: { readonly available: boolean }
  /** host → binary → how it is; null where it is not told */
  readonly hosts: Readonly<Record<string, Readonly<Record<string, object>>>> | null
}

const noQuery = querySchema({})

/** GET /os-availability-zone, /os-availability-zone/detail */
export class AvailabilityZoneController {
  readonly #hosts: HostApi
  readonly #compute: ComputeApi

  constructor(services: ApiServices) {
    this.#hosts = hostApiOf(services)
    this.#compute = services.compute
  }

  @query(noQuery)
  @expectedErrors()
  async index(req: Req): Promise<{ availabilityZoneInfo: ZoneDocument[] }> {
    req.context.can('os_compute_api:os-availability-zone:list')
    const { available, unavailable } = await this.#zones(req)
    const shown = (zones: Iterable<string>, state: boolean): ZoneDocument[] =>
      [...zones]
        .filter(zone => zone !== this.#compute.zones.internal)
        .map(zone => zoneDocument(zone, state, null))
    return {
      availabilityZoneInfo: [...shown(available.keys(), true), ...shown(unavailable, false)],
    }
  }

  @query(noQuery)
  @expectedErrors()
  async detail(req: Req): Promise<{ availabilityZoneInfo: ZoneDocument[] }> {
    req.context.can('os_compute_api:os-availability-zone:detail')
    const { available, unavailable } = await this.#zones(req)
    return {
      availabilityZoneInfo: [
        ...[...available].map(([zone, services]) =>
          zoneDocument(zone, true, this.#hostsOf(services)),
        ),
        ...unavailable.map(zone => zoneDocument(zone, false, null)),
      ],
    }
  }

  /** A zone is available when an enabled service stands in it. */
  async #zones(req: Req): Promise<{
    readonly available: ReadonlyMap<string, readonly PlacedService[]>
    readonly unavailable: readonly string[]
  }> {
    const { services } = await this.#hosts.services(req.context.elevated())
    const available = new Map<string, PlacedService[]>()
    for (const placed of services) {
      if (placed.service.disabled) continue
      const zone = available.get(placed.zone)
      if (zone) zone.push(placed)
      else available.set(placed.zone, [placed])
    }
    const others = services.map(({ zone }) => zone).filter(zone => !available.has(zone))
    return { available, unavailable: [...new Set(others)] }
  }

  #hostsOf(services: readonly PlacedService[]): Record<string, Record<string, object>> {
    const hosts: Record<string, Record<string, object>> = {}
    for (const { service } of services) {
      const host = service.host ?? ''
      hosts[host] = {
        ...hosts[host],
        [service.binary ?? '']: {
          available: this.#hosts.isUp(service),
          active: true,
          updated_at: rawTime(service.get('updatedAt')),
        },
      }
    }
    return hosts
  }
}

const zoneDocument = (
  zoneName: string,
  available: boolean,
  hosts: ZoneDocument['hosts'],
): ZoneDocument => ({ zoneName, zoneState: { available }, hosts })

export const extension = {
  alias: 'os-availability-zone',
  name: 'AvailabilityZone',
  description:
    '1. Add availability_zone to the Create Server API. 2. Add availability zones describing.',
  resources: [
    {
      collection: 'os-availability-zone',
      controller: AvailabilityZoneController,
      collectionActions: { detail: 'GET' as const },
    },
  ],
}
