import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import request from 'supertest'
import { createComputeRouter, loadExtensions } from '../../controllers/router.js'
import { standInServices } from '../../controllers/stand-in-services.js'
import {
  BlockDeviceMapping,
  ConsoleAuthToken,
  InstanceAction,
  InstanceActionEvent,
  InstanceInfoCache,
  InstanceNUMACell,
  InstanceNUMATopology,
  Migration,
  ShareMapping,
} from '../../lib/objects/index.js'
import {
  addComputeHost,
  addServer,
  createTestApi,
  OTHER_PROJECT_ID,
  PROJECT_ID,
  type TestApi,
  type TestUser,
  userIdOf,
} from '../../lib/testing/index.js'
import { clientOf } from '../support/api.js'
import { contractFile } from '../support/contract.js'

const users: readonly TestUser[] = ['admin', 'manager', 'member', 'reader', 'service', 'other']

/** Whose thing is asked for: each caller's own, or one of the project of all but `other`. */
type Target = 'of the caller' | 'of the project'

/** `who_by_default` of policies.tsv, by users; `other` too where all ask for their own. */
const passes: Readonly<Record<string, readonly TestUser[]>> = {
  admin: ['admin'],
  'any authenticated': users,
  'manager (own project), admin': ['admin', 'manager'],
  'member (own project), admin': ['admin', 'manager', 'member', 'other'],
  'reader (own project), admin': ['admin', 'manager', 'member', 'reader', 'other'],
  'service, admin': ['admin', 'service'],
  // What is asked for is always the user member's.
  'the owning user, admin': ['admin', 'member'],
}

const allowed = (who: string, target: Target): readonly TestUser[] => {
  const all = passes[who]
  assert.ok(all, `nobody has said who '${who}' is`)
  const anyone = who === 'any authenticated'
  return target === 'of the caller' || anyone ? all : all.filter(user => user !== 'other')
}

/** How to ask a route of the contract; `{server}` and the like stand for what is there. */
interface Walk {
  readonly path: string
  readonly target?: Target
  readonly version?: string
  /** In place of the contract's, where the cloud of this test has no such thing. */
  readonly success?: number
}

const ofProject = (path: string): Walk => ({ path, target: 'of the project' })

