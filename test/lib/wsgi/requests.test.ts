import assert from 'node:assert/strict'
import { PolicyNotAuthorized } from '../../../lib/exception/index.js'
import {
  type ApiRequest,
  action,
  apiVersion,
  body,
  errors,
  expectedErrors,
  object,
  query,
  querySchema,
  ReadyResponse,
  type ResourceExtension,
  ResponseObject,
  response,
  serves,
  single,
  types,
} from '../../../lib/wsgi/index.js'
import { recordingLog, serveApi } from '../../support/wsgi.js'

const schemas = {
  create: object(
    { thing: object({ name: types.name, size: types.positiveInteger }, { required: ['name'] }) },
    { required: ['thing'] },
  ),
  index: querySchema({ limit: single(types.queryInteger) }, { closedSince: '2.75' }),
}

class ThingsController {
  @query(schemas.index)
  index(req: ApiRequest): object {
    return { query: { ...req.query }, all: { ...req.queryAll } }
  }

  @response(200, '2.1', '2.1')
  @response(201, '2.2')
  @body(schemas.create)
  create(req: ApiRequest): object {
    return { body: req.body, project: req.params.project_id ?? null }
  }

  @apiVersion('2.1', '2.52')
  show(req: ApiRequest): object {
    return { old: req.params.id }
  }

  @serves('show')
  @apiVersion('2.53')
  @expectedErrors(404)
  showByUuid(req: ApiRequest): object {
    return { new: req.params.id, at: req.version.toString() }
  }

  @response(204)
  delete(): void {}

  @expectedErrors(404)
  detail(req: ApiRequest): object {
    const { how } = req.query
    if (how === 'undeclared') throw errors.conflict('two of them')
    if (how === 'bug') throw new Error('SELECT secret FROM accounts')
    if (how === 'policy') throw new PolicyNotAuthorized({ action: 'os:thing' })
    if (how === 'bytes') return new ReadyResponse(200, 'raw', { 'content-type': 'text/plain' })
    return new ResponseObject({ ok: true }, { code: 207, headers: { location: '/there' } })
  }

  @action('grow')
  @response(202)
  @apiVersion('2.17')
  grow(): void {}

  @action('say')
  say(req: ApiRequest): object {
    return { said: req.body }
  }
}

const things: ResourceExtension<object> = {
  collection: 'things',
  controller: ThingsController,
  collectionActions: { detail: 'GET' },
}

const plain404 =
  '<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n' +
  '  <h1>404 Not Found</h1>\n  The resource could not be found.<br /><br />\n </body>\n</html>'

const notFound = {
  itemNotFound: { code: 404, message: 'The resource could not be found.' },
}

