import assert from 'node:assert/strict'
import { RequestContext } from '../../../lib/context/index.js'
import { faultwrap } from '../../../lib/filters/faultwrap.js'
import { parseRules } from '../../../lib/filters/rate-limit-rules.js'
import { factory, ratelimit, rulesFor } from '../../../lib/filters/ratelimit.js'
import type { App } from '../../../lib/paste/index.js'
import { globalsWith, linted, serve } from '../../support/filters.js'
import { MemoryLog } from '../../support/log.js'

describe('filter ratelimit', () => {
  /** A client, and a clock (seconds) that only the test moves. */
  const limited = (conf: Record<string, string>) => {
    const clock = { now: 1000 }
    const states: App = (req, res) => {
      res.json(req.rateLimits?.map(({ uri, remaining }) => [uri, remaining]))
    }
    const filter = linted(ratelimit(rulesFor(conf), () => clock.now))(states)
    const app: App = (req, res, next) => {
      const userId = req.headers['x-user']
      if (typeof userId === 'string') req.context = new RequestContext({ userId })
      filter(req, res, next)
    }
    return { clock, client: serve(linted(faultwrap(new MemoryLog()))(app)) }
  }

  it('answers 429 with Retry-After once the bucket is full, and lets pass again as it drains', async () => {
    const { clock, client } = limited({ limits: '(GET, *, .*, 2, minute)' })
    await client.get('/').expect(200, [['*', 1]])
    await client.get('/').expect(200, [['*', 0]])
    await client
      .get('/')
      .expect(429, {
        overLimit: {
          code: 429,
          message: 'This request was rate-limited.',
          details: 'Only 2 GET request(s) can be made to * every minute.',
          retryAfter: '30',
        },
      })
      .expect('retry-after', '30')
    clock.now += 29
    await client.get('/').expect(429).expect('retry-after', '1')
    clock.now += 1
    await client.get('/').expect(200)
  })

  it('counts each user alone, by rules of its own if it has some', async () => {
    const { client } = limited({
      limits: '(GET, *, .*, 1, DAY)',
      'limits.boss': '(GET, *, .*, 2, DAY)',
    })
    for (const user of ['a', 'b', 'boss', 'boss']) {
      await client.get('/').set('x-user', user).expect(200)
    }
    for (const user of ['a', 'b', 'boss']) await client.get('/').set('x-user', user).expect(429)
  })

  it('tells the shortest wait of several rules', async () => {
    const { client } = limited({ limits: '(GET, a, .*, 1, DAY);(GET, b, .*, 1, HOUR)' })
    await client.get('/').expect(200)
    await client.get('/').expect(429).expect('retry-after', '3600')
  })

  it('matches the whole URL from its beginning, as nova did: ^/servers never hits', async () => {
    const { client } = limited({
      limits: '(GET, x, ^/servers, 1, DAY);(GET, y, .*since.*, 1, DAY)',
    })
    for (let i = 0; i < 3; i++) await client.get('/servers').expect(200)
    await client.get('/servers?since=1').expect(200)
    await client.get('/servers?since=1').expect(429)
  })

  it('has nova’s own rules where none are given', () => {
    assert.deepEqual(
      parseRules(' ', 'limits').map(({ verb, uri, value, unit }) => [verb, uri, value, unit]),
      [
        ['POST', '*', 120, 'MINUTE'],
        ['POST', '*/servers', 120, 'MINUTE'],
        ['PUT', '*', 120, 'MINUTE'],
        ['GET', '*changes-since*', 120, 'MINUTE'],
        ['DELETE', '*', 120, 'MINUTE'],
        ['GET', '*/os-fping', 12, 'MINUTE'],
      ],
    )
  })

  for (const [rule, why] of [
    ['GET, *, .*, 1, DAY', /stands in no parentheses/],
    ['(GET, *, .*, 1)', /it has 4 fields, not 5/],
    ['(GET, *, .*, 0, DAY)', /COUNT must be a whole number above 0, got '0'/],
    ['(GET, *, .*, 1, WEEK)', /UNIT must be SECOND, MINUTE, HOUR or DAY, got 'WEEK'/],
    ['(GET, *, (, 1, DAY)', /REGEX '\(' is no regular expression/],
  ] as const) {
    it(`refuses, at load, ${rule}`, () => {
      assert.throws(() => factory(globalsWith(), { limits: rule }), why)
    })
  }
})
