import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { RequestContext } from '../../../lib/context/index.js'
import {
  Forbidden,
  ManilaConnectionFailed,
  ShareAccessGrantError,
  ShareAccessNotFound,
  ShareAccessRemovalError,
  ShareNotFound,
} from '../../../lib/exception/index.js'
import { ManilaShareApi } from '../../../lib/share/manila.js'
import { DEMO } from '../../support/as-user.js'

const conf = { service_type: 'shared-file-system', valid_interfaces: ['public'] }
const client = { type: 'ip', to: '192.0.2.7' }

describe("nova's client of the share service", () => {
  const api = new ManilaShareApi(conf, { retries: 0 })
  let server: Server
  let url = ''
  let asked: { readonly path: string; readonly version: unknown; readonly body: unknown }[]
  let answers: Readonly<Record<string, readonly [status: number, body: object]>>

  const contextWith = (type: string, publicURL = `${url}/v2`) =>
    new RequestContext({
      ...DEMO,
      authToken: 'demo',
      serviceCatalog: [{ type, name: 'manila', endpoints: [{ publicURL, region: 'RegionOne' }] }],
    })
  const fault = (message: string) => ({ badRequest: { code: 400, message } })

  before(async () => {
    const app = express()
      .use(express.json())
      .use((req, res) => {
        const path = `${req.method} ${req.url}`
        const version = req.headers['x-openstack-manila-api-version']
        asked.push({ path, version, body: req.body ?? null })
        const [status, body] = answers[path] ?? [404, {}]
        res.status(status).json(body)
      })
    server = createServer(app).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => new Promise(resolve => server.close(resolve)))
  beforeEach(() => {
    asked = []
    answers = {}
  })

  const share = { id: 's1', status: 'available', share_proto: 'NFS' }
  const locations = (...paths: [path: string, preferred: boolean][]) => ({
    export_locations: paths.map(([path, preferred]) => ({ path, preferred })),
  })

  it('gets a share with its preferred location', async () => {
    answers = {
      'GET /v2/shares/s1': [200, { share }],
      'GET /v2/shares/s1/export_locations': [200, locations(['a:/1', false], ['b:/1', true])],
    }
    for (const type of ['shared-file-system', 'sharev2']) {
      assert.deepEqual(await api.get(contextWith(type), 's1'), {
        id: 's1',
        status: 'available',
        protocol: 'NFS',
        exportLocation: 'b:/1',
      })
    }
    assert.deepEqual(new Set(asked.map(({ version }) => version)), new Set(['2.82']))
    const one = async (body: object) => {
      answers = { ...answers, 'GET /v2/shares/s1/export_locations': [200, body] }
      return (await api.get(contextWith('sharev2'), 's1')).exportLocation
    }
    assert.equal(await one(locations(['a:/1', false], ['b:/1', false])), 'a:/1')
    assert.equal(await one(locations()), null)
  })

  it('opens a share to a client, locked, and closes it again', async () => {
    const context = contextWith('shared-file-system')
    const rules = 'GET /v2/share-access-rules?share_id=s1'
    const rule = { id: 'r1', access_type: 'ip', access_to: '192.0.2.7', state: 'queued_to_apply' }
    answers = { [rules]: [200, { access_list: [rule] }] }
    assert.equal(await api.hasAccess(context, 's1', client), false)
    answers = { [rules]: [200, { access_list: [{ ...rule, state: 'active' }] }] }
    assert.equal(await api.hasAccess(context, 's1', client), true)
    assert.equal(await api.hasAccess(context, 's1', { ...client, to: '192.0.2.8' }), false)
    await assert.rejects(api.deny(context, 's1', { ...client, type: 'user' }), ShareAccessNotFound)
    asked = []
    answers = { ...answers, 'POST /v2/shares/s1/action': [202, {}] }
    await api.allow(context, 's1', client)
    await api.deny(context, 's1', client)
    assert.deepEqual(
      asked.filter(({ path }) => path.startsWith('POST')).map(({ body }) => body),
      [
        {
          allow_access: {
            access_type: 'ip',
            access_to: '192.0.2.7',
            access_level: 'rw',
            lock_visibility: true,
            lock_deletion: true,
            lock_reason: 'Lock by nova',
          },
        },
        { deny_access: { access_id: 'r1', unrestrict: true } },
      ],
    )
    answers = { ...answers, 'POST /v2/shares/s1/action': [400, fault('no')] }
    await assert.rejects(api.allow(context, 's1', client), ShareAccessGrantError)
    await assert.rejects(api.deny(context, 's1', client), ShareAccessRemovalError)
  })

  it('says what is not there, not allowed, or away', async () => {
    const context = contextWith('shared-file-system')
    await assert.rejects(api.get(context, 's1'), ShareNotFound)
    answers = { 'GET /v2/shares/s1': [400, fault('no id')] }
    await assert.rejects(api.get(context, 's1'), ShareNotFound)
    answers = { 'GET /v2/shares/s1': [403, {}] }
    await assert.rejects(api.get(context, 's1'), Forbidden)
    answers = { 'GET /v2/shares/s1': [503, {}] }
    await assert.rejects(api.get(context, 's1'), ManilaConnectionFailed)
    const away = contextWith('shared-file-system', 'http://127.0.0.1:1/v2')
    await assert.rejects(api.get(away, 's1'), ManilaConnectionFailed)
    await assert.rejects(api.get(contextWith('volumev3'), 's1'), ShareNotFound)
  })
})
