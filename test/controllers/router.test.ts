import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import express from 'express'
import request from 'supertest'
import { createComputeRouter, loadExtensions } from '../../controllers/router.js'
import { knownRoutes } from '../../controllers/routes.js'
import { createServices } from '../../controllers/services.js'
import { defaultConf } from '../../lib/conf/index.js'
import { runtimeOf, withRuntime } from '../../lib/runtime/index.js'
import { createApiRouter, sendError } from '../../lib/wsgi/index.js'
import { contractFile } from '../support/contract.js'
import { unusedCompute } from '../support/unused.js'
import { anyone } from '../support/wsgi.js'

const silent = () => undefined
const silentLog = { debug: silent, info: silent, warn: silent, error: silent }

const serve = async ({ legacy = false } = {}) => {
  const compute = unusedCompute()
  const runtime = runtimeOf(withRuntime({}, { conf: defaultConf(), log: silentLog, compute }))
  const services = createServices(runtime, await loadExtensions())
  return serveApp(createComputeRouter(services, silentLog).app, legacy)
}

const serveApp = (router: express.RequestHandler, legacy = false) => {
  const app = express()
  app.use((req, res) => {
    req.context = anyone()
    if (legacy) req.isLegacyV2 = true
    router(req, res, error => sendError(req, res, error))
  })
  return request(createServer(app))
}

describe('the compute API', () => {
  it('answers 410 to what nova has given up', async () => {
    const client = await serve()
    const gone = { computeFault: { code: 410, message: 'This resource is gone.' } }
    await client.get('/os-cells').expect(410, gone).expect('openstack-api-version', 'compute 2.1')
    await client.post('/servers/a/action').send({ resetNetwork: null }).expect(410, gone)
  })

  it('names in a 501 what is not built, in the versions in which nova serves it', async () => {
    const { app } = createApiRouter({
      services: {},
      coreResources: [],
      knownRoutes: [{ method: 'GET', path: '/things/:id', min: 97 }],
      log: silentLog,
    })
    const client = serveApp(app)
    const things = (version: string) =>
      client.get('/things/a').set('OpenStack-API-Version', `compute ${version}`)
    await things('2.96').expect(404)
    await things('2.97').expect(501, {
      notImplemented: { code: 501, message: 'GET /things/:id is not implemented yet' },
    })
  })

  it('answers 404 or 410 where nova serves a route no more', async () => {
    const client = await serve()
    await client.get('/os-fping').set('OpenStack-API-Version', 'compute 2.104').expect(410)
    await client
      .get('/os-snapshots')
      .set('OpenStack-API-Version', 'compute 2.36')
      .expect(404, { itemNotFound: { code: 404, message: 'The resource could not be found.' } })
  })

  it('lists its extensions: 99, and under /v2 one more', async () => {
    const current = await (await serve()).get('/extensions').expect(200)
    const legacy = await (await serve({ legacy: true })).get('/extensions').expect(200)
    const aliases = ({ extensions }: { extensions: { alias: string }[] }) =>
      extensions.map(({ alias }) => alias)
    assert.deepEqual(
      aliases(legacy.body).filter(alias => !aliases(current.body).includes(alias)),
      ['OS-EXT-VIF-NET'],
    )
    assert.equal(aliases(current.body).length, 99)
    assert.deepEqual(aliases(current.body), aliases(current.body).toSorted())
  })

  it('has every alias and name of the contract, and no other', async function () {
    const rows = readFileSync(contractFile(this, 'rest/extensions.tsv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map(row => row.split('\t').slice(0, 2))
    const { body } = await (await serve({ legacy: true })).get('/extensions').expect(200)
    const told = new Map(
      (body.extensions as { alias: string; name: string }[]).map(({ alias, name }) => [
        alias,
        name,
      ]),
    )
    assert.deepEqual([...told].toSorted(), rows.toSorted())
  })

  it('shows one extension, or 404', async () => {
    const client = await serve()
    await client.get('/extensions/os-agents').expect(200, {
      extension: {
        name: 'Agents',
        alias: 'os-agents',
        description: 'Agents support.',
        namespace: 'http://docs.openstack.org/compute/ext/fake_xml',
        updated: '2014-12-03T00:00:00Z',
        links: [],
      },
    })
    await client.get('/extensions/nothing').expect(404, {
      itemNotFound: { code: 404, message: 'no extension has the alias nothing' },
    })
  })

  it('knows the routes of the contract, all of them', function () {
    const expected = readFileSync(contractFile(this, 'rest/routes.tsv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map(row => row.split('\t'))
      .map(([method, path = '', , , action, min = '', max = '', , , , , , status = '']) => ({
        method,
        path: path === '(empty)' ? '' : path.replaceAll(/\{(\w+)\}/g, ':$1'),
        min: Number(min.slice(2)),
        ...(action ? { action } : {}),
        ...(max ? { max: Number(max.slice(2)) } : {}),
        ...(status.startsWith('410') ? { gone: true } : {}),
      }))
    assert.deepEqual(knownRoutes, expected)
  })
})
