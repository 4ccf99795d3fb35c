import assert from 'node:assert/strict'
import { InstanceFault } from '../../../lib/objects/index.js'
import {
  addComputeHost,
  addServer,
  createTestApi,
  type TestApi,
} from '../../../lib/testing/index.js'
import { clientOf } from '../../support/api.js'
import { eachEngine } from '../../support/databases.js'
import { addFlavor } from '../../support/servers.js'

/** Statements of one request, by an administrator. Whoever changes a number says why in the commit. */
const budget = {
  '/servers': 2,
  '/servers/detail': 11,
  '/servers/{id}': 12,
  '/flavors/detail': 2,
}

/** What makes a document ask for all that it can: a fault, a lock, a host. */
const addFullServer = async (api: TestApi, host: string): Promise<string> => {
  const { uuid } = await addServer(api, {
    vmState: 'error',
    locked: true,
    host,
    node: host,
    metadata: { role: 'web' },
    systemMetadata: { locked_reason: 'audit' },
  })
  const fault = new InstanceFault(api.context, {
    instanceUuid: uuid,
    code: 500,
    message: 'No room',
  })
  await fault.create()
  return uuid
}

eachEngine(engine => {
  describe('a list of servers', () => {
    let api: TestApi
    let statements: string[] = []

    before(async () => {
      const [cell, own] = await Promise.all([engine.url(), engine.url()])
      api = await createTestApi({
        conf: { database: { connection: cell }, api_database: { connection: own } },
        onQuery: sql => statements.push(sql),
      })
      await addComputeHost(api, 'host-1')
      await addFlavor(api)
    })

    after(() => api.close())

    const statementsOf = async (path: string): Promise<number> => {
      const admin = clientOf(api, 'admin', '2.104')
      // What is remembered for a while (which cells there are) is no part of it.
      await admin.get(path).expect(200)
      statements = []
      await admin.get(path).expect(200)
      return statements.length
    }

    it('asks as much of the database for one as for a hundred', async () => {
      const seen: Record<string, number[]> = {}
      let uuid = ''
      let there = 0
      for (const size of [1, 10, 100]) {
        for (; there < size; there++) uuid = await addFullServer(api, 'host-1')
        for (const path of Object.keys(budget)) {
          const { body } = await clientOf(api, 'admin').get('/servers?all_tenants=1').expect(200)
          assert.equal(body.servers.length, size)
          const place = path.startsWith('/servers') ? '?all_tenants=1' : ''
          const asked = path.includes('{id}') ? path.replace('{id}', uuid) : path + place
          seen[path] = [...(seen[path] ?? []), await statementsOf(asked)]
        }
      }
      assert.deepEqual(
        seen,
        Object.fromEntries(
          Object.entries(budget).map(([path, count]) => [path, Array(3).fill(count)]),
        ),
      )
    }).timeout(60_000)
  })
}, 'suite')