describe('wsgi: versions', () => {
  const { client } = serveApi({ services: {}, coreResources: [things] })

  it('answers at 2.1 unless asked otherwise, and says so in three headers', () =>
    client
      .get('/things/a')
      .expect(200, { old: 'a' })
      .expect('content-type', 'application/json')
      .expect('openstack-api-version', 'compute 2.1')
      .expect('x-openstack-nova-api-version', '2.1')
      .expect('vary', 'OpenStack-API-Version, X-OpenStack-Nova-API-Version'))

  it('reads both headers, the new one first, and knows latest', async () => {
    await client
      .get('/things/a')
      .set('OpenStack-API-Version', 'compute 2.53')
      .set('X-OpenStack-Nova-API-Version', '2.1')
      .expect(200, { new: 'a', at: '2.53' })
    await client
      .get('/things/a')
      .set('X-OpenStack-Nova-API-Version', '2.60')
      .expect(200, { new: 'a', at: '2.60' })
    await client
      .get('/things/a')
      .set('OpenStack-API-Version', 'volume 3.1, Compute latest')
      .expect(200, { new: 'a', at: '2.104' })
    await client
      .get('/things/a')
      .set('OpenStack-API-Version', 'volume 3.1')
      .expect(200, { old: 'a' })
      .expect('openstack-api-version', 'compute 2.1')
  })

  it('refuses a version that is none with 400 and no version headers', async () => {
    for (const version of ['two.one', '2', '2.01', '02.1', '2.1.1', '-2.1']) {
      const { headers } = await client
        .get('/things/a')
        .set('X-OpenStack-Nova-API-Version', version)
        .expect(400, { badRequest: { code: 400, message: `bad version string: ${version}` } })
      assert.equal(headers['openstack-api-version'], undefined)
      assert.equal(headers.vary, undefined)
    }
  })

  it('refuses a version outside the range with 406, echoing it', async () => {
    for (const version of ['2.999', '2.0', '3.1', '1.1', '2.105']) {
      await client
        .get('/things/a')
        .set('OpenStack-API-Version', `compute ${version}`)
        .expect(406, {
          computeFault: { code: 406, message: `version ${version} is outside 2.1 to 2.104` },
        })
        .expect('openstack-api-version', `compute ${version}`)
        .expect('x-openstack-nova-api-version', version)
    }
  })

  it('answers 404 outside of a method window, before body and policy are looked at', () =>
    client
      .post('/things/a/action')
      .send({ grow: 'anything' })
      .expect(404, notFound)
      .expect('openstack-api-version', 'compute 2.1'))

  it('under /v2 is 2.1 without headers, drops unknown keys, and never refuses a query', async () => {
    const legacy = serveApi({ services: {}, coreResources: [things], legacy: true }).client
    const { headers } = await legacy
      .post('/things')
      .set('OpenStack-API-Version', 'compute 2.53')
      .send({ thing: { name: 'a', colour: 'red' }, more: 1 })
      .expect(200, { body: { thing: { name: 'a' } }, project: null })
    assert.equal(headers['openstack-api-version'], undefined)
    assert.equal(headers.vary, undefined)
    await legacy.get('/things?colour=red').expect(200, { query: {}, all: {} })
  })
})

