import assert from 'node:assert/strict'
import {
  type ApiRequest,
  action,
  apiVersion,
  body,
  type ControllerClass,
  deprecated,
  expectedErrors,
  extends_,
  object,
  openApiDocument,
  removed,
  response,
  serves,
  types,
} from '../../../lib/wsgi/index.js'
import { serveApi } from '../../support/wsgi.js'

const serve = (controller: ControllerClass<object>) =>
  serveApi({ services: {}, coreResources: [{ collection: 'things', controller }] }).client

/** The message tells where each method that it names is written. */
const clashes = (start: () => unknown, text: string, places = 1) =>
  assert.throws(start, (error: Error) => {
    const PLACE = / \(test\/lib\/wsgi\/declarations\.test\.ts:\d+\)/g
    assert.equal(error.message.replaceAll(PLACE, ''), text)
    assert.equal(error.message.match(PLACE)?.length, places, error.message)
    return true
  })

const refused = (controller: ControllerClass<object>, text: string, places?: number) =>
  clashes(() => serve(controller), text, places)

const empty = object({})

describe('wsgi: declarations that clash are refused at load', () => {
  it('two methods for one version of a verb', () => {
    class Things {
      @apiVersion('2.1', '2.53')
      show(): void {}
      @serves('show')
      @apiVersion('2.53')
      showByUuid(): void {}
    }
    refused(
      Things,
      "method 'show' of Things: Things.show (2.1 to 2.53) and Things.showByUuid (2.53 to 2.104) overlap",
      2,
    )
  })

  it('versions between two methods that neither serves', () => {
    class Things {
      @action('grow')
      @apiVersion('2.1', '2.10')
      one(): void {}
      @action('grow')
      @apiVersion('2.12')
      two(): void {}
    }
    refused(
      Things,
      "action 'grow' of Things: Things.one (2.1 to 2.10) and Things.two (2.12 to 2.104) leave a gap between them",
      2,
    )
  })

  it('schemas, codes and errors that overlap or leave a served version out', () => {
    class Overlap {
      @body(empty, '2.1', '2.10')
      @body(empty, '2.10')
      create(): void {}
    }
    refused(Overlap, 'Overlap.create: two of @body overlap: 2.10 on and 2.1 to 2.10')
    class Gap {
      @body(empty, '2.1', '2.10')
      @body(empty, '2.12')
      create(): void {}
    }
    refused(Gap, 'Gap.create serves 2.11, but no @body of it does: 2.12 on, 2.1 to 2.10')
    class Codes {
      @response(201, '2.2')
      create(): void {}
    }
    refused(Codes, 'Codes.create serves 2.1, but no @response of it does: 2.2 on')
    class Errors {
      @expectedErrors([400], '2.1', '2.35')
      @expectedErrors([404], '2.35')
      create(): void {}
    }
    refused(Errors, 'Errors.create: two of @expectedErrors overlap: 2.35 on and 2.1 to 2.35')
  })

  it('versions that the API does not have, or that are none', () => {
    class Late {
      @apiVersion('2.105')
      show(): void {}
    }
    refused(Late, 'Late.show speaks of 2.105 on, but the API ends with 2.104')
    assert.throws(() => apiVersion('2.x'), {
      message: "'2.x' is not a microversion: expected '2.N', such as '2.37'",
    })
    assert.throws(() => apiVersion('2.9', '2.8'), { message: 'the window 2.9 to 2.8 is empty' })
  })

  it('a mark given twice, or on what cannot serve', () => {
    assert.throws(
      () =>
        class {
          @action('a')
          @action('b')
          grow(): void {}
        },
      { message: 'grow: @action is given twice' },
    )
    assert.throws(
      () =>
        class {
          @action('a')
          static grow(): void {}
          show(): void {}
        },
      { message: '@action stands on grow: only public methods serve requests' },
    )
    class Both {
      @extends_('show')
      @action('a')
      show(): void {}
    }
    refused(Both, 'Both.show extends another method and cannot also serve one')
  })

  it('two controllers for one collection', () => {
    class One {}
    class Two {}
    clashes(
      () =>
        serveApi({
          services: {},
          coreResources: [
            { collection: 'things', controller: One },
            { collection: 'things', controller: Two },
          ],
        }),
      "two controllers serve the collection 'things': One and Two",
      2,
    )
  })

  it('two methods for one route', () => {
    class Things {
      show(): void {}
    }
    class Others {
      shown(): void {}
    }
    clashes(
      () =>
        serveApi({
          services: {},
          coreResources: [
            { collection: 'things', controller: Things },
            {
              collection: 'others',
              controller: Others,
              routes: [['GET', '/things/:thing_id', 'shown']],
            },
          ],
        }),
      'GET /things/:thing_id is served twice: by Things.show and Others.shown',
      2,
    )
  })

  it('two methods for one action of a resource, whoever brings them', () => {
    class Things {
      @action('grow')
      grow(): void {}
    }
    class More {
      @action('grow')
      @apiVersion('2.10')
      growMore(): void {}
    }
    const extension = (alias: string) => ({
      alias,
      description: alias,
      controllerExtensions: { things: More },
    })
    clashes(
      () =>
        serveApi({
          services: {},
          coreResources: [{ collection: 'things', controller: Things }],
          extensions: [extension('more')],
        }),
      "the action 'grow' is served twice: by Things.grow and More.growMore",
      2,
    )
    class Bare {}
    clashes(
      () =>
        serveApi({
          services: {},
          coreResources: [{ collection: 'things', controller: Bare }],
          extensions: [extension('a'), extension('b')],
        }),
      "the action 'grow' is served twice: by More.growMore and More.growMore",
      2,
    )
  })
})

