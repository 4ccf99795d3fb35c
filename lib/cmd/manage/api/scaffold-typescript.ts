import type { ScaffoldNames } from './scaffold-names.js'

/** The same within the sources of the project, as its own extensions are: `extensions/<alias>/index.ts`. */
export const typescriptExtension = ({ alias, action, type }: ScaffoldNames): string =>
  `import type { Req } from '../../controllers/req.js'
import type { ApiServices } from '../../controllers/services.js'
import type { ComputeApi } from '../../lib/compute/api.js'
import type { Instance } from '../../lib/objects/index.js'
import {
  action,
  body,
  expectedErrors,
  extends_,
  type ResponseObject,
  response,
} from '../../lib/wsgi/index.js'
import { type WriteBody, write } from './schemas.js'

/** Where a server keeps its text. */
const KEY = '${alias}'

const textOf = ({ metadata }: Instance): string | null => metadata[KEY] ?? null

/** GET /${alias}/{server id}: the text, or null. */
export class ${type}Controller {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @expectedErrors(404)
  async show(req: Req): Promise<{ text: string | null }> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:show', instance)
    return { text: textOf(instance) }
  }
}

/** The action \`${action}\` of a server writes it, and its document has \`${alias}:text\`. */
export class ${type}OnServersController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('${action}')
  @body(write)
  @response(202)
  @expectedErrors(403, 404, 409)
  async write(req: Req<WriteBody>): Promise<void> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:servers:update', instance)
    const { text } = req.body.${action}
    const metadata = { ...instance.metadata, [KEY]: text }
    await this.#compute.replaceMetadata(req.context, instance, metadata)
  }

  @extends_('show')
  tell(
    _req: Req,
    resp: ResponseObject<{ server: Record<string, unknown> }>,
    instance: Instance,
  ): void {
    resp.obj.server['${alias}:text'] = textOf(instance)
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
  controllerExtensions: { servers: ${type}OnServersController },
}
`

export const typescriptSchemas = ({ action }: ScaffoldNames): string =>
  `import { object } from '../../lib/wsgi/index.js'

/** Body of the action \`${action}\`. */
export interface WriteBody {
  readonly ${action}: { readonly text: string }
}

const text = { type: 'string', minLength: 1, maxLength: 255 }
const value = object({ text }, { required: ['text'] })

const properties = { ${action}: value }
const required = ['${action}']

export const write = object(properties, { required })
`

export const typescriptTest = ({ alias, action }: ScaffoldNames): string =>
  `import assert from 'node:assert/strict'
import { addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'

describe('extension ${alias}', () => {
  const as = eachWithApi()

  const show = (user: TestUser, id: string) => {
    const path = \`/${alias}/\${id}\`
    return as(user).get(path)
  }
  const write = (id: string, value: object, user: TestUser = 'member') => {
    const body = { ${action}: value }
    return as(user).post(\`/servers/\${id}/action\`, body)
  }

  it('keeps what is written to a server, and tells it there', async () => {
    const { uuid } = await addServer(as.current())
    await show('reader', uuid).expect(200, { text: null })
    await write(uuid, { text: 'first' }).expect(202)
    await show('reader', uuid).expect(200, { text: 'first' })
    const { body } = await as('reader').get(\`/servers/\${uuid}\`).expect(200)
    assert.equal(body.server['${alias}:text'], 'first')
  })

  it('refuses what is no text', async () => {
    const { uuid } = await addServer(as.current())
    await write(uuid, { text: '' }).expect(400)
    await write(uuid, { txt: 'first' }).expect(400)
  })

  it('lets readers read only', async () => {
    const { uuid } = await addServer(as.current())
    await write(uuid, { text: 'first' }, 'reader').expect(403)
  })
})
`
