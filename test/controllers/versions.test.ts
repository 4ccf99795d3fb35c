import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import express from 'express'
import request from 'supertest'
import { factory, versionFactory } from '../../controllers/versions.js'
import type { AppFactory } from '../../lib/paste/types.js'
import { sendError } from '../../lib/wsgi/index.js'

const serve = async (path: string, appFactory: AppFactory, legacy = false) => {
  const app = await appFactory({}, {})
  const server = express()
  server.use(path, (req, res) => {
    if (legacy) req.isLegacyV2 = true
    app(req, res, error => sendError(req, res, error))
  })
  return request(createServer(server))
}

const v20 = (links: object[]) => ({
  id: 'v2.0',
  status: 'DEPRECATED',
  version: '',
  min_version: '',
  updated: '2025-07-04T12:00:00Z',
  links,
})
const v21 = (links: object[]) => ({
  id: 'v2.1',
  status: 'CURRENT',
  version: '2.104',
  min_version: '2.1',
  updated: '2013-07-23T11:33:21Z',
  links,
})
const self = (href: string) => ({ rel: 'self', href })
const docs = { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' }
const types = (version: string) => [
  {
    base: 'application/json',
    type: `application/vnd.openstack.compute+json;version=${version}`,
  },
]

describe('the version documents', () => {
  it('at the root list the versions, without version headers', async () => {
    const client = await serve('/', factory)
    const { headers } = await client
      .get('/')
      .set('host', 'api.example')
      .expect(200, {
        versions: [v20([self('http://api.example/v2/')]), v21([self('http://api.example/v2.1/')])],
      })
      .expect('content-type', 'application/json')
    assert.equal(headers['openstack-api-version'], undefined)
  })

  it('at any other path offer the choices, 300', async () => {
    const client = await serve('/', factory)
    await client
      .get('/some/path?x=1')
      .set('host', 'api.example')
      .expect(300, {
        choices: [
          {
            id: 'v2.0',
            status: 'DEPRECATED',
            'media-types': types('2'),
            links: [self('http://api.example/v2/some/path')],
          },
          {
            id: 'v2.1',
            status: 'CURRENT',
            'media-types': types('2.1'),
            links: [self('http://api.example/v2.1/some/path')],
          },
        ],
      })
  })

  it('at /v2.1 and /v2 tell of the one version, with a slash or without', async () => {
    const current = await serve('/compute/v2.1', versionFactory)
    const expected = {
      version: {
        ...v21([self('http://api.example/compute/v2.1/'), docs]),
        'media-types': types('2.1'),
      },
    }
    for (const path of ['/compute/v2.1', '/compute/v2.1/']) {
      await current.get(path).set('host', 'api.example').expect(200, expected)
    }
    const legacy = await serve('/v2', versionFactory, true)
    await legacy
      .get('/v2/')
      .set('host', 'api.example')
      .expect(200, {
        version: { ...v20([self('http://api.example/v2/'), docs]), 'media-types': types('2') },
      })
  })

  it('by id, else 404', async () => {
    const client = await serve('/v2.1', versionFactory)
    const { body } = await client.get('/v2.1/versions/v2.0').expect(200)
    assert.equal(body.version.id, 'v2.0')
    await client.get('/v2.1/versions/v3').expect(404, {
      itemNotFound: { code: 404, message: 'The resource could not be found.' },
    })
  })
})
