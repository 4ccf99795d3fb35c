import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { InstanceInfoCache, Tag, TagList } from '../../../lib/objects/index.js'
import {
  addServer,
  OTHER_PROJECT_ID,
  type TestApi,
  type TestUser,
} from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'
import { CELL0, CellFolders } from '../../support/cells.js'
import { addFlavor, bootOf } from '../../support/servers.js'

type Values = NonNullable<Parameters<typeof addServer>[1]>

const names = (servers: readonly { name: string }[]): string[] => servers.map(({ name }) => name)

describe('GET /servers', () => {
  const as = eachWithApi({ conf: { api: { max_limit: 50 } } })

  const add = (name: string, values: Values = {}) =>
    addServer(as.current(), { displayName: name, ...values })

  const list = async (query: string, user: TestUser = 'member', version = '2.104') => {
    const { body } = await as(user, version).get(`/servers?${query}`).expect(200)
    return names(body.servers).sort()
  }

  const refused = (query: string, status = 400, user: TestUser = 'member', version = '2.104') =>
    as(user, version).get(`/servers?${query}`).expect(status)

  const expectLists = async (
    cases: readonly (readonly [query: string, expected: readonly string[]])[],
    user: TestUser = 'member',
    version = '2.104',
  ) => {
    for (const [query, expected] of cases) {
      assert.deepEqual(await list(query, user, version), expected, `${query} by ${user}`)
    }
  }

  it('names each server with its links', async () => {
    const { uuid } = await add('one')
    const { body } = await as('reader').get('/servers').expect(200)
    const [self, bookmark] = body.servers[0].links
    assert.deepEqual(body, {
      servers: [
        {
          id: uuid,
          name: 'one',
          links: [
            { rel: 'self', href: self.href },
            { rel: 'bookmark', href: bookmark.href },
          ],
        },
      ],
    })
    assert.match(self.href, new RegExp(`/v2\\.1/servers/${uuid}$`))
    assert.match(bookmark.href, new RegExp(`:\\d+/servers/${uuid}$`))
  })

  it('tells servers with a config drive from those without, by any word of yes and no', async () => {
    await add('with', { configDrive: 'True' })
    await add('without', { configDrive: '' })
    await expectLists([
      ['config_drive=True', ['with']],
      ['config_drive=False', ['without']],
      ['config_drive=no', ['without']],
      ['config_drive=T.*', ['with']],
    ])
  })

  it('shows a project its own, and all to those who may ask', async () => {
    await add('mine')
    await add('theirs', { projectId: OTHER_PROJECT_ID, userId: 'u-other' })
    await expectLists([
      ['', ['mine']],
      [`tenant_id=${OTHER_PROJECT_ID}`, ['mine']],
      ['all_tenants=0', ['mine']],
    ])
    await expectLists([['', ['theirs']]], 'other')
    await expectLists(
      [
        ['', ['mine']],
        ['all_tenants=1', ['mine', 'theirs']],
        ['all_tenants', ['mine', 'theirs']],
        ['all_tenants=True', ['mine', 'theirs']],
        ['all_tenants=no', ['mine']],
        [`all_tenants=1&tenant_id=${OTHER_PROJECT_ID}`, ['theirs']],
        [`all_tenants=1&project_id=${OTHER_PROJECT_ID}`, ['theirs']],
        [`tenant_id=${OTHER_PROJECT_ID}`, ['mine']],
        ['all_tenants=1&user_id=u-other', ['theirs']],
      ],
      'admin',
    )
    await refused('all_tenants=maybe', 400, 'admin')
    const { body } = await refused('all_tenants=1', 403)
    assert.deepEqual(body, {
      forbidden: {
        code: 403,
        message:
          "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.",
      },
    })
    const detail = await as('member').get('/servers/detail?all_tenants=1').expect(403)
    assert.match(detail.body.forbidden.message, /servers:detail:get_all_tenants/)
  })

  it('filters by what everybody may ask for', async () => {
    const image = randomUUID()
    await add('web-1', { reservationId: 'r-aaaaaaaa', imageRef: image })
    await add('web-2', { vmState: 'stopped', powerState: 4 })
    await add('db.1', { locked: true, lockedBy: 'owner' })
    await addFlavor(as.current(), { flavorid: 'f1' })
    await expectLists([
      ['name=web', ['web-1', 'web-2']],
      ['name=^web-[2-9]$', ['web-2']],
      ['name=.1', ['db.1', 'web-1']],
      ['name=none', []],
      ['reservation_id=r-aaaaaaaa', ['web-1']],
      [`image=${image}`, ['web-1']],
      [`image=${image.slice(0, 8)}`, []],
      ['flavor=unknown', []],
      ['status=ACTIVE', ['db.1', 'web-1']],
      ['status=active&name=web', ['web-1']],
      ['status=SHUTOFF', ['web-2']],
      ['status=shutoff&status=active', ['db.1', 'web-1', 'web-2']],
      ['locked=true', ['db.1']],
      ['locked=False', ['web-1', 'web-2']],
    ])
    await refused('locked=maybe')
    await refused('name=[')
    await refused('name=')
    await refused('reservation_id=*')
    await refused('name=(?=a)')
    await refused('ip=(?=a)')
    await refused('status=NONSENSE')
    assert.deepEqual(await list('status=NONSENSE', 'member', '2.37'), [])
  })

  it('filters by status as task states make it', async () => {
    await add('plain')
    await add('rebooting', { taskState: 'rebooting_hard' })
    await add('resizing', { taskState: 'resize_prep' })
    await add('rebuilding', { vmState: 'error', taskState: 'rebuilding' })
    await add('broken', { vmState: 'error' })
    await expectLists([
      // The default of a state takes in all its tasks, as in nova.
      ['status=ACTIVE', ['plain', 'rebooting', 'resizing']],
      ['status=HARD_REBOOT', ['rebooting']],
      ['status=RESIZE', ['resizing']],
      ['status=REBUILD', ['rebuilding']],
      ['status=ERROR', ['broken', 'rebuilding']],
    ])
  })

  it('filters by address', async () => {
    const networkInfo = (address: string) =>
      JSON.stringify([
        {
          id: randomUUID(),
          address: 'fa:16:3e:00:00:01',
          network: {
            id: randomUUID(),
            label: 'net',
            subnets: [
              { ips: [{ address, version: address.includes(':') ? 6 : 4, type: 'fixed' }] },
            ],
          },
        },
      ])
    for (const address of ['10.0.0.1', '10.0.1.17', 'fd00::1']) {
      const uuid = randomUUID()
      const infoCache = new InstanceInfoCache(as.current().context, {
        instanceUuid: uuid,
        networkInfo: networkInfo(address),
      })
      await add(address, { uuid, infoCache })
    }
    await add('none')
    await expectLists([
      ['ip=10.0', ['10.0.0.1', '10.0.1.17']],
      ['ip=10.0.1.', ['10.0.1.17']],
      ['ip=^10\\.0\\.0\\.1$', ['10.0.0.1']],
      ['ip6=fd00', ['fd00::1']],
      ['ip=10.0.0&ip6=fd00', ['10.0.0.1', 'fd00::1']],
    ])
    const { body } = await as('member').get('/servers?ip=10.0&limit=1').expect(200)
    assert.equal(body.servers.length, 1)
  })

  it('filters by tags, all, any, or none of them', async () => {
    const tagged = async (name: string, ...tags: string[]) => {
      const { uuid } = await add(name)
      for (const tag of tags) {
        await new Tag(as.current().context, { resourceId: uuid, tag }).create()
      }
      assert.equal(
        (await TagList.getByResourceId(as.current().context, uuid)).objects.length,
        tags.length,
      )
    }
    await tagged('ab', 'a', 'b')
    await tagged('a', 'a')
    await tagged('none')
    await expectLists([
      ['tags=a', ['a', 'ab']],
      ['tags=a,b', ['ab']],
      ['tags-any=a,b', ['a', 'ab']],
      ['tags-any=b,c', ['ab']],
      ['not-tags=a,b', ['a', 'none']],
      ['not-tags-any=a,b', ['none']],
      ['tags=a&not-tags=b', ['a']],
      ['tags-any=,', []],
    ])
    assert.deepEqual(await list('tags=a', 'member', '2.25'), ['a', 'ab', 'none'])
  })

  it('drops filters that are not for the caller, and takes them from 2.83', async () => {
    await add('one', { host: 'h1', node: 'n1', availabilityZone: 'z1', keyName: 'k1' })
    await add('two', { powerState: 4, vmState: 'stopped', taskState: 'powering-on' })
    const both = ['one', 'two']
    for (const query of ['host=h1', 'node=n1', 'uuid=x', 'display_name=one', 'deleted=1']) {
      assert.deepEqual(await list(query), both, query)
    }
    for (const [query, expected] of [
      ['availability_zone=z1', ['one']],
      ['key_name=k1', ['one']],
      ['power_state=4', ['two']],
      ['vm_state=stopped', ['two']],
      ['task_state=powering-on', ['two']],
      ['user_id=nobody', []],
    ] as const) {
      assert.deepEqual(await list(query, 'member', '2.82'), both, `${query} at 2.82`)
      assert.deepEqual(await list(query, 'member', '2.83'), expected, query)
      assert.deepEqual(await list(query, 'admin', '2.1'), expected, query)
    }
    assert.deepEqual(await list('hostname=nothing', 'member', '2.89'), both)
    assert.deepEqual(await list('hostname=nothing', 'member', '2.90'), [])
    await expectLists(
      [
        ['host=h1', ['one']],
        ['node=^n', ['one']],
        ['description=nothing', both],
      ],
      'admin',
    )
    for (const key of ['metadata', 'info_cache', 'security_groups', 'services', '_x']) {
      await refused(`${key}=x`, 400, 'admin', '2.74')
      assert.deepEqual(await list(`${key}=x`, 'member', '2.74'), both, key)
    }
  })

  it('passes over unknown keys up to 2.74', async () => {
    await add('one')
    assert.deepEqual(await list('nonsense=1', 'member', '2.74'), ['one'])
    await refused('nonsense=1', 400, 'member', '2.75')
  })

  it('shows deleted servers to administrators and to those who ask by time', async () => {
    const gone = await add('gone', { vmState: 'deleted' })
    const soft = await add('soft', { vmState: 'soft-delete' })
    const here = await add('here')
    const before = '2020-01-01T00:00:00Z'
    // A row has no time of a change before its first one.
    for (const server of [gone, soft, here]) {
      server.progress = 1
      await server.save()
    }
    await gone.destroy()
    await expectLists([
      ['', ['here']],
      ['deleted=1', ['here']],
      [`changes-since=${before}`, ['gone', 'here', 'soft']],
      [`changes-before=${before}`, []],
      ['changes-since=2050-01-01', []],
    ])
    await expectLists(
      [
        ['deleted=True', ['gone', 'soft']],
        ['deleted=1&soft_deleted=0', ['gone']],
        ['deleted=nonsense', ['here']],
        ['soft_deleted=1', ['here', 'soft']],
        ['status=DELETED', ['gone']],
      ],
      'admin',
    )
    const { body } = await refused('status=deleted', 403)
    assert.equal(body.forbidden.code, 403)
    await refused('changes-since=yesterday')
    await refused('changes-since=2026-01-02&changes-before=2026-01-01')
    const shown = await as('admin').get('/servers/detail?deleted=1&name=gone').expect(200)
    assert.equal(shown.body.servers[0].status, 'DELETED')
  })

  it('sorts by one key or several', async () => {
    await add('b', { host: 'h2', launchIndex: 1, displayDescription: 'x' })
    await add('a', { host: 'h1', launchIndex: 1 })
    await add('C', { host: 'h1', launchIndex: 2, displayDescription: 'y' })
    const sorted = async (query: string, user: TestUser = 'admin', version = '2.104') =>
      names((await as(user, version).get(`/servers?${query}`).expect(200)).body.servers).join('')
    assert.equal(await sorted(''), 'Cab')
    assert.equal(await sorted('sort_dir=asc'), 'baC')
    assert.equal(await sorted('sort_key=host&sort_dir=asc'), 'aCb')
    assert.equal(
      await sorted('sort_key=host&sort_dir=asc&sort_key=launch_index&sort_dir=desc'),
      'Cab',
    )
    assert.equal(await sorted('sort_key=display_description&sort_dir=asc'), 'abC')
    assert.equal(await sorted('sort_key=memory_mb', 'admin', '2.74'), 'Cab')
    await refused('sort_key=memory_mb', 400, 'admin', '2.75')
    await refused('sort_key=nonsense', 400, 'admin', '2.1')
    await refused('sort_dir=up')
    await refused('sort_key=uuid&sort_dir=asc&sort_dir=asc')
    await refused('sort_key=host', 403)
    await refused('sort_key=node', 403)
  })

  it('pages by limit and marker, with a link to the next', async () => {
    const ids: string[] = []
    for (const name of ['a', 'b', 'c']) ids.push((await add(name)).uuid)
    const first = await as('member').get('/servers?limit=2&name=.&sort_dir=asc').expect(200)
    assert.deepEqual(names(first.body.servers), ['a', 'b'])
    const [{ rel, href }] = first.body.servers_links
    assert.equal(rel, 'next')
    assert.match(
      href,
      new RegExp(`/v2\\.1/servers\\?limit=2&marker=${ids[1]}&name=\\.&sort_dir=asc$`),
    )
    const next = await as('member')
      .get(href.replace(/^.*\/v2\.1/, ''))
      .expect(200)
    assert.deepEqual([names(next.body.servers), next.body.servers_links], [['c'], undefined])
    const detail = await as('member').get('/servers/detail?limit=3').expect(200)
    assert.match(detail.body.servers_links[0].href, /\/servers\/detail\?limit=3&marker=/)
    const none = await as('member').get('/servers?limit=0').expect(200)
    assert.deepEqual(none.body, { servers: [] })
    await refused('limit=-1')
    await refused('limit=many')
    await refused(`marker=${randomUUID()}`)
    const withProject = await as('member').get(
      `/${'6f70656e737461636b20342065766572'}/servers?limit=1`,
    )
    assert.match(withProject.body.servers_links[0].href, /\/v2\.1\/6f70656e\w+\/servers\?/)
  })

  it('goes on after a server that was deleted since', async () => {
    await add('a')
    const b = await add('b')
    await add('c')
    await b.destroy()
    assert.deepEqual(await list(`marker=${b.uuid}`), ['a'])
  })
})

