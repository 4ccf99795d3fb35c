import { translating } from '../controllers/faults.js'
import { nextLinks, pageOf } from '../controllers/pages.js'
import type { Req } from '../controllers/req.js'
import { linkBase } from '../controllers/resource-links.js'
import type { ApiServices } from '../controllers/services.js'
import { rawTime } from '../controllers/times.js'
import { KeyPairApi, type KeyPairType } from '../lib/compute/keypairs/index.js'
import { KeyPair, KeyPairList } from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import {
  apiVersion,
  body,
  expectedErrors,
  legacyOnly,
  multiple,
  object,
  query,
  querySchema,
  response,
  schema,
  serves,
  since,
  types,
  until,
  versions,
  view,
} from '../lib/wsgi/index.js'

interface CreateBody {
  readonly keypair: {
    readonly name: string
    readonly public_key?: string
    readonly type?: KeyPairType
    readonly user_id?: string
  }
}

const named = (pattern: string) => ({
  allOf: [types.name, { type: 'string', minLength: 1, maxLength: 255, pattern }],
})

const create = schema(
  object(
    {
      keypair: object(
        {
          name: versions(
            legacyOnly(types.nameWithSpaces),
            until('2.91', named('^[_\\- a-zA-Z0-9]+$')),
            named('^[_\\-\\@\\. a-zA-Z0-9]+$'),
          ),
          public_key: types.string,
          type: since('2.2', { type: 'string', enum: ['ssh', 'x509'] }),
          user_id: since('2.10', types.string),
        },
        { required: ['name', since('2.92', 'public_key')] },
      ),
    },
    { required: ['keypair'] },
  ),
)

const userId = since('2.10', multiple(types.string))
const listQuery = querySchema(
  {
    user_id: userId,
    limit: since('2.35', multiple(types.queryInteger)),
    marker: since('2.35', multiple(types.string)),
  },
  { closedSince: '2.75' },
)
const memberQuery = querySchema({ user_id: userId }, { closedSince: '2.75' })

const type = [(keyPair: KeyPair) => keyPair.get('type') ?? 'ssh', since('2.2')] as const

const listed = {
  name: (keyPair: KeyPair) => keyPair.name,
  public_key: (keyPair: KeyPair) => keyPair.publicKey,
  fingerprint: (keyPair: KeyPair) => keyPair.fingerprint,
}
const listView = view<KeyPair, unknown>({ ...listed, type })

/** With the private key, when it was made just now. */
const createdView = view<KeyPair, { readonly privateKey?: string }>({
  ...listed,
  user_id: keyPair => keyPair.userId,
  private_key: (_keyPair, { privateKey }) => privateKey,
  type,
})

const showView = view<KeyPair, unknown>({
  ...listed,
  created_at: keyPair => rawTime(keyPair.createdAt),
  deleted: () => false,
  deleted_at: () => null,
  id: keyPair => keyPair.id,
  user_id: keyPair => keyPair.userId,
  updated_at: keyPair => rawTime(keyPair.get('updatedAt')),
  type,
})

interface Made {
  readonly keyPair: KeyPair
  readonly privateKey?: string
}

const creating = translating({ 409: ['KeyPairExists'] })
const listing = translating({ 400: ['MarkerNotFound'] })

/** /os-keypairs: public keys that servers are booted with. They belong to users, not projects. */
export class KeypairController {
  readonly #runtime: Runtime
  readonly #keyPairs: KeyPairApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#keyPairs = new KeyPairApi(compute.quota)
  }

  @query(listQuery)
  @apiVersion('2.1', '2.34')
  @expectedErrors()
  async index(req: Req): Promise<object> {
    const user = owner(req, 'index', req.query.user_id)
    const { objects } = await KeyPairList.getByUser(req.context, user)
    return { keypairs: listDocuments(req, objects) }
  }

  @serves('index')
  @query(listQuery)
  @apiVersion('2.35')
  @expectedErrors(400)
  async indexByPage(req: Req): Promise<object> {
    const user = owner(req, 'index', req.query.user_id)
    const { max_limit, compute_link_prefix } = this.#runtime.conf.api
    const page = pageOf(req, max_limit)
    const { objects } = await listing(() =>
      KeyPairList.getByUser(req.context, user, { limit: page.limit, marker: page.marker }),
    )
    const names = objects.map(({ name }) => name)
    const next = nextLinks(req, linkBase(req, compute_link_prefix), 'os-keypairs', page, names)
    return {
      keypairs: listDocuments(req, objects),
      ...(next.length ? { keypairs_links: next } : {}),
    }
  }

  @query(memberQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const user = owner(req, 'show', req.query.user_id)
    const keyPair = await KeyPair.getByName(req.context, user, req.params.id)
    req.subject = keyPair
    return { keypair: showView.at(req.version)(keyPair, null) }
  }

  @body(create)
  @response(200, undefined, '2.1')
  @response(201, '2.2')
  @expectedErrors(400, 403, 409)
  async create(req: Req<CreateBody>): Promise<object> {
    const { keypair } = req.body
    const user = owner(req, 'create', keypair.user_id)
    const wanted = { userId: user, name: keypair.name, type: keypair.type ?? 'ssh' }
    const { public_key: publicKey } = keypair
    const made = await creating<Made>(async () =>
      publicKey === undefined
        ? this.#keyPairs.create(req.context, wanted)
        : { keyPair: await this.#keyPairs.import(req.context, wanted, publicKey) },
    )
    req.subject = made.keyPair
    return { keypair: createdView.at(req.version)(made.keyPair, made) }
  }

  @query(memberQuery)
  @response(202, undefined, '2.1')
  @response(204, '2.2')
  @expectedErrors(404)
  async delete(req: Req): Promise<void> {
    const user = owner(req, 'delete', req.query.user_id)
    await this.#keyPairs.delete(req.context, user, req.params.id)
  }
}

/** Whose key pairs: the caller's, unless another user is named and the policy lets the caller do that. */
const owner = (req: Req<unknown>, what: string, named: string | undefined): string => {
  const user = named ?? req.context.userId ?? ''
  req.context.can(`os_compute_api:os-keypairs:${what}`, { user_id: user })
  return user
}

const listDocuments = (req: Req, keyPairs: readonly KeyPair[]): object[] => {
  req.subject = keyPairs
  const document = listView.bind(req.version, null)
  return keyPairs.map(keyPair => ({ keypair: document(keyPair) }))
}

export const extension = {
  alias: 'os-keypairs',
  name: 'Keypairs',
  description: 'Keypair Support.',
  resources: [{ collection: 'os-keypairs', controller: KeypairController }],
}
