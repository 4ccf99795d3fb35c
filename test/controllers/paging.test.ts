import assert from 'node:assert/strict'
import { addComputeHost } from '../../lib/testing/index.js'
import { type Furnished, furnished } from '../fuzz/furnish.js'
import { clientOf } from '../support/api.js'
import { builtRoutes, labelOf, pathOf, type Served } from '../support/served.js'

type Item = Readonly<Record<string, unknown>>
interface Answer {
  readonly status: number
  readonly items: readonly Item[]
  /** Below /v2.1. */
  readonly next: string | null
}

/** Left to the service behind; and usage, whose pages are of servers, each project told on every page of its own. */
const elsewhere = /^\/(?:images|os-volumes|os-snapshots|os-simple-tenant-usage)/

describe('each list that comes in pages', () => {
  let cloud: Furnished
  let lists: readonly { readonly route: Served; readonly minor: number }[]

  before(async () => {
    cloud = await furnished()
    for (const host of ['host2', 'host3']) {
      const { service } = await addComputeHost(cloud.api, host)
      // Nobody is there who could be asked.
      service.forcedDown = true
      await service.save()
    }
    const member = clientOf(cloud.api, 'member')
    for (const name of ['a', 'b', 'c']) {
      const body = { keypair: { name, public_key: PUBLIC_KEY } }
      await clientOf(cloud.api, 'admin', '2.10').post('/os-keypairs', body).expect(201)
      await member.post('/os-server-groups', { server_group: { name, policies: ['affinity'] } })
    }
    for (const body of [{ lock: null }, { unlock: null }, { pause: null }]) {
      await member.post(`/servers/${cloud.ids.servers?.[0]}/action`, body).expect(202)
    }
    lists = (await builtRoutes()).flatMap(route => {
      if (route.method !== 'GET' || elsewhere.test(route.path)) return []
      // At the newest version that it has, and at the oldest that pages.
      const minors = Array.from({ length: route.last }, (_, at) => at + 1)
      const paged = minors.filter(minor => minor >= route.min && hasPages(route, minor))
      return [...new Set([paged[0], paged.at(-1)])].flatMap(minor =>
        minor === undefined ? [] : [{ route, minor }],
      )
    })
  })

  after(() => cloud.close())

  const get = async (minor: number, path: string): Promise<Answer> => {
    const { status, body } = await clientOf(cloud.api, 'admin', `2.${minor}`).get(path)
    const entries = Object.entries(body as Record<string, unknown>)
    const [, items = []] =
      entries.find(([key, value]) => Array.isArray(value) && !isLinks(key)) ?? []
    const [, links = []] = entries.find(([key]) => isLinks(key)) ?? []
    const next = (links as { href: string }[])[0]?.href.replace(/^.*\/v2\.1/, '') ?? null
    return { status, items: items as Item[], next }
  }

  const all = async (
    check: (
      get: (query: string) => Promise<Answer>,
      at: number,
      path: string,
    ) => Promise<string | null>,
  ) => {
    const wrong: string[] = []
    for (const { route, minor } of lists) {
      const path = pathOf(route, cloud.ids)
      const fault = await check(query => get(minor, `${path}${query}`), minor, path)
      if (fault) wrong.push(`${labelOf(route)} at 2.${minor}: ${fault}`)
    }
    assert.deepEqual(wrong, [])
    assert.ok(lists.length > 10)
  }

  it('is the whole list when its pages are put together, whatever their length', () =>
    all(async (list, minor) => {
      const whole = await list('')
      if (whole.status !== 200) return `${whole.status}`
      if (whole.next) return 'the whole list has a next page'
      for (const limit of [1, 2]) {
        const found: Item[] = []
        let page = await list(`?limit=${limit}`)
        for (let pages = 0; pages < 50; pages++) {
          if (page.status !== 200) return `${page.status} on a page`
          if (page.items.length > limit) return `${page.items.length} items on a page of ${limit}`
          found.push(...page.items)
          if (!page.next) break
          page = await get(minor, page.next)
        }
        if (JSON.stringify(found.map(idOf)) !== JSON.stringify(whole.items.map(idOf))) {
          return `by ${limit}: ${found.length} items, not ${whole.items.length}`
        }
      }
      return null
    }))

  it('is empty at limit=0, and refuses a limit that is none', () =>
    all(async list => {
      const none = await list('?limit=0')
      if (none.status !== 200 || none.items.length || none.next) return `limit=0: ${none.status}`
      for (const limit of ['-1', 'x', '1.5', '']) {
        const { status } = await list(`?limit=${limit}`)
        if (status !== 400) return `limit=${limit}: ${status}`
      }
      return null
    }))

  it('refuses a marker of nothing', () =>
    all(async list => {
      const { status } = await list('?marker=11111111-2222-4333-8444-555555555555')
      return status === 400 || status === 404 ? null : `${status}`
    }))
})

const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB/1xk7a0m9yAsQ5lZ2mU1l0cH0J7oG3kVn2Wc5gqXn8 me'

/** Pages are by id; links have the port of a request in them. */
const idOf = ({ links: _, ...item }: Item): unknown => item.id ?? item

const isLinks = (key: string): boolean => /(?:^|_)links$/.test(key)

const hasPages = (route: Served, minor: number): boolean => {
  const properties = route.overload(minor).schemas.query?.properties
  return properties !== undefined && ['limit', 'marker'].every(key => key in Object(properties))
}
