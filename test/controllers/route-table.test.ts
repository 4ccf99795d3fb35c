import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import request from 'supertest'
import { OTHER_PROJECT_ID, type TestUser } from '../../lib/testing/index.js'
import type { KnownRoute } from '../../lib/wsgi/index.js'
import { type Furnished, furnished } from '../fuzz/furnish.js'
import { contractFile } from '../support/contract.js'
import { type FieldRow, requestFields, windowOf } from '../support/response-fields.js'
import {
  bodyOf as anyBodyOf,
  pathOf as anyPathOf,
  builtRoutes,
  labelOf,
  NEWEST,
  refuses,
  type Served,
} from '../support/served.js'

/** What a method that is not there at a version answers. */
const NOWHERE = 'The resource could not be found.'
const WRONG_KEY = 'x-wrong'

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, { readonly message?: string } | undefined>>
}

/** Ids that nobody looks up: what has them answers without. */
const anyId = /^\/(?:os-quota-sets|os-quota-class-sets|os-simple-tenant-usage)\//

/** What is another service's to tell, of which this cloud has none: 501, as declared. */
const elsewhere = /^\/os-baremetal-nodes/

/** Statuses that nova does not declare, and so would answer by a 500: a lock or a state forbids the action. */
const beyond: Readonly<Record<string, number>> = {
  addFixedIp: 409,
  removeFixedIp: 409,
  // The same as PUT /servers/{id}, whose row has it.
  'PUT /os-volumes_boot/:id': 409,
}