describe('GET /servers over several cells', () => {
  const as = eachWithApi({ conf: { api: { max_limit: 4 }, quota: { instances: -1, cores: -1 } } })
  const folders = new CellFolders()
  let cell2: TestApi
  let cell0: TestApi

  beforeEach(async () => {
    cell2 = await folders.add(as.current(), randomUUID(), 'cell2')
    cell0 = await folders.add(as.current(), CELL0, 'cell0')
    await addFlavor(as.current())
  })
  afterEach(() => folders.clean())

  const all = async (query: string): Promise<string[]> => {
    const found: string[] = []
    let path: string | undefined = `/servers?${query}`
    // A bound: a page that leads to itself must not hang the suite.
    for (let pages = 0; path !== undefined && pages < 20; pages++) {
      const answer = await as('member', '2.104').get(path).expect(200)
      const body: { servers: { name: string }[]; servers_links?: { href: string }[] } = answer.body
      found.push(...names(body.servers))
      path = body.servers_links?.[0]?.href.replace(/^.*\/v2\.1/, '')
    }
    return found
  }

  it('merges them in one order, page by page, those that wait first', async () => {
    const places = [as.current(), cell2, cell0]
    for (const [at, name] of ['d', 'A', 'f', 'b', 'E', 'c'].entries()) {
      const api = places[at % 3] ?? as.current()
      await addServer(api, {
        displayName: name,
        ...(api === cell0 ? { vmState: 'error' as const } : {}),
      })
    }
    await bootOf(as.current())({ name: 'w', max_count: 2, min_count: 2 }).expect(202)
    const byName = 'sort_key=display_name&sort_dir='
    const whole = async (query: string) => {
      const one = await all(query)
      for (const limit of [1, 2, 3, 4]) assert.deepEqual(await all(`${query}&limit=${limit}`), one)
      return one
    }
    const ascending = await whole(`${byName}asc`)
    assert.deepEqual(ascending.slice(0, 2), ['w-1', 'w-2'])
    assert.deepEqual([...ascending.slice(2)].sort(), ['A', 'E', 'b', 'c', 'd', 'f'])
    assert.deepEqual((await whole(`${byName}desc`)).slice(2), ascending.slice(2).reverse())
    assert.equal((await whole('')).length, 8)
    assert.deepEqual(await all('status=ERROR&sort_key=display_name&sort_dir=asc'), ['c', 'f'])
    assert.deepEqual((await all('status=BUILD')).sort(), ['w-1', 'w-2'])
  })

  it('shows why a server failed, wherever it is', async () => {
    const { uuid } = await addServer(cell0, { vmState: 'error' })
    const { body } = await as('member').get(`/servers/${uuid}`).expect(200)
    assert.equal(body.server.status, 'ERROR')
    await as('member').delete(`/servers/${uuid}`).expect(204)
    await as('member').get(`/servers/${uuid}`).expect(404)
  })

  it('filters those that wait as it does the rest', async () => {
    await bootOf(as.current())({ name: 'waiting', metadata: { a: 'b' } }).expect(202)
    const placed = await addServer(cell2, { displayName: 'placed' })
    placed.progress = 1
    await placed.save()
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['name=wait', ['waiting']],
      ['name=ed$', ['placed']],
      ['locked=false', ['waiting', 'placed']],
      ['locked=true', []],
      ['status=ACTIVE', ['placed']],
      ['vm_state=building', ['waiting']],
      ['task_state=scheduling', ['waiting']],
      ['changes-since=2020-01-01', ['waiting', 'placed']],
      ['changes-before=2020-01-01', []],
    ]
    for (const [query, expected] of cases) assert.deepEqual(await all(query), expected, query)
    await as('member').get('/servers?name=(?=a)').expect(400)
    const { body } = await as('admin').get('/servers?all_tenants=1&description=x').expect(200)
    assert.deepEqual(names(body.servers), ['waiting', 'placed'])
  })
})
