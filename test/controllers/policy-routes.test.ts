import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import request from 'supertest'
import { IMAGE_ID, type TestUser } from '../../lib/testing/index.js'
import { type Furnished, furnished } from '../fuzz/furnish.js'
import { clientOf } from '../support/api.js'
import { contractFile } from '../support/contract.js'
import { bodyOf, builtRoutes, labelOf, pathOf, type Served } from '../support/served.js'

const users = ['admin', 'manager', 'member', 'reader', 'service', 'other'] as const

/** `who_by_default` of policies.tsv; what is asked for is the project's, and the user member's. */
const passes: Readonly<Record<string, readonly TestUser[]>> = {
  admin: ['admin'],
  'any authenticated': users,
  'manager (own project), admin': ['admin', 'manager'],
  'member (own project), admin': ['admin', 'manager', 'member', 'other'],
  'reader (own project), admin': ['admin', 'manager', 'member', 'reader', 'other'],
  'service, admin': ['admin', 'service'],
  'the owning user, admin': users,
}

interface Case {
  readonly rule: string
  readonly body: object
}

const compute = 'os_compute_api'
const boot = (server: object) => ({
  server: { name: 'web', flavorRef: '1', imageRef: IMAGE_ID, networks: 'none', ...server },
})

/** Rules that count only where a server is asked for with what they are about. */
const cases: readonly Case[] = [
  {
    rule: `${compute}:servers:create:attach_volume`,
    body: boot({
      block_device_mapping_v2: [
        { boot_index: 0, uuid: IMAGE_ID, source_type: 'image', destination_type: 'local' },
      ],
    }),
  },
  {
    rule: `${compute}:servers:create:attach_network`,
    body: boot({ networks: [{ uuid: IMAGE_ID }] }),
  },
  {
    rule: `${compute}:servers:create:trusted_certs`,
    body: boot({ trusted_image_certificates: ['a'] }),
  },
  {
    rule: `${compute}:servers:create:forced_host`,
    body: boot({ availability_zone: 'nova:host1' }),
  },
  {
    rule: 'compute:servers:create:requested_destination',
    body: boot({ host: 'host1' }),
  },
]

/** Below these stands what is one project's: `other`, of another one, has no part in it. */
const ofProject =
  /^\/(?:servers|os-volumes_boot|os-server-groups|os-quota-sets|os-simple-tenant-usage)\/:/

/** Here the address is looked up before the server, whose project the rule asks for. */
const addressFirst = 'removeFloatingIp'

/** Whatever a user, they ask for what is their own. */
const ownOfEach = /defaults$/

interface Guarded extends Served {
  /** That must let pass, always. */
  readonly rule: string
  readonly who: readonly TestUser[]
}

describe('policy: every user at every route that a rule guards', () => {
  let cloud: Furnished
  let guarded: readonly Guarded[]
  let who: ReadonlyMap<string, string>

  before(async function () {
    const [policies = [], table = []] = ['rest/policies.tsv', 'rest/routes.tsv'].map(name =>
      readFileSync(contractFile(this, name), 'utf8')
        .trimEnd()
        .split('\n')
        .slice(1)
        .map(line => line.split('\t')),
    )
    who = new Map(policies.map(([rule = '', , value = '']) => [rule, value]))
    const routes = await builtRoutes()
    guarded = routes.flatMap(route => {
      const row = table.find(
        ([method, path = '', , , action]) =>
          method === route.method &&
          path.replaceAll(/\{(\w+)\}/g, ':$1') === route.path &&
          (action || undefined) === route.action,
      )
      const rule = row?.[11]?.split(' ').find(one => /^\w.*:/.test(one))
      if (rule === undefined) return []
      const named = passes[who.get(rule) ?? '']
      assert.ok(named, `nobody has said who '${who.get(rule)}' is: ${rule}`)
      const isTheirs = ofProject.test(route.path) && !ownOfEach.test(route.path)
      return [{ ...route, rule, who: isTheirs ? named.filter(user => user !== 'other') : named }]
    })
  })

  beforeEach(async () => {
    cloud = await furnished()
  })
  afterEach(() => cloud.close())

  const ask = async (route: Guarded, user: TestUser) => {
    const headers = cloud.api.as(user, `2.${route.last}`)
    const verb = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'
    const asked = request(cloud.api.app)
      [verb](`/v2.1${pathOf(route, cloud.ids)}`)
      .set(headers)
    const body = bodyOf(route, route.overload(route.last), cloud.hints)
    const sends = route.method === 'POST' || route.method === 'PUT'
    const { status, text } = await (sends && body !== null ? asked.send(body) : asked)
    return { status, text }
  }

  const refusal = (rule: string): string => `Policy doesn't allow ${rule} to be performed.`

  it('refuses all whom the contract does not name, by the rule that guards it', async () => {
    const wrong: string[] = []
    for (const route of guarded) {
      for (const user of users.filter(one => !route.who.includes(one))) {
        const { status, text } = await ask(route, user)
        if (status === 404 && route.action === addressFirst) continue
        // What is another project's is not there for its neighbours.
        if (status === 404 && user === 'other' && ofProject.test(route.path)) continue
        if (status !== 403 || !text.includes(refusal(route.rule))) {
          wrong.push(`${labelOf(route)} by ${user}: ${status} ${text.slice(0, 200)}`)
        }
      }
    }
    assert.deepEqual(wrong, [])
    assert.ok(guarded.length > 50)
  })

  it('asks further rules of those who ask for more', async () => {
    const wrong: string[] = []
    for (const { rule, body } of cases) {
      const may = passes[who.get(rule) ?? '']
      assert.ok(may, rule)
      for (const user of users) {
        const { status, text } = await clientOf(cloud.api, user, '2.104').post('/servers', body)
        const isRefused = status === 403 && text.includes(refusal(rule))
        // Who may not even the rest is refused by the rule of that.
        const mayRest = !text.includes(refusal(`${compute}:servers:create`))
        if (mayRest && isRefused === may.includes(user)) {
          wrong.push(`${rule} by ${user}: ${status} ${text.slice(0, 200)}`)
        }
      }
    }
    assert.deepEqual(wrong, [])
  })

  it('lets pass those whom it names', async () => {
    const wrong: string[] = []
    // What takes things away comes last: the others need them.
    const gentle = guarded.filter(({ method }) => method !== 'DELETE')
    const harsh = guarded.filter(({ method }) => method === 'DELETE').reverse()
    for (const route of [...gentle, ...harsh]) {
      for (const user of route.who) {
        const { status, text } = await ask(route, user)
        if (text.includes(refusal(route.rule)) || (status >= 500 && status !== 501)) {
          wrong.push(`${labelOf(route)} by ${user}: ${status} ${text.slice(0, 200)}`)
        }
      }
    }
    assert.deepEqual(wrong, [])
  })
})
