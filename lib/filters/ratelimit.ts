import { LRUCache } from 'lru-cache'
import { type Filter, filterFactory, type LocalConf } from '../paste/index.js'
import { Fault } from '../wsgi/index.js'
import { parseRules, type RateLimitRule, secondsIn, type Unit } from './rate-limit-rules.js'
import './request.js'

/**
 * nova's rate limiter of old: a leaky bucket for each user and rule, in memory. In no pipeline by
 * default; put it behind the filter that makes the context.
 *
 *     [filter:ratelimit]
 *     paste.filter_factory = kilonova/filters/ratelimit:factory
 *     # (VERB, URI for people, REGEX over the whole URL, COUNT, SECOND|MINUTE|HOUR|DAY);(…)
 *     limits = (POST, *, .*, 10, MINUTE);(PUT, *, .*, 10, MINUTE)
 *     # rules of one user, by its id
 *     limits.7d3e… = (POST, *, .*, 100, MINUTE)
 *
 * @throws OptionError at load, for a rule that cannot be read
 */
export const factory = filterFactory(
  {
    name: 'ratelimit',
    doc: 'So many requests of a kind in a minute for each user. Behind the filter that makes the context.',
    options: {
      limits: { doc: '(VERB, URI, REGEX, COUNT, SECOND|MINUTE|HOUR|DAY);(…)' },
      'limits.*': { doc: 'rules of one user, by its id' },
    },
    order: { needs: ['context'] },
  },
  (_globalConf, _options, localConf) =>
    ratelimit(rulesFor(localConf), () => performance.now() / 1000),
)

export interface UserRules {
  readonly common: readonly RateLimitRule[]
  readonly byUser: ReadonlyMap<string, readonly RateLimitRule[]>
}

/** @throws OptionError */
export const rulesFor = (localConf: LocalConf): UserRules => ({
  common: parseRules(localConf.limits ?? '', 'limits'),
  byUser: new Map(
    Object.entries(localConf)
      .filter(([key]) => key.startsWith('limits.'))
      .map(([key, text]) => [key.slice('limits.'.length), parseRules(text, key)]),
  ),
})

/** One rule as GET /limits shows it. */
export interface RateLimitState {
  readonly verb: string
  readonly uri: string
  readonly regex: string
  readonly value: number
  readonly unit: Unit
  readonly remaining: number
  /** Seconds until the next request that will not be refused; 0: now. */
  readonly wait: number
}

declare global {
  namespace Express {
    interface Request {
      /** The rules that this user is under; set by ratelimit. */
      rateLimits?: readonly RateLimitState[]
    }
  }
}

/** How full the bucket of one user and rule is, in seconds of its unit. */
interface Bucket {
  level: number
  /** Seconds. */
  at: number
  remaining: number
  /** When the next request will pass. */
  next: number
}

/** @param now  seconds of a clock that never goes back */
export const ratelimit = ({ common, byUser }: UserRules, now: () => number): Filter => {
  // Bounded, for the keys are the clients' to choose; a forgotten bucket is an empty one.
  const users = new LRUCache<string, Bucket[]>({ max: 10_000 })

  const bucketsOf = (user: string, rules: readonly RateLimitRule[]): Bucket[] => {
    let buckets = users.get(user)
    if (!buckets) {
      const at = now()
      buckets = rules.map(({ value }) => ({ level: 0, at, remaining: value, next: at }))
      users.set(user, buckets)
    }
    return buckets
  }

  return app =>
    function ratelimit(req, res, next) {
      const user = req.context?.userId ?? ''
      const rules = byUser.get(user) ?? common
      const buckets = bucketsOf(user, rules)
      const time = now()
      const url = `${req.protocol}://${req.headers.host ?? ''}${req.originalUrl}`
      let refused: { rule: RateLimitRule; delay: number } | undefined
      for (const [index, rule] of rules.entries()) {
        const bucket = buckets[index]
        if (!bucket || rule.verb !== req.method || !rule.pattern.test(url)) continue
        const delay = pour(bucket, rule, time)
        if (delay > 0 && (!refused || delay < refused.delay)) refused = { rule, delay }
      }
      if (refused) {
        next(tooMany(refused.rule, refused.delay))
        return
      }
      req.rateLimits = rules.map(({ verb, uri, regex, value, unit }, index) => ({
        verb,
        uri,
        regex,
        value,
        unit,
        remaining: buckets[index]?.remaining ?? value,
        wait: Math.max(0, (buckets[index]?.next ?? time) - time),
      }))
      app(req, res, next)
    }
}

/** @returns seconds to wait, or 0 when the request fits in */
const pour = (bucket: Bucket, { value, unit }: RateLimitRule, time: number): number => {
  const capacity = secondsIn[unit]
  const left = Math.max(0, bucket.level - (time - bucket.at))
  const level = left + capacity / value
  // a sum of thirds is no whole: what is a millionth over is not over
  const over = level - capacity
  bucket.at = time
  if (over > 1e-6) {
    bucket.level = left
    bucket.next = time + over
    return over
  }
  bucket.level = level
  bucket.next = time
  bucket.remaining = Math.floor(((capacity - level) / capacity) * value + 1e-6)
  return 0
}

const tooMany = ({ value, verb, uri, unit }: RateLimitRule, delay: number): Fault =>
  new Fault(429, 'overLimit', 'This request was rate-limited.', {
    details: `Only ${value} ${verb} request(s) can be made to ${uri} every ${unit.toLowerCase()}.`,
    headers: { 'retry-after': String(Math.ceil(delay - 1e-6)) },
  })
