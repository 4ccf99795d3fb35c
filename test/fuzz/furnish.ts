import { NotImplementedError } from '../../lib/exception/index.js'
import { RpcServer } from '../../lib/rpc/index.js'
import {
  addComputeHost,
  addServer,
  createTestApi,
  IMAGE_ID,
  PROJECT_ID,
  type TestApi,
  userIdOf,
} from '../../lib/testing/index.js'
import { clientOf } from '../support/api.js'
import { MemoryLog } from '../support/log.js'
import { addFlavor } from '../support/servers.js'
import type { Hints } from './valid-values.js'

/** An API with something of each kind in it, behind which workers say yes to all. */
export interface Furnished {
  readonly api: TestApi
  /** For fields of bodies and queries, by name. */
  readonly hints: Hints
  /** For the parameter of a path, by the name of the segment before it. */
  readonly ids: Readonly<Record<string, readonly string[]>>
  readonly log: MemoryLog
  close(): Promise<void>
}

const HOST = 'host1'

/** Topics, namespaces and versions that the API calls. */
const workers = [
  ['compute', undefined, '6.9'],
  ['scheduler', undefined, '4.9'],
  ['conductor', 'compute_task', '1.99'],
  ['conductor', 'allocations', '1.99'],
] as const

const opened = {
  token: 'a-token',
  host: '192.0.2.1',
  port: 5900,
  internal_access_path: null,
  access_url: 'http://console.example.org/?token=a-token',
}

/** Methods whose answer is more than that it was done. */
const answers: Readonly<Record<string, () => unknown>> = {
  get_vnc_console: () => opened,
  get_spice_console: () => opened,
  get_serial_console: () => opened,
  get_mks_console: () => opened,
  get_rdp_console: () => opened,
  get_instance_diagnostics: () => {
    throw new NotImplementedError('this driver cannot')
  },
}

/** Every method there may be. */
const sayingYes = new Proxy(
  {},
  {
    get: (_, name: string) => answers[name] ?? (() => null),
    has: () => true,
    getOwnPropertyDescriptor: () => anyMethod,
  },
)
const anyMethod = { value: () => null, enumerable: true, configurable: true, writable: true }

export const furnished = async (): Promise<Furnished> => {
  const log = new MemoryLog()
  const many = 100_000
  const api = await createTestApi({
    log,
    conf: {
      DEFAULT: { rpc_response_timeout: 2, long_rpc_timeout: 2 },
      quota: { instances: many, cores: many, ram: many * 512, key_pairs: many },
    },
  })
  const { transport, serializer } = api.process
  const servers = workers.map(
    ([topic, namespace, version]) =>
      new RpcServer(
        transport,
        { topic, server: HOST },
        [{ namespace, version, methods: sayingYes }],
        { serializer, log },
      ),
  )
  await Promise.all(servers.map(server => server.start()))
  const { node, service } = await addComputeHost(api, HOST)
  await addFlavor(api)
  await addFlavor(api, { flavorid: '2', isPublic: false })
  const uuids: string[] = []
  for (const vmState of ['active', 'stopped', 'paused', 'suspended', 'error', 'active']) {
    const placed = { host: HOST, node: HOST }
    const { uuid } = await addServer(api, { vmState, ...placed, metadata: { colour: 'blue' } })
    uuids.push(uuid)
  }
  const member = clientOf(api, 'member', '2.64')
  const key = { name: 'key', public_key: `ssh-ed25519 ${PUBLIC_KEY} me` }
  await member.post('/os-keypairs', { keypair: key })
  const group = await member.post('/os-server-groups', {
    server_group: { name: 'apart', policy: 'affinity' },
  })
  const admin = clientOf(api, 'admin')
  const aggregate = await admin.post('/os-aggregates', { aggregate: { name: 'fast' } })
  const aggregateId = String(aggregate.body.aggregate.id)
  return {
    api,
    log,
    ids: {
      servers: uuids,
      'os-volumes_boot': uuids,
      flavors: ['1', '2'],
      images: [IMAGE_ID],
      'os-aggregates': [aggregateId],
      'os-hypervisors': [node.uuid, '1', HOST],
      'os-services': [service.uuid, '1', 'enable', 'disable', 'force-down'],
      'os-hosts': [HOST],
      'os-keypairs': ['key'],
      'os-server-groups': [group.body.server_group.id],
      'os-quota-sets': [PROJECT_ID],
      'os-quota-class-sets': ['default'],
      'os-simple-tenant-usage': [PROJECT_ID],
      metadata: ['colour'],
      tags: ['blue'],
      'os-extra_specs': ['hw:numa_nodes'],
      extensions: ['os-keypairs'],
      versions: ['v2.0', 'v2.1'],
    },
    hints: {
      flavorRef: ['1'],
      imageRef: [IMAGE_ID],
      key_name: ['key'],
      host: [HOST],
      hypervisor_hostname: [HOST],
      user_id: [userIdOf('member')],
      tenant: [PROJECT_ID],
      server_uuid: uuids,
      marker: uuids,
      instance_uuid: uuids,
      binary: ['nova-compute'],
      sort_key: [['created_at'], ['uuid', 'host']],
      min_count: [1],
      max_count: [1, 2],
    },
    close: async () => {
      await Promise.all(servers.map(server => server.stop()))
      await api.close()
    },
  }
}

const PUBLIC_KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIB/1xk7a0m9yAsQ5lZ2mU1l0cH0J7oG3kVn2Wc5gqXn8'