/** GET, by path of routes.tsv. */
const walks: Readonly<Record<string, Walk>> = {
  '/extensions': { path: '/extensions' },
  '/extensions/{id}': { path: '/extensions/os-keypairs' },
  '/flavors/{flavor_id}/os-extra_specs': { path: '/flavors/1/os-extra_specs' },
  '/flavors/{flavor_id}/os-extra_specs/{id}': { path: '/flavors/1/os-extra_specs/hw:numa_nodes' },
  '/flavors/{flavor_id}/os-flavor-access': { path: '/flavors/2/os-flavor-access' },
  '/limits': { path: '/limits' },
  '/os-aggregates': { path: '/os-aggregates' },
  '/os-aggregates/{id}': { path: '/os-aggregates/{aggregate}' },
  '/os-availability-zone': { path: '/os-availability-zone' },
  '/os-availability-zone/detail': { path: '/os-availability-zone/detail' },
  '/os-baremetal-nodes': { path: '/os-baremetal-nodes', success: 501 },
  '/os-baremetal-nodes/{id}': { path: '/os-baremetal-nodes/{server}', success: 501 },
  '/os-floating-ip-pools': { path: '/os-floating-ip-pools' },
  '/os-floating-ips': { path: '/os-floating-ips' },
  '/os-floating-ips/{id}': { path: '/os-floating-ips/{server}', success: 404 },
  '/os-hosts': { path: '/os-hosts' },
  '/os-hosts/{id}': { path: '/os-hosts/host1' },
  '/os-networks': { path: '/os-networks' },
  '/os-networks/{id}': { path: '/os-networks/{server}', success: 404 },
  '/os-security-groups': { path: '/os-security-groups' },
  '/os-security-groups/{id}': { path: '/os-security-groups/{server}', success: 404 },
  '/os-tenant-networks': { path: '/os-tenant-networks' },
  '/os-tenant-networks/{id}': { path: '/os-tenant-networks/{server}', success: 404 },
  '/os-hypervisors': { path: '/os-hypervisors' },
  '/os-hypervisors/detail': { path: '/os-hypervisors/detail' },
  '/os-hypervisors/statistics': { path: '/os-hypervisors/statistics' },
  '/os-hypervisors/{id}': { path: '/os-hypervisors/{node}', version: '2.53' },
  '/os-hypervisors/{id}/search': { path: '/os-hypervisors/host1/search' },
  '/os-hypervisors/{id}/servers': { path: '/os-hypervisors/host1/servers' },
  '/os-instance_usage_audit_log': { path: '/os-instance_usage_audit_log' },
  '/os-instance_usage_audit_log/{id}': {
    path: '/os-instance_usage_audit_log/2026-01-02%2003:04:05',
  },
  '/os-migrations': { path: '/os-migrations' },
  '/os-snapshots': { path: '/os-snapshots' },
  '/os-snapshots/detail': { path: '/os-snapshots/detail' },
  '/os-snapshots/{id}': { path: '/os-snapshots/{snapshot}' },
  '/os-volumes': { path: '/os-volumes' },
  '/os-volumes/detail': { path: '/os-volumes/detail' },
  '/os-volumes/{id}': { path: '/os-volumes/{volume}' },
  '/os-volumes_boot': { path: '/os-volumes_boot' },
  '/os-volumes_boot/detail': { path: '/os-volumes_boot/detail' },
  '/os-volumes_boot/{id}': ofProject('/os-volumes_boot/{server}'),
  '/servers/{server_id}/os-volume_attachments': ofProject(
    '/servers/{server}/os-volume_attachments',
  ),
  '/servers/{server_id}/os-volume_attachments/{id}': ofProject(
    '/servers/{server}/os-volume_attachments/{volume}',
  ),
  '/servers/{server_id}/shares': { ...ofProject('/servers/{server}/shares'), version: '2.97' },
  '/servers/{server_id}/shares/{id}': {
    ...ofProject('/servers/{server}/shares/{volume}'),
    version: '2.97',
  },
  '/os-keypairs': { path: '/os-keypairs?user_id={owner}', version: '2.10' },
  '/os-keypairs/{id}': { path: '/os-keypairs/key?user_id={owner}', version: '2.10' },
  '/os-quota-class-sets/{id}': { path: '/os-quota-class-sets/default' },
  '/os-quota-sets/{id}': ofProject('/os-quota-sets/{project}'),
  '/os-quota-sets/{id}/detail': ofProject('/os-quota-sets/{project}/detail'),
  '/os-quota-sets/{id}/defaults': { path: '/os-quota-sets/{project}/defaults' },
  '/os-server-groups': { path: '/os-server-groups' },
  '/os-server-groups/{id}': ofProject('/os-server-groups/{group}'),
  '/os-services': { path: '/os-services' },
  '/os-simple-tenant-usage': { path: '/os-simple-tenant-usage' },
  '/os-simple-tenant-usage/{id}': ofProject('/os-simple-tenant-usage/{project}'),
  '/servers': { path: '/servers' },
  '/servers/detail': { path: '/servers/detail' },
  '/servers/{id}': ofProject('/servers/{server}'),
  '/servers/{server_id}/ips': ofProject('/servers/{server}/ips'),
  '/servers/{server_id}/ips/{id}': ofProject('/servers/{server}/ips/private'),
  '/servers/{server_id}/metadata': ofProject('/servers/{server}/metadata'),
  '/servers/{server_id}/metadata/{id}': ofProject('/servers/{server}/metadata/colour'),
  '/servers/{server_id}/migrations': ofProject('/servers/{server}/migrations'),
  '/servers/{server_id}/migrations/{id}': ofProject('/servers/{server}/migrations/{migration}'),
  '/servers/{server_id}/os-server-password': ofProject('/servers/{server}/os-server-password'),
  '/servers/{server_id}/topology': ofProject('/servers/{server}/topology'),
  '/os-console-auth-tokens/{id}': { path: '/os-console-auth-tokens/{token}', version: '2.31' },
  '/servers/{server_id}/os-instance-actions': ofProject('/servers/{server}/os-instance-actions'),
  '/servers/{server_id}/os-instance-actions/{id}': ofProject(
    '/servers/{server}/os-instance-actions/req-1',
  ),
  '/servers/{server_id}/os-interface': ofProject('/servers/{server}/os-interface'),
  '/servers/{server_id}/os-interface/{id}': {
    ...ofProject('/servers/{server}/os-interface/{server}'),
    success: 404,
  },
  '/servers/{server_id}/os-security-groups': ofProject('/servers/{server}/os-security-groups'),
  '/servers/{server_id}/tags': ofProject('/servers/{server}/tags'),
  '/servers/{server_id}/tags/{id}': ofProject('/servers/{server}/tags/blue'),
}

