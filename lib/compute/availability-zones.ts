import type { NovaConf } from '../conf/index.js'
import type { RequestContext } from '../context/index.js'
import { AggregateList } from '../objects/index.js'

/** Zones are metadata of aggregates: `availability_zone`, on the aggregates a host is in. */
export class AvailabilityZones {
  readonly #default: string
  readonly internal: string

  constructor(conf: NovaConf) {
    this.#default = conf.DEFAULT.default_availability_zone
    this.internal = conf.DEFAULT.internal_service_availability_zone
  }

  /** The zone of hosts that no zoned aggregate holds. */
  get default(): string {
    return this.#default
  }

  /** Host → zone, for the hosts that an aggregate puts into one. */
  async zonesByHost(context: RequestContext): Promise<ReadonlyMap<string, string>> {
    const zones = new Map<string, string>()
    const aggregates = await AggregateList.getAll(context.elevated())
    for (const aggregate of aggregates.objects) {
      const zone = aggregate.metadata?.availability_zone
      if (!zone) continue
      for (const host of aggregate.hosts ?? []) zones.set(host, zone)
    }
    return zones
  }

  /** The zone of one host. */
  async zoneOf(context: RequestContext, host: string): Promise<string> {
    return (await this.zonesByHost(context)).get(host) ?? this.#default
  }

  /** Whether servers may be asked for in this zone. */
  async exists(context: RequestContext, zone: string): Promise<boolean> {
    if (zone === this.#default) return true
    const aggregates = await AggregateList.getAll(context.elevated())
    return aggregates.objects.some(aggregate => aggregate.metadata?.availability_zone === zone)
  }
}