describe('wsgi: bodies', () => {
  const { client } = serveApi({ services: {}, coreResources: [things] })
  const malformed = { badRequest: { code: 400, message: 'the body cannot be read' } }
  const refused = (body: object, message: string) =>
    client
      .post('/things')
      .send(body)
      .expect(400, { badRequest: { code: 400, message } })

  it('gives the handler what passed its schema, with the code of the version', async () => {
    await client
      .post('/things')
      .send({ thing: { name: 'a', size: '3' } })
      .expect(200, { body: { thing: { name: 'a', size: '3' } }, project: null })
    await client
      .post('/things')
      .set('OpenStack-API-Version', 'compute 2.2')
      .send({ thing: { name: 'a' } })
      .expect(201, { body: { thing: { name: 'a' } }, project: null })
  })

  it('names field, value and rule of what does not pass', async () => {
    await refused({ thing: { name: '' } }, "field name, value '': shorter than 1")
    await refused({ thing: { name: 7 } }, 'field name, value 7: must be string')
    await refused(
      { thing: { name: ' a' } },
      "field name, value ' a': must be printable, without blanks at its ends",
    )
    await refused({ thing: { name: 'a', size: '0' } }, "field size, value '0': less than 1")
    await refused(
      { thing: { name: 'a', size: 'x' } },
      "field size, value 'x': does not match '^[0-9]*$'",
    )
    await refused({ thing: {} }, "field thing, value {}: 'name' is required")
    await refused(
      { thing: { name: 'a', colour: 1 } },
      `field thing, value {"name":"a","colour":1}: 'colour' is not a key known here`,
    )
    await refused({}, "'thing' is required")
    await refused([], 'must be object')
  })

  it('refuses what is not JSON, in whatever way', async () => {
    for (const text of ['{', 'x', '{"a":1}}', '\u0000']) {
      await client
        .post('/things')
        .set('content-type', 'application/json')
        .send(text)
        .expect(400, malformed)
    }
    await client
      .post('/things')
      .set('content-type', 'application/json')
      .serialize(body => body)
      .send(Buffer.from([0x22, 0xff, 0x22]))
      .expect(400, malformed)
  })

  it('takes an absent body as null', () =>
    client.post('/things').expect(400, { badRequest: { code: 400, message: 'must be object' } }))

  it('answers 415 to another type, and takes nova type, text and none', async () => {
    const send = (type: string) =>
      client.post('/things').set('content-type', type).send('{"thing": {"name": "a"}}')
    for (const type of ['application/xml', 'application/x-www-form-urlencoded', 'nonsense']) {
      await send(type).expect(415, {
        badMediaType: { code: 415, message: 'content type not supported' },
      })
    }
    for (const type of [
      'application/json; charset=utf-8',
      'application/vnd.openstack.compute+json',
      'text/plain',
    ]) {
      await send(type).expect(200)
    }
  })

  it('answers 413, not as a fault, to a body over the limit, announced or not', async () => {
    const text = JSON.stringify({ thing: { name: 'x'.repeat(120_000) } })
    const too = {
      message: 'The body of the request is too large.',
      code: '413 Request Entity Too Large',
      title: 'Request Entity Too Large',
    }
    await client
      .post('/things')
      .set('accept', 'application/json')
      .set('content-type', 'application/json')
      .send(text)
      .expect(413, too)
    const chunked = client
      .post('/things')
      .set('accept', 'application/json')
      .set('content-type', 'application/json')
    chunked.write(text)
    await chunked.expect(413, too)
  })

  it('finds an action by the one key of its body', async () => {
    await client
      .post('/things/a/action')
      .send({ say: 1 })
      .expect(200, { said: { say: 1 } })
    for (const body of [{}, { say: 1, grow: 1 }, [], [1]]) {
      await client.post('/things/a/action').send(body).expect(400, malformed)
    }
    await client.post('/things/a/action').expect(400, malformed)
    await client
      .post('/things/a/action')
      .send({ fly: null })
      .expect(400, { badRequest: { code: 400, message: 'no action named fly' } })
    await client
      .post('/things/a/action')
      .set('content-type', 'application/json')
      .send('{"__proto__": 1}')
      .expect(400, { badRequest: { code: 400, message: 'no action named __proto__' } })
  })
})

describe('wsgi: query strings', () => {
  const { client } = serveApi({ services: {}, coreResources: [things] })
  const at = (version: string, query: string) =>
    client.get(`/things?${query}`).set('OpenStack-API-Version', `compute ${version}`)

  it('gives the handler values by key', () =>
    at('2.1', 'limit=2').expect(200, { query: { limit: '2' }, all: { limit: ['2'] } }))

  it('drops unknown keys, from the version on that says so refuses them', async () => {
    await at('2.74', 'limit=2&colour=red').expect(200, {
      query: { limit: '2' },
      all: { limit: ['2'] },
    })
    await at('2.75', 'colour=red').expect(400, {
      badRequest: { code: 400, message: "'colour' is not a key known here" },
    })
  })

  it('names the key whose value breaks its schema', async () => {
    await at('2.1', 'limit=-1').expect(400, {
      badRequest: { code: 400, message: "field limit, value '-1': less than 0" },
    })
    await at('2.1', 'limit=1&limit=2').expect(400, {
      badRequest: {
        code: 400,
        message: 'field limit, value ["1","2"]: has more than 1 items',
      },
    })
  })
})

