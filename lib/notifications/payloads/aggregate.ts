import {
  type Aggregate,
  dictOf,
  integer,
  listOf,
  novaObject,
  string,
  uuid,
} from '../../objects/index.js'
import { fill } from './fill.js'

/** An aggregate that is about to be made has no id yet. */
export class AggregatePayload extends novaObject('AggregatePayload', '1.1', {
  id: integer({ nullable: true }),
  uuid: uuid(),
  name: string(),
  hosts: listOf(string())({ nullable: true }),
  metadata: dictOf(string())({ nullable: true }),
}) {
  static of(aggregate: Aggregate): AggregatePayload {
    return fill(new AggregatePayload(), aggregate)
  }
}

/** How far the images of an aggregate's hosts are: one host is done. */
export interface CacheProgress {
  readonly aggregate: Aggregate
  readonly host: string
  /** image id → `cached`, `existing`, `error`, `unsupported` */
  readonly images: Readonly<Record<string, string>>
  /** How many hosts are done, this one among them. */
  readonly index: number
  readonly total: number
}

const successes: ReadonlySet<string> = new Set(['cached', 'existing'])

export class AggregateCachePayload extends novaObject('AggregateCachePayload', '1.0', {
  id: integer(),
  uuid: uuid(),
  name: string(),
  host: string(),
  images_cached: listOf(string())(),
  images_failed: listOf(string())(),
  index: integer(),
  total: integer(),
}) {
  static of({ aggregate, host, images, index, total }: CacheProgress): AggregateCachePayload {
    const ids = Object.keys(images)
    const isThere = (id: string): boolean => successes.has(images[id] ?? '')
    const payload = new AggregateCachePayload(null, {
      host,
      imagesCached: ids.filter(isThere),
      imagesFailed: ids.filter(id => !isThere(id)),
      index,
      total,
    })
    return fill(payload, aggregate)
  }
}
