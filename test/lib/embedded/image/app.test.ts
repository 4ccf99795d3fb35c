import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import request from 'supertest'
import {
  createImageApp,
  emptyQcow2,
  type ImageState,
  openImages,
  seedImage,
} from '../../../../lib/embedded/image/index.js'
import { ADMIN, DEMO, withUsers } from '../../../support/as-user.js'

const NOWHERE = '00000000-0000-4000-8000-000000000000'
const V21 = 'application/openstack-images-v2.1-json-patch'
const V20 = 'application/openstack-images-v2.0-json-patch'

describe('the embedded image service', () => {
  let dir: string
  let state: ImageState
  let server: Server
  let errors: unknown[]

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kilonova-test-'))
    state = await openImages(dir, 1000)
    errors = []
    const app = createImageApp({
      state,
      identityUrl: 'http://id',
      onError: error => errors.push(error),
    })
    server = createServer(withUsers(app)).listen(0)
  })

  afterEach(async () => {
    await new Promise(resolve => server.close(resolve))
    await state.close()
    rmSync(dir, { recursive: true })
    assert.deepEqual(errors, [])
  })

  const call = (
    user: string,
    method: 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head',
    path: string,
  ) =>
    request(server)
      [method](`/v2${path}`)
      .set('x-auth-token', user)
      .set('accept', 'application/json')

  const create = async (user: string, values: object = {}) =>
    (await call(user, 'post', '/images').send(values).expect(201)).body
  const upload = (user: string, id: string, data: string | Buffer) =>
    call(user, 'put', `/images/${id}/file`)
      .set('content-type', 'application/octet-stream')
      .send(data)
  const active = async (user: string, values: object = {}, data = 'bytes') => {
    const { id } = await create(user, { disk_format: 'raw', container_format: 'bare', ...values })
    await upload(user, id, data).expect(204)
    return (await call(user, 'get', `/images/${id}`).expect(200)).body
  }
  const patch = (user: string, id: string, operations: unknown, type = V21) =>
    call(user, 'patch', `/images/${id}`).set('content-type', type).send(JSON.stringify(operations))
  const fault = (status: number, title: string, message: string) => ({
    message,
    code: `${status} ${title}`,
    title,
  })
  const idsOf = async (user: string, query = ''): Promise<string[]> =>
    (await call(user, 'get', `/images${query}`).expect(200)).body.images.map(
      (image: { id: string }) => image.id,
    )

  it('offers its versions to anybody', async () => {
    const { body } = await request(server).get('/').set('host', 'cloud:1').expect(300)
    assert.deepEqual(body.versions[0], {
      id: 'v2.15',
      status: 'CURRENT',
      links: [{ rel: 'self', href: 'http://cloud:1/v2/' }],
    })
    assert.equal(body.versions.at(-1).id, 'v2.0')
    assert.deepEqual((await request(server).get('/versions').expect(200)).body.versions.length, 15)
  })

  it('asks who it is', async () => {
    await request(server)
      .get('/v2/images')
      .expect(401)
      .expect('www-authenticate', 'Keystone uri="http://id"')
  })

  it('writes errors as a page, but as JSON for who asks for it', async () => {
    await request(server)
      .get(`/v2/images/${NOWHERE}`)
      .set('x-auth-token', 'demo')
      .expect(404)
      .expect('content-type', /text\/html/)
      .expect(/<h1>404 Not Found<\/h1>\n {2}Failed to find image 00000000-/)
    await call('demo', 'get', '/images/cirros').expect(
      404,
      fault(404, 'Not Found', 'Failed to find image cirros'),
    )
  })

  describe('images', () => {
    it('are made queued, with properties beside their attributes', async () => {
      const { body, headers } = await call('demo', 'post', '/images')
        .set('host', 'cloud:1')
        .send({ name: 'i', 'owner_specified.openstack.md5': '', tags: ['a', 'a'], min_disk: 2 })
        .expect(201)
      const { id, created_at, updated_at, ...rest } = body
      assert.equal(headers.location, `http://cloud:1/v2/images/${id}`)
      assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.equal(created_at, updated_at)
      assert.deepEqual(rest, {
        'owner_specified.openstack.md5': '',
        name: 'i',
        disk_format: null,
        container_format: null,
        visibility: 'shared',
        size: null,
        virtual_size: null,
        status: 'queued',
        checksum: null,
        protected: false,
        min_ram: 0,
        min_disk: 2,
        owner: DEMO.projectId,
        os_hidden: false,
        os_hash_algo: null,
        os_hash_value: null,
        tags: ['a'],
        self: `/v2/images/${id}`,
        file: `/v2/images/${id}/file`,
        schema: '/v2/schemas/image',
      })
    })

    it('keep the id they are given, once', async () => {
      await create('demo', { id: NOWHERE })
      await call('demo', 'post', '/images')
        .send({ id: NOWHERE })
        .expect(409, fault(409, 'Conflict', `Image ID ${NOWHERE} already exists!`))
    })

    it('say what is wrong with a body', async () => {
      const cases: [object, number, string, string][] = [
        [
          { disk_format: 'floppy' },
          400,
          'Bad Request',
          "Invalid value 'floppy' for 'disk_format': it must be one of ami, ari, aki, vhd, vhdx, vmdk, raw, qcow2, vdi, iso, ploop",
        ],
        [
          { min_ram: '1' },
          400,
          'Bad Request',
          "Invalid value '1' for 'min_ram': it must be a whole number from 0 to 2147483647",
        ],
        [{ hw_x: 5 }, 400, 'Bad Request', "Invalid value '5' for 'hw_x': it must be a string"],
        [{ status: 'active' }, 403, 'Forbidden', "Attribute 'status' is read-only."],
        [{ deleted: true }, 403, 'Forbidden', "Attribute 'deleted' is reserved."],
        [
          { visibility: 'public' },
          403,
          'Forbidden',
          'You are not authorized to complete publicize_image action.',
        ],
        [{ owner: 'x' }, 403, 'Forbidden', "You are not permitted to create images owned by 'x'."],
      ]
      for (const [body, status, title, message] of cases) {
        await call('demo', 'post', '/images')
          .send(body)
          .expect(status, fault(status, title, message))
      }
    })

    it('are seen by their visibility', async () => {
      const ids: Record<string, string> = {}
      for (const visibility of ['public', 'private', 'shared', 'community']) {
        ids[visibility] = (await create('admin', { visibility })).id
      }
      assert.deepEqual(await idsOf('demo'), [ids.public])
      assert.deepEqual(await idsOf('demo', '?visibility=community'), [ids.community])
      assert.deepEqual(await idsOf('demo', '?visibility=all'), [ids.public])
      assert.equal((await idsOf('admin')).length, 4)
      await call('demo', 'get', `/images/${ids.community}`).expect(200)
      await call('demo', 'get', `/images/${ids.private}`).expect(404)
      await call('demo', 'get', `/images/${ids.shared}`).expect(404)
      await call('demo', 'delete', `/images/${ids.public}`).expect(
        403,
        fault(403, 'Forbidden', 'You are not permitted to delete this image.'),
      )
    })

    it('are filtered, sorted and paged', async () => {
      const a = (await active('demo', { name: 'a', os_distro: 'x', tags: ['t', 'u'] }, 'abc')).id
      const b = (await create('demo', { name: 'b', os_distro: 'y', tags: ['t'] })).id
      const c = (await create('demo', { name: 'c,d', protected: true, os_hidden: false })).id
      assert.deepEqual(await idsOf('demo'), [c, b, a])
      assert.deepEqual(await idsOf('demo', '?name=a'), [a])
      assert.deepEqual(await idsOf('demo', '?name=zzz'), [])
      assert.deepEqual(await idsOf('demo', `?id=in:${a},${b}&sort=name:asc`), [a, b])
      assert.deepEqual(await idsOf('demo', '?name=in:a,"c,d"'), [c, a])
      assert.deepEqual(await idsOf('demo', '?os_distro=y'), [b])
      assert.deepEqual(await idsOf('demo', '?tag=t&tag=u'), [a])
      assert.deepEqual(await idsOf('demo', '?status=active&size_min=3&size_max=3'), [a])
      assert.deepEqual(await idsOf('demo', '?protected=true'), [c])
      assert.deepEqual(await idsOf('demo', '?created_at=gt:2100-01-01T00:00:00Z'), [])
      assert.deepEqual(await idsOf('demo', '?os_hidden=True'), [])
      const first = await call('demo', 'get', '/images?limit=2&sort_key=name&sort_dir=asc')
      assert.equal(first.body.first, '/v2/images?limit=2&sort_key=name&sort_dir=asc')
      assert.equal(first.body.next, `/v2/images?limit=2&sort_key=name&sort_dir=asc&marker=${b}`)
      const second = await request(server).get(first.body.next).set('x-auth-token', 'demo')
      assert.deepEqual(
        second.body.images.map((image: { id: string }) => image.id),
        [c],
      )
      assert.equal('next' in second.body, false)
      for (const query of [
        '?limit=x',
        '?limit=-1',
        '?sort=colour',
        '?sort=name:up',
        '?marker=x',
        '?visibility=x',
        '?created_at=x',
        '?name=in:"a',
        '?size_min=x',
      ]) {
        await call('demo', 'get', `/images${query}`).expect(400)
      }
    })

    it('go, unless protected', async () => {
      const { id } = await active('demo', { protected: true })
      await call('demo', 'delete', `/images/${id}`).expect(
        403,
        fault(403, 'Forbidden', `Image ${id} is protected and cannot be deleted.`),
      )
      await patch('demo', id, [{ op: 'replace', path: '/protected', value: false }]).expect(200)
      await call('demo', 'delete', `/images/${id}`).expect(204)
      await call('demo', 'delete', `/images/${id}`).expect(404)
      assert.deepEqual(readdirSync(join(dir, 'images')), [])
    })
  })

  describe('files', () => {
    it('are taken, measured and given back', async () => {
      const data = Buffer.from('some bytes of a disk')
      const image = await active('demo', {}, data.toString())
      const hash = (name: string) => createHash(name).update(data).digest('hex')
      assert.equal(image.status, 'active')
      assert.equal(image.size, data.length)
      assert.equal(image.virtual_size, data.length)
      assert.equal(image.checksum, hash('md5'))
      assert.equal(image.os_hash_algo, 'sha512')
      assert.equal(image.os_hash_value, hash('sha512'))
      const got = await call('demo', 'get', `/images/${image.id}/file`)
        .buffer(true)
        .expect(200)
        .expect('content-type', 'application/octet-stream')
        .expect('content-length', String(data.length))
        .expect('content-md5', hash('md5'))
      assert.deepEqual(got.body, data)
      const part = await call('demo', 'get', `/images/${image.id}/file`)
        .set('range', 'bytes=5-9')
        .buffer(true)
        .expect(206)
        .expect('content-range', `bytes 5-9/${data.length}`)
      assert.equal(String(part.body), 'bytes')
      await call('demo', 'get', `/images/${image.id}/file`).set('range', 'bytes=99-').expect(416)
    })

    it('are sent once', async () => {
      const { id } = await active('demo')
      await upload('demo', id, 'again').expect(
        409,
        fault(409, 'Conflict', 'Image status transition from active to saving is not allowed'),
      )
    })

    it('of two sent at once one is taken', async () => {
      const { id } = await create('demo', { disk_format: 'raw', container_format: 'bare' })
      const answers = await Promise.all([upload('demo', id, 'one'), upload('demo', id, 'two')])
      assert.deepEqual(answers.map(answer => answer.status).sort(), [204, 409])
    })

    it('need a format and the right type', async () => {
      const { id } = await create('demo')
      await upload('demo', id, 'x').expect(400)
      await call('demo', 'put', `/images/${id}/file`).send({}).expect(415)
      await call('demo', 'get', `/images/${id}/file`).expect(204)
    })

    it('that are too large leave the image queued and nothing behind', async () => {
      const { id } = await create('demo', { disk_format: 'raw', container_format: 'bare' })
      await upload('demo', id, 'x'.repeat(1001)).expect(413)
      assert.equal((await call('demo', 'get', `/images/${id}`)).body.status, 'queued')
      assert.deepEqual(readdirSync(join(dir, 'images')), [])
      await upload('demo', id, 'fits').expect(204)
    })

    it('that break off leave the image queued and nothing behind', async () => {
      const { id } = await create('demo', { disk_format: 'raw', container_format: 'bare' })
      const { port } = server.address() as AddressInfo
      const req = httpRequest({
        port,
        method: 'PUT',
        path: `/v2/images/${id}/file`,
        headers: {
          'x-auth-token': 'demo',
          'content-type': 'application/octet-stream',
          'content-length': 500,
        },
      })
      req.on('error', () => {}) // our own doing
      req.write('half')
      const status = async () => (await call('demo', 'get', `/images/${id}`)).body.status
      while ((await status()) !== 'saving');
      req.destroy()
      while ((await status()) !== 'queued');
      assert.deepEqual(readdirSync(join(dir, 'images')), [])
    })

    it('of deactivated images are kept back', async () => {
      const { id } = await active('admin', { visibility: 'public' })
      await call('demo', 'post', `/images/${id}/actions/deactivate`).expect(403)
      await call('admin', 'post', `/images/${id}/actions/deactivate`).expect(204)
      await call('demo', 'get', `/images/${id}/file`).expect(403)
      await call('admin', 'post', `/images/${id}/actions/reactivate`).expect(204)
      await call('demo', 'get', `/images/${id}/file`).expect(200)
    })

    it('are there after a start, and unfinished ones can be sent again', async () => {
      const { id } = await active('demo')
      const half = await create('demo', { disk_format: 'raw', container_format: 'bare' })
      await state.database.kysely
        .updateTable('images')
        .set({ status: 'saving' })
        .where('id', '=', half.id)
        .execute()
      await state.close()
      state = await openImages(dir, 1000)
      await new Promise(resolve => server.close(resolve))
      server = createServer(withUsers(createImageApp({ state }))).listen(0)
      const got = await call('demo', 'get', `/images/${id}/file`).buffer(true).expect(200)
      assert.equal(String(got.body), 'bytes')
      await upload('demo', half.id, 'x').expect(204)
    })
  })

  describe('changes', () => {
    it('add, replace and remove', async () => {
      const { id } = await create('demo', { name: 'old', gone: 'x', kept: 'y' })
      const { body } = await patch('demo', id, [
        { op: 'replace', path: '/name', value: 'new' },
        { op: 'add', path: '/a~1b', value: '1' },
        { op: 'add', path: '/kept', value: 'z' },
        { op: 'remove', path: '/gone' },
        { op: 'replace', path: '/tags', value: ['t'] },
      ]).expect(200)
      assert.equal(body.name, 'new')
      assert.equal(body['a/b'], '1')
      assert.equal(body.kept, 'z')
      assert.equal('gone' in body, false)
      assert.deepEqual(body.tags, ['t'])
      assert.deepEqual((await call('demo', 'get', `/images/${id}`)).body, body)
    })

    it('are understood in the old form too', async () => {
      const { id } = await create('demo', { a: '1' })
      const { body } = await patch('demo', id, [{ replace: '/a', value: '2' }], V20).expect(200)
      assert.equal(body.a, '2')
      await patch('demo', id, [{ add: '/a', value: '3' }], V20).expect(
        409,
        fault(409, 'Conflict', 'Property a already present.'),
      )
    })

    it('are refused whole', async () => {
      const { id } = await create('demo', { name: 'n' })
      const cases: [unknown, number, string][] = [
        [{}, 400, 'Request body must be a JSON array of operation objects.'],
        [[5], 400, 'Operations must be JSON objects.'],
        [
          [{ op: 'replace', path: 'name', value: 'x' }],
          400,
          'Pointer `name` does not start with "/".',
        ],
        [[{ op: 'replace', path: '/name' }], 400, "Unable to find 'value' in JSON Schema change"],
        [[{ op: 'replace', path: '/id', value: NOWHERE }], 403, "Attribute 'id' is read-only."],
        [
          [{ op: 'replace', path: '/status', value: 'active' }],
          403,
          "Attribute 'status' is read-only.",
        ],
        [[{ op: 'remove', path: '/name' }], 403, 'Property name may not be removed.'],
        [[{ op: 'remove', path: '/none' }], 409, 'Property none does not exist.'],
        [
          [
            { op: 'replace', path: '/name', value: 'x' },
            { op: 'replace', path: '/visibility', value: 'public' },
          ],
          403,
          'You are not authorized to complete publicize_image action.',
        ],
      ]
      for (const [operations, status, message] of cases) {
        const { body } = await patch('demo', id, operations).expect(status)
        assert.equal(body.message, message)
      }
      await patch('demo', id, [], 'application/json').expect(415)
      assert.equal((await call('demo', 'get', `/images/${id}`)).body.name, 'n')
    })

    it('tag', async () => {
      const { id } = await create('demo')
      await call('demo', 'put', `/images/${id}/tags/blue`).expect(204)
      await call('demo', 'delete', `/images/${id}/tags/red`).expect(404)
      await call('demo', 'delete', `/images/${id}/tags/blue`).expect(204)
    })
  })

  describe('members', () => {
    it('see the image once they accept it', async () => {
      const { id } = await create('admin')
      const demo = String(DEMO.projectId)
      const { body } = await call('admin', 'post', `/images/${id}/members`)
        .send({ member: demo })
        .expect(200)
      const { created_at, updated_at, ...rest } = body
      assert.equal(created_at, updated_at)
      assert.deepEqual(rest, {
        member_id: demo,
        image_id: id,
        status: 'pending',
        schema: '/v2/schemas/member',
      })
      await call('demo', 'get', `/images/${id}`).expect(200)
      assert.deepEqual(await idsOf('demo'), [])
      assert.deepEqual(await idsOf('demo', '?visibility=shared&member_status=pending'), [id])
      await call('demo', 'put', `/images/${id}/members/${demo}`).send({ status: 'x' }).expect(400)
      await call('demo', 'put', `/images/${id}/members/${demo}`)
        .send({ status: 'accepted' })
        .expect(200)
      assert.deepEqual(await idsOf('demo'), [id])
      await call('demo', 'delete', `/images/${id}/members/${demo}`).expect(403)
      await call('admin', 'delete', `/images/${id}/members/${demo}`).expect(204)
      await call('demo', 'get', `/images/${id}`).expect(404)
    })

    it('cannot be accepted for by the owner', async () => {
      const { id } = await create('demo')
      await call('demo', 'post', `/images/${id}/members`)
        .send({ member: ADMIN.projectId })
        .expect(200)
      await call('demo', 'put', `/images/${id}/members/${ADMIN.projectId}`)
        .send({ status: 'accepted' })
        .expect(403)
    })

    it('belong to shared images only', async () => {
      const { id } = await create('demo', { visibility: 'private' })
      await call('demo', 'post', `/images/${id}/members`)
        .send({ member: 'x' })
        .expect(403, fault(403, 'Forbidden', 'Only shared images have members.'))
    })
  })

  it('gives its schemas', async () => {
    for (const name of ['image', 'images', 'member', 'members']) {
      const { body } = await call('demo', 'get', `/schemas/${name}`).expect(200)
      assert.equal(body.name, name)
    }
    await call('demo', 'get', '/schemas/constructor').expect(404)
    await call('demo', 'get', '/metadefs/namespaces').expect(404)
  })

  it('seeds an image that can be booted, once', async () => {
    await state.close()
    state = await openImages(dir)
    const projectId = String(ADMIN.projectId)
    const first = await seedImage(state, { projectId })
    assert.deepEqual(await seedImage(state, { projectId }), {
      imageId: first.imageId,
      created: false,
    })
    await new Promise(resolve => server.close(resolve))
    server = createServer(withUsers(createImageApp({ state }))).listen(0)
    const { body } = await call('demo', 'get', `/images/${first.imageId}`).expect(200)
    assert.equal(body.status, 'active')
    assert.equal(body.visibility, 'public')
    assert.equal(body.disk_format, 'qcow2')
    assert.equal(body.virtual_size, 1024 * 1024)
    assert.equal(body.size, emptyQcow2().length)
  })

  it('answers bad bodies with 4xx, whatever stands in them', async () => {
    for (const text of ['{"name":', 'null', '[]', '7', '"x"']) {
      const { status } = await call('demo', 'post', '/images')
        .set('content-type', 'application/json')
        .send(text)
      assert.equal(status, 400, text)
    }
    const { id } = await create('demo', { a: 'b' })
    const names = [
      'name',
      'tags',
      'id',
      'visibility',
      'min_disk',
      'protected',
      'owner',
      'x',
      '__proto__',
      'os_hidden',
      'disk_format',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...names), fc.jsonValue()),
        fc.jsonValue(),
        fc.constantFrom(V20, V21),
        async (values, operations, type) => {
          const made = await call('demo', 'post', '/images').send(values)
          assert.ok(made.status < 500, JSON.stringify(values))
          const ops = Object.entries(values).map(([name, value]) => ({
            op: 'add',
            path: `/${name}`,
            value,
          }))
          for (const body of [ops, operations]) {
            const { status } = await patch('demo', id, body, type)
            assert.ok(status < 500, JSON.stringify(body))
          }
        },
      ),
      { numRuns: 100 },
    )
    for (const path of [
      '/images/%zz',
      '/images?x=%00',
      `/images/${'x'.repeat(3000)}`,
      '/images?__proto__=x',
    ]) {
      assert.ok((await call('demo', 'get', path)).status < 500, path)
    }
  })
})