describe('wsgi: routes', () => {
  const { client } = serveApi({
    services: {},
    coreResources: [things],
    projectIdOf: () => 'abc1',
  })

  it('answers 404 without a route in the form that the client accepts', async () => {
    await client
      .get('/nothing')
      .expect(404, plain404)
      .expect('content-type', 'text/html; charset=UTF-8')
    await client
      .get('/nothing')
      .set('accept', 'application/json')
      .expect(404, {
        message: 'The resource could not be found.',
        code: '404 Not Found',
        title: 'Not Found',
      })
      .expect('content-type', 'application/json')
    await client
      .get('/nothing')
      .set('accept', 'application/xml')
      .expect(404, '404 Not Found\n\nThe resource could not be found.\n')
      .expect('content-type', 'text/plain; charset=UTF-8')
  })

  it('answers the same to a method that the path does not have', async () => {
    await client.put('/things').expect(404, plain404)
    await client.options('/things').expect(404, plain404)
    await client.patch('/things/a').expect(404, plain404)
  })

  it('serves each path below the project of the token, and 400 below another', async () => {
    await client.get('/abc1/things/x').expect(200, { old: 'x' })
    await client.get('/abc2/things/x').expect(400, {
      badRequest: {
        code: 400,
        message: 'the project in the URL, abc2, is not the one of the token, abc1',
      },
    })
    await client.get('/xyz/things/x').expect(404)
  })

  it('ignores a slash at the end, and takes .json off', async () => {
    await client.get('/things/').expect(200)
    await client.get('/things.json').expect(200)
    await client.get('/things/a.json').expect(200, { old: 'a' })
    await client.get('/things/a.b').expect(200, { old: 'a.b' })
    await client.get('/things//').expect(404)
    await client.get('/things/%41%2fb').expect(200, { old: 'A/b' })
    await client.get('/things/%zz').expect(200, { old: '%zz' })
  })

  it('answers HEAD as GET without the body', async () => {
    const { text, headers } = await client.head('/things/a').expect(200)
    assert.equal(text, undefined)
    assert.equal(headers['content-length'], '11')
  })

  it('prefers the plain word, and else takes it for an id', async () => {
    await client.get('/things/detail').expect(207)
    await client.delete('/things/detail').expect(204, '')
  })

  it('takes the type of answers from Accept', async () => {
    const type = 'application/vnd.openstack.compute+json'
    await client.get('/things').set('accept', type).expect('content-type', type)
    await client
      .get('/things')
      .set('accept', `application/json;q=0.2, ${type};q=0.9`)
      .expect('content-type', type)
    await client
      .get('/things')
      .set('accept', 'text/html')
      .expect('content-type', 'application/json')
  })
})

describe('wsgi: answers and errors of handlers', () => {
  const log = recordingLog()
  const { client } = serveApi({ services: {}, coreResources: [things], log })

  it('keeps code and headers of a ResponseObject, and the bytes of a ReadyResponse', async () => {
    await client.get('/things/detail').expect(207, { ok: true }).expect('location', '/there')
    await client.get('/things/detail?how=bytes').expect(200, 'raw')
  })

  it('gives 204 neither body nor type', async () => {
    const { headers } = await client.delete('/things/a').expect(204, '')
    assert.equal(headers['content-type'], undefined)
    assert.equal(headers['openstack-api-version'], 'compute 2.1')
  })

  it('lets policy errors through, declared or not', () =>
    client.get('/things/detail?how=policy').expect(403, {
      forbidden: {
        code: 403,
        message: "Policy doesn't allow os:thing to be performed.",
      },
    }))

  it('answers 500 with a fixed text to what is not declared, and logs it whole', async () => {
    log.lines.length = 0
    const text = 'Unexpected error. It was logged under the id of this request.'
    await client
      .get('/things/detail?how=bug')
      .expect(500, { computeFault: { code: 500, message: `${text}\nError` } })
      .expect('content-type', 'application/json; charset=UTF-8')
    await client
      .get('/things/detail?how=undeclared')
      .expect(500, { computeFault: { code: 500, message: `${text}\nFault` } })
    assert.deepEqual(
      log.lines.map(({ level, fields, text }) => [level, String(fields.err), text]),
      [
        [
          'error',
          'Error: SELECT secret FROM accounts',
          'ThingsController.detail failed in a way that it does not declare',
        ],
        [
          'error',
          'Fault: two of them',
          'ThingsController.detail failed in a way that it does not declare',
        ],
      ],
    )
  })
})