/** GETs that change something, or ask a compute, of which there is none. */
const notWalked = /^\/os-hosts\/\{id\}\/|^\/os-hypervisors\/\{id\}\/uptime$|\/diagnostics$/

/** Rules that never refuse, or only in some cases: what shows that they let pass. */
interface Trace extends Walk {
  readonly rule: string
  readonly shows: (body: Shown) => boolean
}

type Item = Readonly<Record<string, unknown>>
interface Shown {
  readonly server: Item & { readonly flavor: Item }
  readonly servers: readonly (Item & { readonly flavor: Item })[]
  readonly flavor: Item
  readonly flavors: readonly Item[]
  readonly server_groups: readonly Item[]
  readonly limits: Item
  readonly migrations: readonly Item[]
  readonly nodes: readonly Item[]
  readonly instanceAction: { readonly events?: readonly Item[] }
}

const attribute = 'OS-EXT-SRV-ATTR:host'
const compute = 'os_compute_api'
const theServer = ofProject('/servers/{server}')
const all = { path: '/servers/detail' }
const ownMigrations = ofProject('/servers/{server}/migrations')
const hostOf = ({ migrations }: Shown): unknown => migrations.find(Boolean)?.source_compute
const theAction = ofProject('/servers/{server}/os-instance-actions/req-1')

const traces: readonly Trace[] = [
  {
    rule: `${compute}:os-migrations:index:host`,
    path: '/os-migrations',
    shows: body => hostOf(body) === 'host1',
  },
  {
    rule: `${compute}:os-migrations:index:all_projects`,
    path: '/os-migrations',
    shows: ({ migrations }) => migrations.length === 2,
  },
  {
    rule: `${compute}:servers:migrations:index:host`,
    ...ownMigrations,
    version: '2.23',
    shows: body => hostOf(body) === 'host1',
  },
  {
    rule: 'compute:server:topology:host:index',
    ...ofProject('/servers/{server}/topology'),
    version: '2.78',
    shows: ({ nodes }) => nodes.every(node => 'host_node' in node),
  },
  {
    rule: `${compute}:os-flavor-extra-specs:index`,
    path: '/flavors/1',
    version: '2.61',
    shows: ({ flavor }) => 'extra_specs' in flavor,
  },
  {
    rule: `${compute}:os-flavor-extra-specs:index`,
    path: '/flavors/detail',
    version: '2.61',
    shows: ({ flavors }) => flavors.every(flavor => 'extra_specs' in flavor),
  },
  {
    rule: `${compute}:limits:other_project`,
    path: '/limits?tenant_id=abcdef',
    shows: ({ limits }) => 'absolute' in limits,
  },
  {
    rule: `${compute}:os-server-groups:index:all_projects`,
    path: '/os-server-groups?all_projects=1',
    shows: ({ server_groups }) => server_groups.length === 2,
  },
  ...(['index', 'detail'] as const).map(
    (name): Trace => ({
      rule: `${compute}:servers:${name}:get_all_tenants`,
      path: `/servers${name === 'detail' ? '/detail' : ''}?all_tenants=1`,
      shows: ({ servers }) => servers.length === 2,
    }),
  ),
  {
    // Who may not filter by host gets the servers of all.
    rule: `${compute}:servers:allow_all_filters`,
    path: '/servers?host=elsewhere',
    shows: ({ servers }) => servers.length === 0,
  },
  {
    rule: `${compute}:os-extended-server-attributes`,
    ...theServer,
    shows: ({ server }) => attribute in server,
  },
  {
    rule: `${compute}:os-extended-server-attributes`,
    ...all,
    shows: ({ servers }) => servers.every(server => attribute in server),
  },
  {
    rule: `${compute}:servers:show:host_status`,
    ...theServer,
    version: '2.16',
    shows: ({ server }) => 'host_status' in server,
  },
  {
    rule: `${compute}:servers:show:host_status`,
    ...all,
    version: '2.16',
    shows: ({ servers }) => servers.every(server => 'host_status' in server),
  },
  {
    rule: `${compute}:servers:show:flavor-extra-specs`,
    ...theServer,
    version: '2.47',
    shows: ({ server }) => 'extra_specs' in server.flavor,
  },
  {
    rule: `${compute}:servers:show:flavor-extra-specs`,
    ...all,
    version: '2.47',
    shows: ({ servers }) => servers.every(({ flavor }) => 'extra_specs' in flavor),
  },
  {
    rule: `${compute}:os-instance-actions:events`,
    ...theAction,
    shows: ({ instanceAction }) =>
      instanceAction.events?.every(event => 'traceback' in event) ?? false,
  },
  {
    rule: `${compute}:os-instance-actions:events:details`,
    ...theAction,
    version: '2.84',
    shows: ({ instanceAction }) =>
      instanceAction.events?.every(event => 'details' in event) ?? false,
  },
]

