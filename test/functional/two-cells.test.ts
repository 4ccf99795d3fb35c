import assert from 'node:assert/strict'
import { type CellServer, CellsCloud } from '../support/cells-cloud.js'
import { withServer } from '../support/databases.js'
import { needsEngines } from '../support/separate-cloud.js'
import { queuesOf } from '../support/vhost.js'

const host = (server: CellServer | undefined) => server?.['OS-EXT-SRV-ATTR:host']
const isActive = ({ status }: CellServer): boolean => status === 'ACTIVE'

describe('a cloud of two cells, on RabbitMQ and MariaDB', function () {
  this.timeout(180_000)

  let cloud: CellsCloud
  before(async function () {
    await needsEngines(this)
    cloud = await CellsCloud.start()
  })
  // A `before` that skips leaves none.
  after(() => (cloud as CellsCloud | undefined)?.stop())

  const names = (servers: readonly CellServer[]) => servers.map(({ name }) => name)

  /** uuids of the servers in a database. */
  const rowsIn = (database: string): Promise<readonly string[]> =>
    withServer(async server => {
      const [rows] = await server.query(`SELECT uuid FROM ${database}.instances WHERE deleted = 0`)
      return (rows as { uuid: string }[]).map(({ uuid }) => uuid)
    })

  it('puts servers into either cell: its rows into its database, its messages onto its bus', async () => {
    const a = await cloud.boot('a', 'one')
    const b = await cloud.boot('b', 'two')
    const c = await cloud.boot('c', 'one')
    const d = await cloud.boot('d', 'two')
    const servers = await cloud.until(all => all.length === 4 && all.every(isActive))
    assert.deepEqual(Object.fromEntries(servers.map(server => [server.name, host(server)])), {
      a: 'one',
      b: 'two',
      c: 'one',
      d: 'two',
    })
    assert.deepEqual((await rowsIn(cloud.databaseOf('one'))).toSorted(), [a, c].toSorted())
    assert.deepEqual((await rowsIn(cloud.databaseOf('two'))).toSorted(), [b, d].toSorted())
    assert.deepEqual(await rowsIn(cloud.databaseOf('cell0')), [])
    const consumed = async (vhost: 'api' | 'one' | 'two') =>
      (await queuesOf(cloud.vhostOf(vhost)))
        .filter(({ name, consumers }) => consumers && /^(?:compute|conductor|scheduler)/.test(name))
        .map(({ name }) => name)
        .filter(name => !name.includes('_fanout'))
        .toSorted()
    assert.deepEqual(await consumed('api'), [
      'conductor',
      'conductor.api',
      'scheduler',
      'scheduler.api',
    ])
    for (const cell of ['one', 'two'] as const) {
      assert.deepEqual(await consumed(cell), [
        'compute',
        `compute.${cell}`,
        'conductor',
        `conductor.conductor-${cell}`,
      ])
    }
  })

  it('lists them in one order, page by page', async () => {
    const all = '?sort_key=display_name&sort_dir=asc'
    assert.deepEqual(names(await cloud.servers(all)), ['a', 'b', 'c', 'd'])
    const paged: (string | undefined)[] = []
    let marker = ''
    for (;;) {
      const [server] = await cloud.servers(`${all}&limit=1${marker && `&marker=${marker}`}`)
      if (!server) break
      paged.push(server.name)
      marker = server.id
    }
    assert.deepEqual(paged, ['a', 'b', 'c', 'd'])
    const descending = await cloud.servers('?sort_key=display_name&sort_dir=desc&limit=3')
    assert.deepEqual(names(descending), ['d', 'c', 'b'])
    assert.deepEqual(names(await cloud.servers('?host=two&sort_key=display_name&sort_dir=asc')), [
      'b',
      'd',
    ])
  })

  it('acts on them by the bus of their cell', async () => {
    const [b] = await cloud.servers('?name=b')
    assert.equal(
      (await cloud.ask('POST', `/servers/${b?.id}/action`, { 'os-stop': null })).status,
      202,
    )
    await cloud.until(all => all.some(({ name, status }) => name === 'b' && status === 'SHUTOFF'))
    const { body } = await cloud.ask('GET', `/servers/${b?.id}/os-instance-actions`)
    const actions = body.instanceActions as { action: string }[]
    assert.deepEqual(
      actions.map(({ action }) => action),
      ['stop', 'create'],
    )
  })

  it('moves none to another cell', async () => {
    const [a] = await cloud.servers('?name=a')
    const act = async (action: object, version: string) =>
      cloud.ask('POST', `/servers/${a?.id}/action`, action, version)
    const moves = async () => {
      const { body } = await cloud.ask('GET', '/os-migrations', undefined, '2.59')
      return (body.migrations as { status: string; migration_type: string }[])
        .map(({ status, migration_type: type }) => `${type} ${status}`)
        .toSorted()
    }
    const notFound = { code: 400, message: 'Compute host two could not be found.' }
    for (const [version, action, answer] of [
      ['2.1', { migrate: null }, null],
      ['2.34', { 'os-migrateLive': { host: null, block_migration: 'auto' } }, null],
      ['2.34', { resize: { flavorRef: '2' } }, null],
      ['2.56', { migrate: { host: 'two' } }, notFound],
      ['2.34', { 'os-migrateLive': { host: 'two', block_migration: 'auto' } }, notFound],
    ] as const) {
      const { status, body } = await act(action, version)
      assert.deepEqual([status, body.badRequest], answer ? [400, answer] : [202, undefined])
      await cloud.until(all =>
        all.some(server => server.name === 'a' && server['OS-EXT-STS:task_state'] === null),
      )
    }
    const [after] = await cloud.servers('?name=a')
    assert.deepEqual([after?.status, host(after)], ['ACTIVE', 'one'])
    assert.deepEqual(await moves(), ['live-migration error', 'migration error', 'resize error'])
    assert.equal((await rowsIn(cloud.databaseOf('two'))).length, 2)
  })

  it('answers for the rest while a cell is down, and for all when it is back', async () => {
    const [b] = await cloud.servers('?name=b')
    cloud.database.refuse(true)
    cloud.database.cut()
    const partial = await cloud.servers('', '2.69')
    assert.deepEqual(partial.map(({ name, status }) => `${name} ${status}`).toSorted(), [
      'a ACTIVE',
      'c ACTIVE',
      'undefined UNKNOWN',
      'undefined UNKNOWN',
    ])
    assert.deepEqual(names(await cloud.servers()).toSorted(), ['a', 'c'])
    const shown = await cloud.ask('GET', `/servers/${b?.id}`, undefined, '2.69')
    assert.equal((shown.body.server as CellServer).status, 'UNKNOWN')
    assert.equal((await cloud.ask('GET', `/servers/${b?.id}`)).status, 500)
    const { body } = await cloud.ask('GET', '/os-services', undefined, '2.69')
    const services = body.services as { host: string; binary: string; status: string }[]
    assert.deepEqual(
      services.map(({ host, binary, status }) => `${binary} ${host} ${status}`).toSorted(),
      [
        'nova-compute one enabled',
        'nova-compute two UNKNOWN',
        'nova-conductor api enabled',
        'nova-conductor conductor-one enabled',
        'nova-scheduler api enabled',
      ],
    )
    // What is new goes where it can.
    for (const name of ['e', 'f']) await cloud.boot(name)
    const booted = await cloud.until(
      all => all.filter(({ name }) => name === 'e' || name === 'f').filter(isActive).length === 2,
    )
    assert.deepEqual(booted.map(host), ['one', 'one', 'one', 'one'])
    const usage = await cloud.ask('GET', '/os-simple-tenant-usage')
    assert.equal(usage.status, 500)

    cloud.database.refuse(false)
    await cloud.until(all => all.length === 6)
    await cloud.process('nova-scheduler').printed(/Cell \S+ is not responding: its hosts/)
    await cloud.boot('g', 'two')
    await cloud.until(all => all.some(server => server.name === 'g' && isActive(server)))
    await cloud.process('nova-scheduler').printed(/Cell \S+ responds again/)
  })
})
