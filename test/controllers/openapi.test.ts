import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import request from 'supertest'
import { createTestApi } from '../../lib/testing/index.js'
import {
  createApiRouter,
  object,
  openApiDocument,
  querySchema,
  single,
  types,
} from '../../lib/wsgi/index.js'
import { eachWithApi } from '../support/api.js'
import { manage } from '../support/manage.js'

type Json = Record<string, unknown>
type Document = { paths: Record<string, Record<string, unknown>> }

const dozen = [1, 2, 8, 10, 26, 36, 42, 53, 55, 73, 75, 88, 102, 104]

describe('GET /openapi.json', () => {
  const as = eachWithApi({ conf: { api: { openapi: true } } })
  const get = (query = '') => request(as.current().app).get(`/openapi.json${query}`)

  it('is a valid OpenAPI 3.1 document at every version, all its references lead somewhere', async () => {
    for (const minor of dozen) {
      const { body } = await get(`?microversion=2.${minor}`)
        .expect(200)
        .expect('content-type', 'application/json')
      assert.equal(body.openapi, '3.1.0')
      assert.equal(body.info.version, `2.${minor}`)
      const validator = new Validator()
      const { valid, errors } = await validator.validate(structuredClone(body))
      assert.ok(valid, `2.${minor}: ${JSON.stringify(errors)}`)
      for (const [, reference = ''] of JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
        const target = reference
          .split('/')
          .reduce<unknown>((at, key) => Reflect.get(Object(at), key), body)
        assert.ok(target, `2.${minor}: ${reference}`)
      }
      const ids = [...JSON.stringify(body.paths).matchAll(/"operationId":"([^"]+)"/g)]
      assert.equal(new Set(ids.map(([, id]) => id)).size, ids.length)
    }
  })

  it('has what the version has', async () => {
    const at = async (version: string): Promise<Document> =>
      (await get(`?microversion=${version}`).expect(200)).body
    const verbs = ({ paths }: Document, path: string) =>
      Object.keys(paths[path] ?? {}).filter(key => key !== 'parameters')
    assert.deepEqual(verbs(await at('2.54'), '/flavors/{id}'), ['delete', 'get'])
    assert.deepEqual(verbs(await at('2.55'), '/flavors/{id}'), ['delete', 'get', 'put'])
    assert.deepEqual(verbs(await at('2.35'), '/images/detail'), ['get'])
    assert.deepEqual(verbs(await at('2.36'), '/images/detail'), [])
    // neither what is not built, nor what is gone
    assert.deepEqual(verbs(await at('2.1'), '/os-cells'), [])
  })

  it('is of the newest version unless told otherwise', async () => {
    for (const query of ['', '?microversion=latest', '?microversion=2.104']) {
      assert.equal((await get(query).expect(200)).body.info.version, '2.104')
    }
    await request(as.current().app).head('/openapi.json').expect(200)
  })

  it('says which versions there are', async () => {
    for (const version of ['2.105', '2.0', '3.1', 'two']) {
      await get(`?microversion=${version}`).expect(400, {
        badRequest: {
          code: 400,
          message: `microversion=${version}: expected 2.1 to 2.104, or latest`,
        },
      })
    }
  })

  it('is not there unless it is asked for: a path without a version offers the versions', async () => {
    const api = await createTestApi()
    try {
      const { body } = await request(api.app).get('/openapi.json').expect(300)
      assert.deepEqual(Object.keys(body), ['choices'])
      await get().expect(200)
      await request(as.current().app).get('/else').expect(300)
    } finally {
      await api.close()
    }
  })

  it('is what nova-manage api openapi writes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kilonova-openapi-'))
    try {
      const file = join(folder, 'compute.json')
      const args = ['api', 'openapi', '--microversion', '2.93']
      assert.deepEqual(await manage(...args, '--output', file), { code: 0, out: '', err: '' })
      const written = JSON.parse(readFileSync(file, 'utf8'))
      assert.deepEqual(written, (await get('?microversion=2.93')).body)
      assert.deepEqual(JSON.parse((await manage(...args)).out), written)
      const missing = join(folder, 'no/such/file')
      assert.equal((await manage(...args, '--output', missing)).code, 1)
      assert.deepEqual(await manage('api', 'openapi', '--microversion', '2.105'), {
        code: 1,
        out: '',
        err: '--microversion 2.105: expected 2.1 to 2.104, or latest\n',
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('wsgi: an OpenAPI document', () => {
  class Notes {
    static wsgi = {
      index: {
        query: querySchema({
          limit: single(types.queryInteger),
          tag: { type: 'array', items: types.tag },
        }),
        expectedErrors: [400],
      },
      create: {
        body: object({ name: types.nameWithSpaces }, { required: ['name'] }),
        response: 201,
      },
      delete: { response: 204, expectedErrors: [404] },
      stamp: { action: 'stamp', body: {}, response: 202, expectedErrors: [409] },
      seal: { action: 'seal', apiVersion: ['2.5'] as const },
    }
    index() {}
    create() {}
    delete() {}
    stamp() {}
    seal() {}
  }

  it('tells paths, parameters, bodies, statuses and faults', () => {
    const { routes } = createApiRouter({
      services: {},
      coreResources: [],
      extensions: [
        {
          alias: 'notes',
          description: 'x',
          resources: [{ collection: 'notes', controller: Notes }],
        },
      ],
      log: { warn: () => undefined, error: () => undefined },
    })
    const document = openApiDocument(routes, 5, { title: 'Notes', url: '/', service: 'note' })
    const fault = (code: number) => ({ $ref: `#/components/responses/fault${code}` })
    const always = { 401: fault(401), 403: fault(403) }
    const common = { tags: ['notes'], 'x-extension': 'notes' }
    const version = { $ref: '#/components/parameters/version' }
    const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
    const json = (schema: Json) => ({
      required: true,
      content: { 'application/json': { schema } },
    })
    assert.deepEqual(JSON.parse(JSON.stringify(document.paths)), {
      '/notes': {
        parameters: [version],
        get: {
          ...common,
          operationId: 'notes.index',
          parameters: [
            { name: 'limit', in: 'query', schema: JSON.parse(JSON.stringify(types.queryInteger)) },
            { name: 'tag', in: 'query', schema: { type: 'array', items: { ...types.tag } } },
          ],
          responses: {
            200: { description: 'OK', content: { 'application/json': {} } },
            400: fault(400),
            ...always,
          },
        },
        post: {
          ...common,
          operationId: 'notes.create',
          requestBody: json({
            type: 'object',
            properties: {
              name: {
                type: 'string',
                minLength: 1,
                maxLength: 255,
                format: 'name_with_leading_trailing_spaces',
              },
            },
            required: ['name'],
            additionalProperties: false,
          }),
          responses: {
            201: { description: 'Created', content: { 'application/json': {} } },
            400: fault(400),
            ...always,
          },
        },
      },
      '/notes/{id}': {
        parameters: [version, id],
        delete: {
          ...common,
          operationId: 'notes.delete',
          responses: { 204: { description: 'No Content' }, 404: fault(404), ...always },
        },
      },
      '/notes/{id}/action': {
        parameters: [version, id],
        post: {
          operationId: 'notes.action',
          tags: ['notes'],
          requestBody: json({
            oneOf: [
              { $ref: '#/components/schemas/notes.action.seal' },
              { $ref: '#/components/schemas/notes.action.stamp' },
            ],
          }),
          responses: {
            200: { description: 'OK: seal', content: { 'application/json': {} } },
            202: { description: 'Accepted: stamp' },
            400: fault(400),
            409: fault(409),
            ...always,
          },
          'x-actions': {
            seal: { success: 200, errors: [], 'x-extension': 'notes' },
            stamp: { success: 202, errors: [409], 'x-extension': 'notes' },
          },
        },
      },
    })
  })
})
