import assert from 'node:assert/strict'
import type { ApiRequest, Extension, ResourceExtension } from '../../../lib/wsgi/index.js'
import { errors, expectedErrors } from '../../../lib/wsgi/index.js'
import { serveApi } from '../../support/wsgi.js'
import { extension as lockNote } from './fixtures/lock-note.js'
import { type ComputeApi, type Instance, LockServerController } from './fixtures/lock-server.js'

describe('a controller and an extension, written as the style page has them', () => {
  const locks: [string, string | null][] = []
  const compute: ComputeApi = {
    async get(id) {
      if (id !== 'a') throw errors.notFound(`server ${id} not found`)
      return { uuid: id, projectId: 'abc1', userId: 'u1', lockedBy: 'owner' }
    },
    async lock(instance, reason) {
      locks.push([instance.uuid, reason])
    },
  }
  class ServersController {
    readonly #compute: ComputeApi
    constructor(services: ComputeApi) {
      this.#compute = services
    }
    @expectedErrors(404)
    async show(req: ApiRequest): Promise<{ server: Record<string, unknown> }> {
      const instance: Instance = await this.#compute.get(req.params.id)
      req.subject = instance
      return { server: { id: instance.uuid } }
    }
  }
  const servers: ResourceExtension<ComputeApi> = {
    collection: 'servers',
    controller: ServersController,
  }
  const lockServer: Extension<ComputeApi> = {
    alias: 'os-lock-server',
    description: 'Locks servers.',
    controllerExtensions: { servers: LockServerController },
  }
  const { client } = serveApi({
    services: compute,
    coreResources: [servers],
    extensions: [lockNote, lockServer],
  })

  it('runs the action that the body names', async () => {
    locks.length = 0
    await client.post('/servers/a/action').send({ lock: null }).expect(202, '')
    await client
      .post('/servers/a/action')
      .set('OpenStack-API-Version', 'compute 2.73')
      .send({ lock: { locked_reason: 'mine' } })
      .expect(202, '')
    assert.deepEqual(locks, [
      ['a', null],
      ['a', 'mine'],
    ])
  })

  it('checks the body by the schema of its version', async () => {
    const broken = { lock: { locked_reason: '' } }
    await client.post('/servers/a/action').send(broken).expect(202)
    await client
      .post('/servers/a/action')
      .set('OpenStack-API-Version', 'compute 2.73')
      .send(broken)
      .expect(400, {
        badRequest: { code: 400, message: "field locked_reason, value '': shorter than 1" },
      })
  })

  it('answers 404 as declared', () =>
    client
      .post('/servers/b/action')
      .send({ lock: null })
      .expect(404, { itemNotFound: { code: 404, message: 'server b not found' } }))

  it('lets the extension add to the answer from its version on', async () => {
    await client.get('/servers/a').expect(200, { server: { id: 'a' } })
    await client
      .get('/servers/a')
      .set('X-OpenStack-Nova-API-Version', '2.9')
      .expect(200, { server: { id: 'a', 'lock-note:by': 'owner' } })
  })
})
