import assert from 'node:assert/strict'
import type { Express } from 'express'
import request from 'supertest'
import { catalogOf, type EmbeddedIdentity } from '../../../lib/embedded/identity/index.js'
import { baseUrl, passwordLogin, startIdentity } from '../../support/identity.js'

const unauthorized = {
  error: {
    code: 401,
    message: 'The request you have made requires authentication.',
    title: 'Unauthorized',
  },
}

describe('embedded identity', () => {
  let identity: EmbeddedIdentity
  let app: Express
  let close: () => Promise<void>
  let now: number
  let admin: string

  const login = async (body: object): Promise<string> => {
    const answer = await request(app).post('/identity/v3/auth/tokens').send(body)
    assert.equal(answer.status, 201, answer.text)
    return answer.headers['x-subject-token'] ?? ''
  }
  const call = (method: 'get' | 'post' | 'patch' | 'put' | 'delete' | 'head', path: string) =>
    request(app)[method](`/identity/v3${path}`).set('X-Auth-Token', admin)
  /** @returns the id of a new thing */
  const make = async (plural: string, body: Record<string, unknown>): Promise<string> => {
    const singular = plural.slice(0, -1)
    const answer = await call('post', `/${plural}`)
      .send({ [singular]: body })
      .expect(201)
    return answer.body[singular].id
  }
  const roleId = async (name: string): Promise<string> =>
    (await call('get', `/roles?name=${name}`)).body.roles[0].id
  /** A user `demo` with a project of this name and a role in it. */
  const makeDemo = async (role = 'member') => {
    const project = await make('projects', { name: 'demo' })
    const user = await make('users', { name: 'demo', password: 'demo' })
    const grant = `/projects/${project}/users/${user}/roles/${await roleId(role)}`
    await call('put', grant).expect(204)
    return { project, user, grant }
  }
  const check = (token: string, query = '') =>
    call('get', `/auth/tokens${query}`).set('X-Subject-Token', token)

  beforeEach(async () => {
    now = Date.UTC(2026, 0, 31, 12)
    ;({ identity, app, close } = await startIdentity({ now: () => now, tokenLifetime: 3600 }))
    admin = await login(passwordLogin('admin', 'secret'))
  })
  afterEach(() => close())

  describe('versions', () => {
    const version = (host: string) => ({
      id: 'v3.14',
      status: 'stable',
      updated: '2020-04-07T00:00:00Z',
      links: [{ rel: 'self', href: `http://${host}/identity/v3/` }],
      'media-types': [
        { base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' },
      ],
    })

    for (const path of ['/identity', '/identity/']) {
      it(`GET ${path} offers them, without a token`, async () => {
        const answer = await request(app).get(path).set('Host', 'elsewhere:1').expect(300)
        assert.equal(answer.headers.location, 'http://elsewhere:1/identity/v3/')
        assert.deepEqual(answer.body, { versions: { values: [version('elsewhere:1')] } })
      })
    }
    for (const path of ['/identity/v3', '/identity/v3/']) {
      it(`GET ${path} tells of v3`, async () => {
        const answer = await request(app).get(path).set('Host', 'elsewhere:1').expect(200)
        assert.deepEqual(answer.body, { version: version('elsewhere:1') })
      })
    }
  })

  describe('tokens', () => {
    it('tell who, where, with which roles, and what there is', async () => {
      const answer = await request(app)
        .post('/identity/v3/auth/tokens')
        .send(passwordLogin('admin', 'secret'))
        .expect(201)
      assert.match(answer.headers['x-openstack-request-id'] ?? '', /^req-[0-9a-f-]{36}$/)
      assert.equal(answer.headers.vary, 'X-Auth-Token')
      const { token } = answer.body
      const { user, project, audit_ids, roles, catalog, ...others } = token
      assert.match(user.id, /^[0-9a-f]{32}$/)
      assert.deepEqual(user, {
        id: user.id,
        name: 'admin',
        domain: { id: 'default', name: 'Default' },
        password_expires_at: null,
      })
      assert.deepEqual(project, {
        id: project.id,
        name: 'admin',
        domain: { id: 'default', name: 'Default' },
      })
      assert.equal(audit_ids.length, 1)
      assert.deepEqual(roles.map((role: { name: string }) => role.name).sort(), [
        'admin',
        'manager',
        'member',
        'reader',
      ])
      assert.deepEqual(others, {
        methods: ['password'],
        expires_at: '2026-01-31T13:00:00.000000Z',
        issued_at: '2026-01-31T12:00:00.000000Z',
        is_domain: false,
      })
      assert.deepEqual(
        catalog.map((entry: { type: string; name: string }) => [entry.type, entry.name]),
        [
          ['compute', 'nova'],
          ['identity', 'keystone'],
          ['image', 'glance'],
          ['network', 'neutron'],
          ['volumev3', 'cinder'],
        ],
      )
      assert.deepEqual(
        catalog[0].endpoints.map(({ id: _id, ...endpoint }: { id: string }) => endpoint),
        ['public', 'internal', 'admin'].map(which => ({
          interface: which,
          region: 'RegionOne',
          region_id: 'RegionOne',
          url: `${baseUrl}/v2.1`,
        })),
      )
    })

    const wrong: readonly (readonly [string, object])[] = [
      ['a wrong password', passwordLogin('admin', 'wrong')],
      ['an unknown user', passwordLogin('nobody', 'secret', 'admin')],
      ['a user without a password', passwordLogin('nova', '', 'service')],
      ['an unknown project', passwordLogin('admin', 'secret', 'nowhere')],
      ['a project without a role in it', passwordLogin('admin', 'secret', 'service')],
      [
        'a token that is none',
        { auth: { identity: { methods: ['token'], token: { id: 'kn1.e30.AAAA' } } } },
      ],
      [
        'an unknown application credential',
        {
          auth: {
            identity: {
              methods: ['application_credential'],
              application_credential: { id: 'x', secret: 'y' },
            },
          },
        },
      ],
    ]
    for (const [what, body] of wrong) {
      it(`refuse ${what} in the same words`, async () => {
        const answer = await request(app)
          .post('/identity/v3/auth/tokens')
          .send(body)
          .expect(401)
          .expect('WWW-Authenticate', `Keystone uri="${baseUrl}/identity"`)
        assert.deepEqual(answer.body, unauthorized)
      })
    }

    const malformed: readonly (readonly [string, string | object, string])[] = [
      ['no JSON', '{"auth":', 'The request cannot be read.'],
      ['nothing', '', 'Expecting an object in auth.'],
      ['a list', '[]', 'Expecting an object in the body.'],
      ['a number for auth', { auth: 7 }, 'Expecting an object in auth.'],
      [
        'no methods',
        { auth: { identity: { methods: [] } } },
        'Expecting a list of methods in auth.identity.methods.',
      ],
      [
        'an unknown method',
        { auth: { identity: { methods: ['magic'] } } },
        'Expecting password, token or application_credential in auth.identity.methods.',
      ],
      [
        'a name without domain',
        {
          auth: {
            identity: { methods: ['password'], password: { user: { name: 'a', password: 'b' } } },
          },
        },
        'Expecting an object in auth.identity.password.user.domain.',
      ],
    ]
    for (const [what, body, message] of malformed) {
      it(`answer 400 to ${what}`, async () => {
        const answer = await request(app)
          .post('/identity/v3/auth/tokens')
          .set('Content-Type', 'application/json')
          .send(body)
          .expect(400)
        assert.deepEqual(answer.body, { error: { code: 400, message, title: 'Bad Request' } })
      })
    }

    it('refuse bodies beyond the limit', async () => {
      const answer = await request(app)
        .post('/identity/v3/auth/tokens')
        .send({ auth: 'x'.repeat(120_000) })
        .expect(413)
      assert.equal(answer.body.error.code, 413)
    })

    it('are checked by GET and HEAD, with and without catalog', async () => {
      const answer = await check(admin).expect(200).expect('X-Subject-Token', admin)
      assert.equal(answer.body.token.catalog.length, 5)
      assert.equal((await check(admin, '?nocatalog')).body.token.catalog, undefined)
      await call('head', '/auth/tokens').set('X-Subject-Token', admin).expect(200)
    })

    it('are 404 when unknown, but 401 when it is the asking one', async () => {
      const forged = `${admin.slice(0, -4)}AAAA`
      const answer = await check(forged).expect(404)
      assert.deepEqual(answer.body, {
        error: { code: 404, message: 'Failed to validate token', title: 'Not Found' },
      })
      await call('get', '/auth/tokens').expect(404)
      await check(admin).set('X-Auth-Token', forged).expect(401)
      await request(app).get('/identity/v3/users').expect(401)
    })

    it('expire; a service may still ask for a while', async () => {
      const token = await login(passwordLogin('admin', 'secret'))
      now += 3600_000
      admin = await login(passwordLogin('admin', 'secret'))
      assert.equal(await identity.validate(token), null)
      await check(token).expect(404)
      await check(token, '?allow_expired=1').expect(200)
      now += 49 * 3600_000
      admin = await login(passwordLogin('admin', 'secret'))
      await check(token, '?allow_expired=1').expect(404)
    })

    it('are revoked by DELETE, with those got by them', async () => {
      const first = await login(passwordLogin('admin', 'secret'))
      const second = await login({
        auth: { identity: { methods: ['token'], token: { id: first } } },
      })
      await check(second).expect(200)
      await call('delete', '/auth/tokens').set('X-Subject-Token', first).expect(204)
      await check(first).expect(404)
      await check(second).expect(404)
      await check(admin).expect(200)
    })

    it('got by a token keep its expiry and tell of both methods', async () => {
      now += 1800_000
      const second = await login({
        auth: {
          identity: { methods: ['token'], token: { id: admin } },
          scope: { system: { all: true } },
        },
      })
      const { token } = (await check(second)).body
      assert.equal(token.expires_at, '2026-01-31T13:00:00.000000Z')
      assert.deepEqual(token.methods, ['token', 'password'])
      assert.deepEqual(token.system, { all: true })
      assert.equal(token.project, undefined)
      assert.equal(token.audit_ids.length, 2)
    })

    it('have the default project without a scope, and none when asked for none', async () => {
      const scoped = await login(passwordLogin('admin', 'secret', null))
      assert.equal((await check(scoped)).body.token.project.name, 'admin')
      const unscoped = await login({
        auth: { ...Object(passwordLogin('admin', 'secret', null)).auth, scope: 'unscoped' },
      })
      const { token } = (await check(unscoped)).body
      assert.deepEqual(Object.keys(token).sort(), [
        'audit_ids',
        'expires_at',
        'issued_at',
        'methods',
        'user',
      ])
    })

    it('of others are shown to admins and services only', async () => {
      await makeDemo()
      const demo = await login(passwordLogin('demo', 'demo'))
      await check(demo).set('X-Auth-Token', demo).expect(200)
      await check(admin).set('X-Auth-Token', demo).expect(403)
    })

    it('end with the password, the user, the role or the project', async () => {
      const { user, project, grant } = await makeDemo()
      const demo = () => login(passwordLogin('demo', 'demo'))

      let token = await demo()
      await request(app)
        .post(`/identity/v3/users/${user}/password`)
        .send({ user: { original_password: 'demo', password: 'demo' } })
        .expect(204)
      await check(token).expect(404)

      token = await demo()
      await call('patch', `/users/${user}`)
        .send({ user: { enabled: false } })
        .expect(200)
      await check(token).expect(404)
      await call('patch', `/users/${user}`)
        .send({ user: { enabled: true } })
        .expect(200)

      token = await demo()
      await call('delete', grant).expect(204)
      await check(token).expect(404)
      await call('put', grant).expect(204)

      token = await demo()
      await call('delete', `/projects/${project}`).expect(204)
      await check(token).expect(404)
      await call('delete', `/users/${user}`).expect(204)
    })
  })

  describe('in the same process', () => {
    it('validates without HTTP, giving the same object while nothing changed', async () => {
      const token = await identity.validate(admin)
      assert.equal(token?.userName, 'admin')
      assert.equal(token?.projectName, 'admin')
      assert.equal(token?.expiresAt, now + 3600_000)
      assert.equal(await identity.validate(admin), token)
      assert.equal(await identity.validate('nonsense'), null)
      assert.equal(await identity.validate(''), null)
    })

    it('gives a service a token of its own, and addresses', async () => {
      const session = identity.serviceSession()
      const token = await session.token()
      assert.deepEqual((await identity.validate(token))?.roles.toSorted(), [
        'admin',
        'manager',
        'member',
        'reader',
        'service',
      ])
      assert.equal(await session.token(), token)
      assert.equal(await session.endpointFor('image'), `${baseUrl}/image`)
      await assert.rejects(session.endpointFor('dns'), /the catalog has no dns service/)
      now += 3600_000
      assert.notEqual(await session.token(), token)
    })

    it('follows a cloud that moved, and keeps the password when none is given', async () => {
      const result = await identity.bootstrap({ services: catalogOf('http://new:9') })
      assert.equal(result.adminPassword, null)
      const token = await identity.validate(await login(passwordLogin('admin', 'secret')))
      const urls = token?.catalog.flatMap(({ endpoints }) => endpoints.map(({ url }) => url))
      assert.deepEqual([...new Set(urls)].sort(), [
        'http://new:9/identity/v3',
        'http://new:9/image',
        'http://new:9/network',
        'http://new:9/v2.1',
        `http://new:9/volume/v3/${token?.projectId}`,
      ])
      await identity.bootstrap({ adminPassword: 'other', services: [] })
      await login(passwordLogin('admin', 'other'))
    })
  })

  describe('resources', () => {
    it('make, show, list, change and delete a project', async () => {
      const made = await call('post', '/projects').send({ project: { name: 'p', flavour: 'x' } })
      const { id } = made.body.project
      const project = {
        id,
        name: 'p',
        domain_id: 'default',
        description: '',
        enabled: true,
        parent_id: 'default',
        is_domain: false,
        tags: [],
        options: {},
        flavour: 'x',
        links: { self: `${baseUrl}/identity/v3/projects/${id}` },
      }
      assert.deepEqual([made.status, made.body], [201, { project }])
      assert.deepEqual((await call('get', `/projects/${id}`)).body, { project })
      assert.deepEqual((await call('get', '/projects?name=p&unknown=1')).body, {
        projects: [project],
        links: { self: `${baseUrl}/identity/v3/projects`, next: null, previous: null },
      })
      const changed = await call('patch', `/projects/${id}`).send({
        project: { description: 'd', tags: ['a'] },
      })
      assert.deepEqual(changed.body, { project: { ...project, description: 'd', tags: ['a'] } })
      await call('delete', `/projects/${id}`).expect(204)
      await call('delete', `/projects/${id}`).expect(404)
    })

    it('answer 404 to a name in place of an id, and an empty list to an unknown name', async () => {
      for (const plural of ['projects', 'users', 'roles', 'domains', 'services']) {
        await call('get', `/${plural}/some%20name`).expect(404)
        assert.deepEqual((await call('get', `/${plural}?name=some`)).body[plural], [])
      }
    })

    it('never show a password', async () => {
      const answer = await call('post', '/users').send({
        user: { name: 'u', password: 'hunter2', email: 'u@x', project_id: 'kept' },
      })
      assert.deepEqual(answer.body.user, {
        id: answer.body.user.id,
        name: 'u',
        domain_id: 'default',
        description: null,
        enabled: true,
        default_project_id: null,
        email: 'u@x',
        project_id: 'kept',
        options: {},
        password_expires_at: null,
        links: { self: `${baseUrl}/identity/v3/users/${answer.body.user.id}` },
      })
      assert.doesNotMatch((await call('get', '/users')).text, /hunter2|scrypt/)
    })

    it('refuse a second of a name', async () => {
      await makeDemo()
      const answer = await call('post', '/users')
        .send({ user: { name: 'demo' } })
        .expect(409)
      assert.deepEqual(answer.body, {
        error: { code: 409, message: 'Duplicate entry found with name demo.', title: 'Conflict' },
      })
    })

    const bad: readonly (readonly [string, object, string])[] = [
      ['/projects', { project: {} }, "'name' is a required property"],
      ['/projects', { projekt: {} }, "Expecting an object named 'project' in the body."],
      [
        '/users',
        { user: { name: ' ' } },
        'Invalid input for field \'name\': found " ", expected more than white space',
      ],
      [
        '/users',
        { user: { name: 'a', enabled: 'no' } },
        'Invalid input for field \'enabled\': found "no", expected true or false',
      ],
      [
        '/users',
        { user: { name: 'a', password: 7 } },
        "Invalid input for field 'password': expected 1 to 4096 characters",
      ],
      [
        '/endpoints',
        { endpoint: { service_id: 'x', interface: 'side', url: 'u' } },
        'Invalid input for field \'interface\': found "side", expected one of public, internal, admin',
      ],
      [
        '/projects',
        { project: { name: 'a', tags: 'b' } },
        'Invalid input for field \'tags\': found "b", expected a list of strings',
      ],
    ]
    for (const [path, body, message] of bad) {
      it(`answer 400 to ${JSON.stringify(body)}`, async () => {
        const answer = await call('post', path).send(body).expect(400)
        assert.deepEqual(answer.body, { error: { code: 400, message, title: 'Bad Request' } })
      })
    }

    it('are for the administrator', async () => {
      const { user, project } = await makeDemo()
      admin = await login(passwordLogin('demo', 'demo'))
      const answer = await call('get', '/users').expect(403)
      assert.deepEqual(answer.body, {
        error: {
          code: 403,
          message: 'You are not authorized to perform the requested action: identity:list_users.',
          title: 'Forbidden',
        },
      })
      await call('post', '/projects')
        .send({ project: { name: 'x' } })
        .expect(403)
      await call('get', `/users/${user}`).expect(200)
      await call('get', `/projects/${project}`).expect(200)
      await call('get', `/users/${user}/projects`).expect(200)
      await call('get', '/regions').expect(200)
      await call('get', '/projects/other').expect(403)
    })

    it('are paged when a limit is given', async () => {
      const first = await call('get', '/roles?limit=2')
      assert.deepEqual(
        first.body.roles.map((role: { name: string }) => role.name),
        ['admin', 'manager'],
      )
      const path = first.body.links.next.slice(`${baseUrl}/identity/v3`.length)
      const second = await call('get', path)
      assert.deepEqual(
        second.body.roles.map((role: { name: string }) => role.name),
        ['member', 'reader'],
      )
      await call('get', '/roles?marker=gone').expect(400)
      await call('get', '/roles?limit=x').expect(400)
    })

    it('keep domains until they are disabled, then take all in them along', async () => {
      const domain = await make('domains', { name: 'd' })
      const user = await make('users', { name: 'u', password: 'p', domain_id: domain })
      await make('projects', { name: 'p', domain_id: domain })
      await call('delete', `/domains/${domain}`).expect(403)
      await call('patch', `/domains/${domain}`)
        .send({ domain: { enabled: false } })
        .expect(200)
      await call('delete', `/domains/${domain}`).expect(204)
      await call('get', `/users/${user}`).expect(404)
      assert.deepEqual((await call('get', '/projects?name=p')).body.projects, [])
    })

    it('make and unmake services, endpoints and regions', async () => {
      const service = await make('services', { type: 'sharev2', name: 'manila' })
      await make('regions', { id: 'RegionTwo' })
      const endpoint = await make('endpoints', {
        service_id: service,
        interface: 'public',
        region: 'RegionTwo',
        url: 'http://m/v2/%(project_id)s',
      })
      const { catalog } = (await call('get', '/auth/catalog')).body
      const { projectId } = (await identity.validate(admin)) ?? {}
      assert.deepEqual(
        catalog.find((entry: { type: string }) => entry.type === 'sharev2'),
        {
          id: service,
          type: 'sharev2',
          name: 'manila',
          endpoints: [
            {
              id: endpoint,
              interface: 'public',
              region: 'RegionTwo',
              region_id: 'RegionTwo',
              url: `http://m/v2/${projectId}`,
            },
          ],
        },
      )
      await call('delete', '/regions/RegionTwo').expect(403)
      await call('delete', `/services/${service}`).expect(204)
      await call('get', `/endpoints/${endpoint}`).expect(404)
      await call('delete', '/regions/RegionTwo').expect(204)
    })
  })

  describe('roles', () => {
    it('are granted, checked, listed and taken away', async () => {
      const { grant, project, user } = await makeDemo('reader')
      await call('put', grant).expect(204)
      await call('head', grant).expect(204)
      await call('get', grant).expect(204)
      const list = await call('get', `/projects/${project}/users/${user}/roles`)
      assert.deepEqual(
        list.body.roles.map((role: { name: string }) => role.name),
        ['reader'],
      )
      await call('delete', grant).expect(204)
      await call('delete', grant).expect(404)
      await call('head', grant).expect(404)
      await call('put', grant.replace(user, 'nobody')).expect(404)
    })

    it('are told with names, and with what they imply', async () => {
      const { user, project, grant } = await makeDemo('member')
      const role = await roleId('member')
      const answer = await call('get', `/role_assignments?user.id=${user}&include_names`)
      const domain = { id: 'default', name: 'Default' }
      assert.deepEqual(answer.body.role_assignments, [
        {
          role: { id: role, name: 'member' },
          user: { id: user, name: 'demo', domain },
          scope: { project: { id: project, name: 'demo', domain } },
          links: { assignment: `${baseUrl}/identity/v3${grant}` },
        },
      ])
      const effective = await call('get', `/role_assignments?user.id=${user}&effective`)
      assert.equal(effective.body.role_assignments.length, 2)
      const system = await call('get', '/role_assignments?scope.system=all')
      assert.deepEqual(system.body.role_assignments[0].scope, { system: { all: true } })
    })
  })

  describe('application credentials', () => {
    it('log in without a password, with the roles that were given', async () => {
      const userId = (await identity.validate(admin))?.userId
      const path = `/users/${userId}/application_credentials`
      const made = await call('post', path)
        .send({ application_credential: { name: 'ci', roles: [{ name: 'reader' }] } })
        .expect(201)
      const { id, secret } = made.body.application_credential
      const token = await login({
        auth: {
          identity: { methods: ['application_credential'], application_credential: { id, secret } },
        },
      })
      const body = (await check(token)).body.token
      assert.deepEqual(body.application_credential, { id, name: 'ci', restricted: true })
      assert.deepEqual(
        body.roles.map((role: { name: string }) => role.name),
        ['reader'],
      )
      assert.equal(body.project.name, 'admin')
      await request(app)
        .post('/identity/v3/auth/tokens')
        .send({ auth: { identity: { methods: ['token'], token: { id: token } } } })
        .expect(403)
      assert.equal(
        (await call('get', `${path}/${id}`)).body.application_credential.secret,
        undefined,
      )
      await call('delete', `${path}/${id}`).expect(204)
      await check(token).expect(404)
    })

    it('are never wider than asked for', async () => {
      const userId = (await identity.validate(admin))?.userId
      const path = `/users/${userId}/application_credentials`
      const send = (body: object) =>
        call('post', path).send({ application_credential: { name: 'x', ...body } })
      await send({ access_rules: [{ service: 'compute', method: 'GET', path: '/' }] }).expect(501)
      await send({ roles: [{ name: 'service' }] }).expect(400)
      await send({ expires_at: '2020-01-01T00:00:00' }).expect(400)
    })
  })

  it('answers 404 outside its paths, in its own form', async () => {
    const answer = await call('get', '/nothing/here').expect(404)
    assert.deepEqual(answer.body, {
      error: { code: 404, message: 'The resource could not be found.', title: 'Not Found' },
    })
    await call('get', '/users/%E0%A4%A').expect(400)
  })
})