/** Counts only where the rule above it refuses, which no user's does by default. */
const untold = [`${compute}:servers:show:host_status:unknown-only`]

describe('policy: every user at every GET', () => {
  let api: TestApi
  let who: ReadonlyMap<string, string>
  /** Rows of routes.tsv that are built and have rules. */
  let routes: readonly { path: string; version: string; success: number; rules: string[] }[]
  let known: Readonly<Record<string, string>>

  before(async function () {
    const [policies, table] = ['rest/policies.tsv', 'rest/routes.tsv'].map(name =>
      readFileSync(contractFile(this, name), 'utf8')
        .trimEnd()
        .split('\n')
        .slice(1)
        .map(line => line.split('\t')),
    )
    who = new Map(policies?.map(([rule = '', , value = '']) => [rule, value]))
    const log = { warn: () => undefined, error: () => undefined }
    const router = createComputeRouter(standInServices(await loadExtensions()), log)
    const isBuilt = (path: string): boolean =>
      router.find('GET', path).some(({ operation }) => operation.built)
    routes = (table ?? [])
      .filter(([method, path = '']) => method === 'GET' && isBuilt(path))
      .map(([, path = '', , , , version = '', , success, , , , rules = '']) => ({
        path,
        version,
        success: Number(success),
        rules: rules.split(' ').filter(rule => rule.includes(':')),
      }))
      .filter(({ rules }) => rules.length > 0)
    api = await createTestApi()
    known = await furnish(api)
  })

  after(() => api?.close())

  const ask = (user: TestUser, { path, version }: Walk) =>
    clientOf(api, user, version).get(path.replaceAll(/\{(\w+)\}/g, (_, key) => known[key] ?? key))

  const whoMay = (rule: string): string => {
    const value = who.get(rule)
    assert.ok(value, `policies.tsv has no rule ${rule}`)
    return value
  }

  it('lets pass whom the contract names, and refuses the others', async () => {
    const wrong: string[] = []
    for (const { path, version, success, rules } of routes) {
      const walk = walks[path]
      const rule = rules.find(one => /^\w/.test(one))
      if (rule === undefined || notWalked.test(path)) continue
      if (!walk) {
        console.log(`      not walked, for nothing says how: GET ${path}`)
        continue
      }
      const { target = 'of the caller' } = walk
      const may = allowed(whoMay(rule), target)
      for (const user of users) {
        const { status, text } = await ask(user, { version, ...walk })
        // What is another project's may as well not be there.
        const refused = user === 'other' && target === 'of the project' ? [403, 404] : [403]
        const expected = may.includes(user) ? [walk.success ?? success] : refused
        if (!expected.includes(status)) {
          wrong.push(`GET ${path} by ${user}: ${status}, not ${expected.join(' or ')}: ${text}`)
        }
      }
    }
    assert.deepEqual(wrong, [])
  })

  it('shows to whom the contract names what a rule hides from the others', async () => {
    const wrong: string[] = []
    for (const { rule, shows, ...walk } of traces) {
      const may = allowed(whoMay(rule), walk.target ?? 'of the caller')
      for (const user of users) {
        const { status, body } = await ask(user, walk)
        const shown = status === 200 && shows(body)
        if (shown !== may.includes(user)) {
          wrong.push(`${rule}: GET ${walk.path} by ${user}: ${shown} (${status})`)
        }
      }
    }
    assert.deepEqual(wrong, [])
    const told = new Set([...traces.map(({ rule }) => rule), ...untold])
    const rules = routes.flatMap(route => route.rules.filter(rule => /^[~?&]/.test(rule)))
    const silent = new Set(rules.map(rule => rule.slice(1)).filter(rule => !told.has(rule)))
    for (const rule of silent) console.log(`      not walked, for nothing says how: ${rule}`)
  })

  it('asks everybody for a token', async () => {
    const wrong: string[] = []
    for (const { path } of routes) {
      const { status } = await request(api.app).get(`/v2.1${path.replaceAll(/\{\w+\}/g, 'x')}`)
      if (status !== 401) wrong.push(`GET ${path}: ${status}`)
    }
    assert.deepEqual(wrong, [])
  })
})

