import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { RequestContext } from '../../../lib/context/index.js'
import type { Database } from '../../../lib/db/database.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { InstanceNotFound } from '../../../lib/exception/index.js'
import {
  CellConnections,
  CellMapping,
  ComputeNode,
  cellOf,
  discoverHosts,
  HostMapping,
  Instance,
  InstanceList,
  targetCell,
} from '../../../lib/objects/index.js'
import type { Transport } from '../../../lib/rpc/transport.js'
import { eachEngine } from '../../support/databases.js'
import { newInstance } from '../../support/objects.js'

describe('cells', function () {
  this.timeout(20_000)

  eachEngine(engine => {
    const transports: string[] = []
    const closed: string[] = []

    const transport = (url: string): Transport => {
      transports.push(url)
      return {
        url,
        send: async () => null,
        listen: async () => ({ stop: async () => {} }),
        close: async () => {
          closed.push(url)
        },
      }
    }

    afterEach(() => {
      transports.length = 0
      closed.length = 0
    })

    it('have rows and a bus of their own, opened once', async () => {
      const api = await engine.api()
      const databases = new Map([
        ['db://cell0', await engine.cell()],
        ['db://cell1', await engine.cell()],
      ])
      const opened: string[] = []
      const cells = new CellConnections({
        api,
        databaseUrl: null,
        transportUrl: 'rabbit://u:p@broker:5672/',
        openDatabase: url => {
          opened.push(url)
          const database = databases.get(url)
          assert.ok(database, url)
          return database
        },
        openTransport: transport,
      })
      const anywhere = new RequestContext(
        { userId: 'u1', projectId: 'p1', isAdmin: true },
        {
          data: {
            kind: 'direct',
            api,
            cell: databases.get('db://cell0') ?? (await engine.cell()),
            cells,
          },
        },
      )
      const mapping = async (uuid: string, database: string, bus: string) => {
        const cell = new CellMapping(anywhere, {
          uuid,
          transportUrl: bus,
          databaseConnection: database,
        })
        await cell.create()
        return cell
      }
      const cell0 = await mapping(CellMapping.cell0Uuid, 'db://cell0', 'none:///')
      const cell1 = await mapping(
        randomUUID(),
        'db://cell1',
        '{scheme}://{username}:{password}@{hostname}:{port}/one',
      )

      const inCell1 = await targetCell(anywhere, cell1)
      const instance = newInstance(inCell1)
      await instance.create()
      assert.equal((await Instance.getByUuid(inCell1, instance.uuid)).displayName, 'one')
      await assert.rejects(
        async () => Instance.getByUuid(await targetCell(anywhere, cell0), instance.uuid),
        InstanceNotFound,
      )
      await cells.target(anywhere, cell1)
      assert.deepEqual(opened, ['db://cell1', 'db://cell0'])
      assert.deepEqual(transports, ['rabbit://u:p@broker:5672/one'])
      const access = inCell1.data
      assert.ok(access.kind === 'direct')
      assert.equal(access.cellUuid, cell1.uuid)
      assert.equal(cells.access(cell0).transport, null)
      assert.equal(await targetCell(inCell1, cell1), inCell1)

      const node = new ComputeNode(inCell1, { host: 'h1', hypervisorHostname: 'h1' })
      await node.create()
      assert.deepEqual(await discoverHosts(anywhere, [cell0, cell1]), [
        { host: 'h1', cellUuid: cell1.uuid },
      ])
      assert.deepEqual(await discoverHosts(anywhere, [cell0, cell1]), [])
      assert.equal((await HostMapping.getByHost(anywhere, 'h1')).cellMapping.uuid, cell1.uuid)

      await cells.close()
      assert.deepEqual(closed, ['rabbit://u:p@broker:5672/one'])
    })

    it('are listed with one query a table, however many servers there are', async () => {
      const cell = await engine.cell()
      const context = new RequestContext(
        { projectId: 'p1', isAdmin: true },
        { data: { kind: 'direct', cell } },
      )
      for (let count = 0; count < 20; count++) await newInstance(context).create()
      const queries: string[] = []
      const counting = cell.kysely.withPlugin({
        transformQuery: ({ node }) => {
          queries.push(node.kind)
          return node
        },
        transformResult: async ({ result }) => result,
      })
      const counted = context.withData({
        kind: 'direct',
        cell: { ...bound<CellSchema>(cellOf(context)), report: () => 'counted', kysely: counting },
      })
      const list = await InstanceList.getByFilters(
        counted,
        { deleted: false },
        {
          expectedAttrs: [
            'metadata',
            'system_metadata',
            'info_cache',
            'security_groups',
            'tags',
            'fault',
            'flavor',
            'services',
            'numa_topology',
          ],
        },
      )
      assert.equal(list.length, 20)
      // instances; metadata, system metadata, caches, groups, tags, faults, extra; no hosts, so no services
      assert.equal(queries.length, 8)
    })

    it('are refused in a process that serves one', async () => {
      const context = new RequestContext(
        {},
        { data: { kind: 'direct', cell: await engine.cell() } },
      )
      const cell = new CellMapping(null, {
        uuid: randomUUID(),
        transportUrl: 'none:///',
        databaseConnection: 'sqlite://',
      })
      await assert.rejects(() => targetCell(context, cell), /this process serves one cell only/)
    })
  })
})

/** The parts of a database that a copy can have. */
const bound = <S>(database: Database<S>) => ({
  dialect: database.dialect,
  url: database.url,
  transaction: database.transaction.bind(database),
  ping: () => database.ping(),
  close: () => database.close(),
})