describe('each route of the API that is built', () => {
  let cloud: Furnished
  let routes: readonly Served[]

  before(async () => {
    cloud = await furnished()
    routes = await builtRoutes()
  })

  after(() => cloud.close())

  const pathOf = (route: Served, isThere: boolean): string =>
    anyPathOf(route, isThere ? cloud.ids : {})

  const bodyOf = (route: Served, minor: number) =>
    anyBodyOf(route, route.overload(minor), cloud.hints)

  interface Ask {
    readonly user?: TestUser | null
    readonly minor: number
    readonly path: string
    readonly body?: object | null
  }

  const ask = async (
    route: Served,
    { user = 'admin', minor, path, body }: Ask,
  ): Promise<Answer> => {
    const headers = { 'openstack-api-version': `compute 2.${minor}` }
    const agent = request(cloud.api.app)
    const verb = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'
    const asked = agent[verb](`/v2.1${path}`)
      .set(headers)
      .set(user === null ? {} : { 'x-auth-token': user })
    const sends = route.method === 'POST' || route.method === 'PUT'
    const sent = body === undefined ? bodyOf(route, minor) : body
    const { status, body: answer } = await (sends && sent !== null ? asked.send(sent) : asked)
    return { status, body: answer }
  }

  const messageOf = ({ body }: Answer): string => Object.values(body ?? {})[0]?.message ?? ''

  /** Runs a check on all routes, and tells all that are wrong at once. */
  const all = async (check: (route: Served) => Promise<string | null | undefined>) => {
    const wrong: string[] = []
    for (const route of routes) {
      const fault = await check(route)
      if (fault) wrong.push(`${labelOf(route)}: ${fault}`)
    }
    assert.deepEqual(wrong, [])
    assert.ok(routes.length > 50)
  }

  it('is there from the first version of its window to the last, and not beside it', () =>
    all(async route => {
      const { min, last } = route
      for (const minor of [min - 1, min, last, last + 1]) {
        if (minor < 1 || minor > NEWEST) continue
        const isIn = minor >= min && minor <= last
        const body = isIn ? undefined : bodyOf(route, min)
        const answer = await ask(route, { minor, path: pathOf(route, false), body })
        const isNowhere = answer.status === 404 && messageOf(answer) === NOWHERE
        if (isNowhere === isIn) return `at 2.${minor} ${answer.status} ${messageOf(answer)}`
        if (answer.status === 501 && elsewhere.test(route.path)) continue
        if (answer.status >= 500) return `at 2.${minor} ${answer.status} ${messageOf(answer)}`
      }
      return null
    }))

  it('refuses a body that breaks its schema, by a 400 that tells why', () =>
    all(async route => {
      for (const minor of [route.min, route.last]) {
        const { body } = route.overload(minor)
        if (!body) continue
        const { action } = route
        const wrong = [{}, { [WRONG_KEY]: 1 }, 'x', 1, [], null, { [WRONG_KEY]: {} }]
          .map(value => (action === undefined ? value : { [action]: value }))
          .filter(value => typeof value === 'object')
          .find(value => refuses(body, value))
        if (wrong === undefined || wrong === null) continue
        const answer = await ask(route, { minor, path: pathOf(route, true), body: wrong })
        if (
          answer.status !== 400 ||
          !/required|known here|must be|value|fewer|forms/.test(messageOf(answer))
        ) {
          return `at 2.${minor} ${JSON.stringify(wrong)}: ${answer.status} ${messageOf(answer)}`
        }
      }
      return null
    }))

  it('passes over an unknown key of the query, or refuses it, as its schema says', () =>
    all(async route => {
      for (const minor of [74, 75, 102]) {
        if (minor < route.min || minor > route.last) continue
        const { query } = route.overload(minor).schemas
        const isClosed = query?.additionalProperties === false
        const path = `${pathOf(route, false)}?${WRONG_KEY}=1`
        const answer = await ask(route, { minor, path })
        const isRefused = answer.status === 400 && messageOf(answer).includes(`'${WRONG_KEY}'`)
        if (isRefused !== isClosed) return `at 2.${minor} ${answer.status} ${messageOf(answer)}`
      }
      return null
    }))

  it('asks for a token', () =>
    all(async route => {
      const { status } = await ask(route, {
        user: null,
        minor: route.last,
        path: pathOf(route, true),
      })
      return status === 401 ? null : `${status}`
    }))

  it('refuses a path of another project than the token is for', () =>
    all(async route => {
      const path = `/${OTHER_PROJECT_ID}${pathOf(route, true)}`
      const answer = await ask(route, { minor: route.last, path })
      return answer.status === 400 && messageOf(answer).includes(OTHER_PROJECT_ID)
        ? null
        : `${answer.status} ${messageOf(answer)}`
    }))

  it("does not tell of another project's server", () =>
    all(async route => {
      // No server has such a console: none is looked up.
      if (route.action === 'os-getRDPConsole') return null
      const { expected } = route.overload(route.last)
      if (!/^\/servers\/:/.test(route.path) || !expected?.has(404)) return null
      const answer = await ask(route, {
        user: 'other',
        minor: route.last,
        path: pathOf(route, true),
      })
      // Some are for administrators, whatever the server.
      return [403, 404].includes(answer.status) ? null : `${answer.status} ${messageOf(answer)}`
    }))

  it('answers 404 to an id of nothing', () =>
    all(async route => {
      if (!route.path.includes(':') || anyId.test(route.path)) return null
      if (elsewhere.test(route.path)) return null
      for (const minor of [route.min, route.last]) {
        const { expected } = route.overload(minor)
        if (!expected?.has(404)) continue
        const answer = await ask(route, { minor, path: pathOf(route, false) })
        // Where ids are numbers, or checked before they are looked up, a uuid may be none.
        const mayBe = expected.has(400) ? [400, 404] : [404]
        if (!mayBe.includes(answer.status)) {
          return `at 2.${minor} ${answer.status} ${messageOf(answer)}`
        }
      }
      return null
    }))

  it('declares the statuses, and has the schemas, that the contract names', async function () {
    const rows = readFileSync(contractFile(this, 'rest/routes.tsv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map(row => row.split('\t'))
    const wrong: string[] = []
    for (const route of routes) {
      const row = rows.find(
        ([method, path = '', , , action]) =>
          method === route.method &&
          path.replaceAll(/\{(\w+)\}/g, ':$1') === route.path &&
          (action || undefined) === route.action,
      )
      const [success = '', declared = '', bodySchema = ''] = row?.slice(7, 10) ?? []
      for (const minor of [route.min, route.last]) {
        const overload = route.overload(minor)
        const code = codesAt(success, minor)
        if (code.length && !code.includes(overload.code)) {
          wrong.push(`${labelOf(route)} at 2.${minor}: success ${overload.code}, not ${code}`)
        }
        const codes = codesAt(declared, minor)
        const more = beyond[route.action ?? ''] ?? beyond[`${route.method} ${route.path}`]
        const own = [...(overload.expected ?? [])].filter(one => one !== more).sort()
        if (own.join() !== codes.sort().join()) {
          wrong.push(`${labelOf(route)} at 2.${minor}: declares ${own}, not ${codes}`)
        }
        if ((bodySchema === '-') !== (overload.schemas.body === null)) {
          wrong.push(`${labelOf(route)} at 2.${minor}: body schema ${bodySchema}`)
        }
      }
    }
    assert.deepEqual(wrong, [])
  })

  it('closes its query at the version that the contract names', function () {
    const rows = requestFields(this).filter(row => row.action === '?' && row.field === '.')
    const of = ({ method, path }: KnownRoute): FieldRow[] =>
      rows.filter(row => row.method === method && row.path.replaceAll(/\{(\w+)\}/g, ':$1') === path)
    const wrong = routes.flatMap(route =>
      of(route).flatMap(({ window, constraints }) => {
        const { min, max } = windowOf(window)
        return [min, max].flatMap(minor => {
          if (minor < route.min || minor > route.last || minor < 1) return []
          const { query } = route.overload(minor).schemas
          const isClosed = query?.additionalProperties === false
          return isClosed === /\bclosed\b/.test(constraints)
            ? []
            : [
                `${labelOf(route)} at 2.${minor}: ${isClosed ? 'closed' : 'open'}, not ${constraints}`,
              ]
        })
      }),
    )
    assert.deepEqual(wrong, [])
  })
})

/** `400,404 2.1..2.30 | 404 2.31+`, `202 ..2.44; 200 2.45+`: the statuses at a version. */
const codesAt = (text: string, minor: number): number[] => {
  for (const part of text.split(/[|;]/)) {
    const [, codes = '', window = ''] = /^\s*(none|-|[\d,]+)\s*(.*?)\s*$/.exec(part) ?? []
    const [, first, last] = /^(?:2\.(\d+))?\.\.(?:2\.(\d+))?$/.exec(window) ??
      /^2\.(\d+)\+$/.exec(window) ?? [null, window ? '999' : '0']
    if (minor < Number(first ?? 0) || minor > Number(last ?? NEWEST)) continue
    return codes.split(',').map(Number).filter(Boolean)
  }
  return []
}