describe('wsgi: declarations', () => {
  it('of a parent hold in a subclass, and what the subclass says does not reach the parent', async () => {
    class Parent {
      @response(202)
      create(): void {}
      @action('grow')
      grow(): void {}
    }
    class Child extends Parent {
      @response(203)
      override create(): void {}
      @action('shrink')
      shrink(): void {}
    }
    const child = serve(Child)
    await child.post('/things').expect(203)
    await child.post('/things/a/action').send({ grow: 1 }).expect(200)
    await child.post('/things/a/action').send({ shrink: 1 }).expect(200)
    const parent = serve(Parent)
    await parent.post('/things').expect(202)
    await parent.post('/things/a/action').send({ shrink: 1 }).expect(400)
  })

  it('may be a table instead of decorators', async () => {
    class Things {
      static wsgi = {
        grow: {
          action: 'grow',
          response: 202,
          expectedErrors: [404],
          body: [
            [object({ grow: {} }), '2.1', '2.9'],
            [object({ grow: types.nothing }), '2.10'],
          ],
        },
        showOld: { serves: 'show', apiVersion: ['2.1', '2.4'] },
        show: { apiVersion: ['2.5'] },
      } as const
      grow(): void {}
      showOld(): object {
        return { old: true }
      }
      show(): object {
        return { old: false }
      }
    }
    const client = serve(Things)
    await client.post('/things/a/action').send({ grow: 1 }).expect(202)
    await client
      .post('/things/a/action')
      .set('OpenStack-API-Version', 'compute 2.10')
      .send({ grow: 1 })
      .expect(400, { badRequest: { code: 400, message: 'field grow, value 1: must be null' } })
    await client.get('/things/a').expect(200, { old: true })
    await client
      .get('/things/a')
      .set('OpenStack-API-Version', 'compute 2.5')
      .expect(200, { old: false })
  })

  it('in a table must mean something', () => {
    class Key {
      static wsgi = { show: { respons: 202 } }
      show(): void {}
    }
    refused(
      Key,
      "Key.wsgi.show: 'respons' means nothing; known are action, serves, extends, apiVersion, deprecated, removed, response, expectedErrors, body, query",
    )
    class Name {
      static wsgi = { shwo: { response: 202 } }
      show(): void {}
    }
    refused(Name, "Name.wsgi names 'shwo', but there is no such method")
  })

  it('tell what is given up, and what is not for new clients', async () => {
    class Things {
      @deprecated('2.20')
      @removed('2.40', '2.59')
      @apiVersion('2.1', '2.59')
      @body(object({ thing: {} }, { required: ['thing'] }))
      @response(201)
      create(): object {
        return {}
      }
      @action('grow')
      @removed()
      grow(): void {}
    }
    const { client, router } = serveApi({
      services: {},
      coreResources: [{ collection: 'things', controller: Things }],
    })
    const create = (version: string, thing: object) =>
      client.post('/things').set('OpenStack-API-Version', `compute ${version}`).send(thing)
    const gone = { computeFault: { code: 410, message: 'This resource is gone.' } }
    await create('2.39', { thing: 1 }).expect(201, {})
    await create('2.39', {}).expect(400)
    await create('2.40', {}).expect(410, gone)
    await create('2.59', { thing: 1 }).expect(410, gone)
    await create('2.60', { thing: 1 }).expect(404)
    await client.post('/things/a/action').send({ grow: 1 }).expect(410, gone)
    const describe = (minor: number) =>
      openApiDocument(router.routes, minor, { title: 't', url: '/', service: 'compute' }).paths
    const post = (minor: number) =>
      (describe(minor) as Record<string, { post?: { deprecated?: boolean } }>)['/things']?.post
    assert.deepEqual(
      [19, 20, 40].map(minor => post(minor)?.deprecated),
      [undefined, true, undefined],
    )
    assert.equal(post(40), undefined)
  })

  it('let an action serve a verb that the controller lacks', async () => {
    class Things {
      @action('delete')
      @response(202)
      remove(req: ApiRequest): object {
        return { id: req.params.id }
      }
    }
    const client = serve(Things)
    await client.delete('/things/a').expect(202, { id: 'a' })
    await client.post('/things/a/action').send({ delete: null }).expect(202, { id: 'a' })
  })
})
