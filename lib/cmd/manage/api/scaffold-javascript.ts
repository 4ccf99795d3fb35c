import type { ScaffoldNames } from './scaffold-names.js'

/** An extension that needs nothing but Node: `index.mjs` of a folder of its own. */
export const javascriptExtension = ({ alias, action, type }: ScaffoldNames): string =>
  `import { write } from './schemas.mjs'

/** Where a server keeps its text. */
const KEY = '${alias}'

const textOf = server => server.metadata[KEY] ?? null

/** GET /${alias}/{server id}: the text, or null. */
class ${type}Controller {
  static wsgi = {
    show: { expectedErrors: [404] },
  }
  #compute

  constructor({ compute }) {
    this.#compute = compute
  }

  async show(req) {
    const server = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:show', server)
    return { text: textOf(server) }
  }
}

/** The action \`${action}\` of a server writes it, and its document has \`${alias}:text\`. */
class ${type}OnServers {
  static wsgi = {
    write: {
      action: '${action}',
      body: write,
      response: 202,
      expectedErrors: [403, 404, 409],
    },
    tell: { extends: 'show' },
  }
  #compute

  constructor({ compute }) {
    this.#compute = compute
  }

  async write(req) {
    const server = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:update', server)
    const { text } = req.body.${action}
    const metadata = { ...server.metadata, [KEY]: text }
    await this.#compute.replaceMetadata(req.context, server, metadata)
  }

  tell(_req, resp, server) {
    resp.obj.server['${alias}:text'] = textOf(server)
  }
}

export const extension = {
  alias: '${alias}',
  name: '${type}',
  description: 'A text on a server.',
  resources: [
    {
      collection: '${alias}',
      controller: ${type}Controller,
    },
  ],
  controllerExtensions: { servers: ${type}OnServers },
}
`

export const javascriptSchemas = ({ action }: ScaffoldNames): string =>
  `/** Body of the action \`${action}\`. */
export const write = {
  type: 'object',
  properties: {
    ${action}: {
      type: 'object',
      properties: { text: { type: 'string', minLength: 1, maxLength: 255 } },
      required: ['text'],
      additionalProperties: false,
    },
  },
  required: ['${action}'],
  additionalProperties: false,
}
`

export const javascriptTest = ({ alias, action }: ScaffoldNames): string =>
  `import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { addServer, createTestApi } from 'kilonova/testing'
import request from 'supertest'

describe('extension ${alias}', () => {
  let api
  beforeEach(async () => {
    api = await createTestApi({ extensions: [resolve(import.meta.dirname, '..')] })
  })
  afterEach(() => api.close())

  const get = (user, path) => request(api.app).get(\`/v2.1\${path}\`).set(api.as(user))
  const write = (id, value, user = 'member') => {
    const body = { ${action}: value }
    return request(api.app).post(\`/v2.1/servers/\${id}/action\`).set(api.as(user)).send(body)
  }

  it('keeps what is written to a server, and tells it there', async () => {
    const { uuid } = await addServer(api)
    await get('reader', \`/${alias}/\${uuid}\`).expect(200, { text: null })
    await write(uuid, { text: 'first' }).expect(202)
    await get('reader', \`/${alias}/\${uuid}\`).expect(200, { text: 'first' })
    const { body } = await get('reader', \`/servers/\${uuid}\`).expect(200)
    assert.equal(body.server['${alias}:text'], 'first')
  })

  it('refuses what is no text', async () => {
    const { uuid } = await addServer(api)
    await write(uuid, { text: '' }).expect(400)
    await write(uuid, { txt: 'first' }).expect(400)
  })

  it('lets readers read only', async () => {
    const { uuid } = await addServer(api)
    await write(uuid, { text: 'first' }, 'reader').expect(403)
  })
})
`