/** One of everything that is asked for. */
const furnish = async (api: TestApi): Promise<Readonly<Record<string, string>>> => {
  const [admin, member, other] = (['admin', 'member', 'other'] as const).map(
    user => (path: string, body: object, version?: string) =>
      clientOf(api, user, version).post(path, body),
  )
  assert.ok(admin && member && other)
  const { node } = await addComputeHost(api, 'host1')
  const network = {
    id: 'vif-1',
    address: 'fa:16:3e:00:00:01',
    network: {
      id: 'net-1',
      label: 'private',
      subnets: [{ cidr: '192.0.2.0/24', version: 4, ips: [{ address: '192.0.2.5', version: 4 }] }],
    },
  }
  const uuid = randomUUID()
  const server = await addServer(api, {
    uuid,
    host: 'host1',
    metadata: { colour: 'blue' },
    numaTopology: new InstanceNUMATopology(api.context, {
      instanceUuid: uuid,
      cells: [
        new InstanceNUMACell(api.context, {
          id: 0,
          cpuset: new Set([0]),
          pcpuset: new Set(),
          memory: 512,
          cpuTopology: null,
        }),
      ],
    }),
    infoCache: new InstanceInfoCache(api.context, {
      instanceUuid: uuid,
      networkInfo: JSON.stringify([network]),
    }),
  })
  const foreign = await addServer(api, { projectId: OTHER_PROJECT_ID, userId: userIdOf('other') })
  await clientOf(api, 'member', '2.26')
    .put(`/servers/${server.uuid}/tags`, { tags: ['blue'] })
    .expect(200)

  const acting = api.context.with({
    requestId: 'req-1',
    projectId: PROJECT_ID,
    userId: userIdOf('member'),
    timestamp: '2026-01-02T03:04:05.000000',
  })
  await InstanceAction.actionStart(acting, server.uuid, 'stop')
  const event = 'compute_stop_instance'
  await InstanceActionEvent.eventStart(acting, server.uuid, event, { host: 'host1' })
  await InstanceActionEvent.eventFinishWithFailure(acting, server.uuid, event, {
    excVal: 'it broke',
    excTb: 'line 1',
  })

  const migrations = [server.uuid, foreign.uuid].map(
    (instanceUuid, at) =>
      new Migration(api.context, {
        instanceUuid,
        migrationType: 'live-migration',
        status: 'running',
        sourceCompute: 'host1',
        projectId: at === 0 ? PROJECT_ID : OTHER_PROJECT_ID,
      }),
  )
  for (const migration of migrations) await migration.create()
  const volume = api.volumes.add()
  await new BlockDeviceMapping(api.context, {
    instanceUuid: server.uuid,
    sourceType: 'volume',
    destinationType: 'volume',
    volumeId: volume.id,
  }).create()
  await new ShareMapping(api.context, {
    uuid: volume.id,
    instanceUuid: server.uuid,
    shareId: volume.id,
    status: 'inactive',
    tag: 'data',
    exportLocation: 'nfs:/data',
    shareProto: 'NFS',
  }).save()
  const token = new ConsoleAuthToken(api.context, {
    consoleType: 'novnc',
    host: 'host1',
    port: 1,
    instanceUuid: server.uuid,
  })
  await token.authorize(600)

  const flavor = { name: 'one', ram: 1, vcpus: 1, disk: 1 }
  await admin('/flavors', { flavor: { ...flavor, id: '1' } }).expect(200)
  await admin('/flavors/1/os-extra_specs', { extra_specs: { 'hw:numa_nodes': '1' } }).expect(200)
  const hidden = { ...flavor, id: '2', name: 'two', 'os-flavor-access:is_public': false }
  await admin('/flavors', { flavor: hidden }).expect(200)
  const aggregate = await admin('/os-aggregates', { aggregate: { name: 'fast' } }).expect(200)
  await member('/os-keypairs', { keypair: { name: 'key' } }, '2.10').expect(201)
  const group = { server_group: { name: 'apart', policies: ['affinity'] } }
  const { body } = await member('/os-server-groups', group).expect(200)
  await other('/os-server-groups', group).expect(200)
  return {
    server: server.uuid,
    migration: String(migrations[0]?.id),
    volume: volume.id,
    snapshot: api.volumes.addSnapshot({ volumeId: volume.id }).id,
    token: token.token,
    node: node.uuid,
    aggregate: String(aggregate.body.aggregate.id),
    group: body.server_group.id,
    project: PROJECT_ID,
    owner: userIdOf('member'),
  }
}
