import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { MockAgent } from 'undici'
import {
  IdentityUnavailable,
  KeystoneSession,
  KeystoneTokenValidator,
  ServiceCredentialsRefused,
} from '../../../lib/identity/index.js'

const config = {
  auth_url: 'http://keystone.test/identity/',
  username: 'nova',
  password: 'secret',
  project_name: 'service',
  user_domain_name: 'Default',
  project_domain_id: 'default',
}
const start = Date.UTC(2026, 0, 31, 12)

const tokenBody = (user: string, expiresAt: number) => ({
  token: {
    user: { id: user, name: user, domain: { id: 'default', name: 'Default' } },
    project: { id: 'p', name: 'P', domain: { id: 'default', name: 'Default' } },
    roles: [{ id: 'r', name: 'member' }],
    catalog: [
      {
        type: 'image',
        name: 'glance',
        endpoints: [
          { interface: 'public', region: 'R1', region_id: 'R1', url: 'http://glance/' },
          { interface: 'internal', region: 'R2', region_id: 'R2', url: 'http://inside' },
        ],
      },
    ],
    expires_at: new Date(expiresAt).toISOString(),
    issued_at: new Date(start).toISOString(),
  },
})

describe('Keystone client', () => {
  let agent: MockAgent
  let now: number
  let logins: unknown[]

  beforeEach(() => {
    now = start
    logins = []
    agent = new MockAgent()
    agent.disableNetConnect()
  })
  afterEach(() => agent.close())

  const keystone = () => agent.get('http://keystone.test')
  const session = (extra: object = {}) =>
    new KeystoneSession(
      { ...config, ...extra },
      { dispatcher: agent, retryDelay: 0, now: () => now },
    )
  /** Answers logins with `own-1`, `own-2`, …, each good for an hour. */
  const takeLogins = (times: number): void => {
    keystone()
      .intercept({ method: 'POST', path: '/identity/v3/auth/tokens' })
      .reply(({ body }) => {
        logins.push(JSON.parse(String(body)))
        return {
          statusCode: 201,
          data: tokenBody('nova', now + 3600_000),
          responseOptions: { headers: { 'x-subject-token': `own-${logins.length}` } },
        }
      })
      .times(times)
  }
  /** Answers one validation. */
  const takeValidation = (
    status: number,
    body: object | string = '',
    path = '/identity/v3/auth/tokens',
  ): Promise<IncomingHttpHeaders> =>
    new Promise(resolve => {
      keystone()
        .intercept({ method: 'GET', path })
        .reply(({ headers }) => {
          resolve({ ...(headers as IncomingHttpHeaders) })
          return { statusCode: status, data: body }
        })
    })

  describe('session', () => {
    it('logs in by name and password, once for all who wait', async () => {
      takeLogins(1)
      const own = session()
      assert.deepEqual(await Promise.all([own.token(), own.token()]), ['own-1', 'own-1'])
      assert.deepEqual(logins, [
        {
          auth: {
            identity: {
              methods: ['password'],
              password: {
                user: { name: 'nova', domain: { name: 'Default' }, password: 'secret' },
              },
            },
            scope: { project: { name: 'service', domain: { id: 'default' } } },
          },
        },
      ])
    })

    it('renews its token before it ends, and when told that it is refused', async () => {
      takeLogins(3)
      const own = session()
      assert.equal(await own.token(), 'own-1')
      now += 3400_000
      assert.equal(await own.token(), 'own-1')
      now += 100_000
      assert.equal(await own.token(), 'own-2')
      own.invalidate()
      assert.equal(await own.token(), 'own-3')
    })

    it('finds addresses by interface and region', async () => {
      takeLogins(3)
      assert.equal(await session().endpointFor('image'), 'http://inside')
      assert.equal(await session({ region_name: 'R1' }).endpointFor('image'), 'http://glance')
      await assert.rejects(
        session({ region_name: 'R1', interface: 'internal' }).endpointFor('image'),
        { message: 'the catalog has no internal endpoint of image in region R1' },
      )
    })

    it('says whose credentials are refused', async () => {
      keystone().intercept({ method: 'POST', path: '/identity/v3/auth/tokens' }).reply(401, {})
      await assert.rejects(session().token(), error => {
        assert.ok(error instanceof ServiceCredentialsRefused)
        assert.equal(
          error.message,
          "http://keystone.test/identity/v3: refused the credentials of user 'nova' (401)",
        )
        return true
      })
    })

    it('tries again while Keystone fails, but not for ever', async () => {
      const path = '/identity/v3/auth/tokens'
      keystone().intercept({ method: 'POST', path }).reply(503, 'later').times(2)
      takeLogins(1)
      assert.equal(await session().token(), 'own-1')
      const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      keystone().intercept({ method: 'POST', path }).replyWithError(refused).times(4)
      await assert.rejects(session().token(), {
        name: 'IdentityUnavailable',
        message: 'POST http://keystone.test/identity/v3/auth/tokens: ECONNREFUSED',
      })
      agent.assertNoPendingInterceptors()
    })

    for (const auth_url of [undefined, '', 'keystone', 'ftp://x']) {
      it(`refuses the auth_url ${auth_url}`, () => {
        assert.throws(() => new KeystoneSession({ auth_url }), {
          message: `auth_url: expected the http(s) address of Keystone, found '${auth_url ?? ''}'`,
        })
      })
    }

    for (const suffix of ['', '/', '/v3', '/v3/', '/v2.0']) {
      it(`takes an auth_url ending in '${suffix}'`, () => {
        const own = new KeystoneSession({ auth_url: `http://k:5000${suffix}` })
        assert.equal(own.http.url, 'http://k:5000/v3')
      })
    }
  })

  describe('validator', () => {
    const validator = () => new KeystoneTokenValidator(session(), { now: () => now })

    it('asks Keystone once, whoever waits, and remembers for five minutes', async () => {
      takeLogins(1)
      const asked = takeValidation(200, tokenBody('alice', now + 3600_000))
      const tokens = validator()
      const [first, second] = await Promise.all([tokens.validate('t'), tokens.validate('t')])
      assert.deepEqual(first, {
        userId: 'alice',
        userName: 'alice',
        userDomainId: 'default',
        userDomainName: 'Default',
        projectId: 'p',
        projectName: 'P',
        projectDomainId: 'default',
        projectDomainName: 'Default',
        domainId: null,
        domainName: null,
        systemScope: null,
        roles: ['member'],
        isAdminProject: true,
        catalog: tokenBody('', 0).token.catalog,
        expiresAt: start + 3600_000,
      })
      assert.equal(second, first)
      const headers = await asked
      assert.equal(headers['x-auth-token'], 'own-1')
      assert.equal(headers['x-subject-token'], 't')
      now += 299_000
      assert.equal(await tokens.validate('t'), first)
      now += 1000
      takeValidation(404)
      assert.equal(await tokens.validate('t'), null)
    })

    it('remembers bad tokens too', async () => {
      takeLogins(1)
      takeValidation(404)
      const tokens = validator()
      assert.equal(await tokens.validate('bad'), null)
      assert.equal(await tokens.validate('bad'), null)
    })

    it('lets a remembered token expire in time', async () => {
      takeLogins(1)
      takeValidation(200, tokenBody('alice', now + 60_000))
      const tokens = validator()
      assert.equal((await tokens.validate('t'))?.userId, 'alice')
      now += 60_000
      assert.equal(await tokens.validate('t'), null)
    })

    it('asks for an expired one when a service vouches for it', async () => {
      takeLogins(1)
      const body = tokenBody('alice', now - 1000)
      takeValidation(200, body, '/identity/v3/auth/tokens?allow_expired=1')
      const tokens = validator()
      const token = await tokens.validate('t', { allowExpired: true })
      assert.equal(token?.userId, 'alice')
      takeValidation(404)
      assert.equal(await tokens.validate('t'), null)
    })

    it('gets itself another token when its own is refused, once', async () => {
      takeLogins(2)
      takeValidation(401)
      const asked = takeValidation(200, tokenBody('alice', now + 3600_000))
      const tokens = validator()
      assert.equal((await tokens.validate('t'))?.userId, 'alice')
      // The first interceptor took the refused one.
      assert.equal((await asked)['x-auth-token'], 'own-2')
      takeLogins(1)
      takeValidation(401)
      takeValidation(401)
      await assert.rejects(tokens.validate('other'), {
        message: 'validating a token: Keystone refuses our own',
      })
    })

    for (const [what, status, body] of [
      ['a page', 200, '<html>'],
      ['JSON that is no token', 200, { token: { user: 7 } }],
      ['a refusal', 403, {}],
    ] as const) {
      it(`does not take ${what} for an answer, nor remember it`, async () => {
        takeLogins(1)
        takeValidation(status, body)
        const tokens = validator()
        await assert.rejects(tokens.validate('t'), IdentityUnavailable)
        takeValidation(200, tokenBody('alice', now + 3600_000))
        assert.equal((await tokens.validate('t'))?.userId, 'alice')
      })
    }

    it('does not trouble Keystone with what cannot be a token', async () => {
      const tokens = validator()
      for (const text of ['', 'a b', 'a\nb', 'é', 'x'.repeat(9000)]) {
        assert.equal(await tokens.validate(text), null)
      }
    })
  })
})
