import { errors, expectedErrors, query, querySchema } from '../lib/wsgi/index.js'
import { knownExtensions, legacyOnlyAlias } from './known-extensions.js'
import type { Req } from './req.js'
import type { ApiServices } from './services.js'

/** The same for all: nova keeps them for old clients only. */
const NAMESPACE = 'http://docs.openstack.org/compute/ext/fake_xml'
const UPDATED = '2014-12-03T00:00:00Z'

interface ExtensionDocument {
  readonly name: string
  readonly alias: string
  readonly description: string
  readonly namespace: string
  readonly updated: string
  readonly links: readonly never[]
}

const schemas = { index: querySchema({}), show: querySchema({}) }

/**
 * GET /extensions, /extensions/{alias}: nova's list, which ended with 2.1, with the extensions that are
 * loaded here and listed, and without those that are switched off.
 */
export class ExtensionInfoController {
  readonly #documents: readonly ExtensionDocument[]

  constructor({ extensions }: ApiServices) {
    const texts = new Map<string, readonly [name: string, description: string]>()
    for (const [alias, name, description] of knownExtensions) texts.set(alias, [name, description])
    for (const { alias, name, description, listed } of extensions.extensions) {
      if (listed === false) continue
      texts.set(alias, [name ?? texts.get(alias)?.[0] ?? alias, description])
    }
    for (const { alias } of extensions.disabled) texts.delete(alias)
    this.#documents = [...texts]
      .map(([alias, [name, description]]) => ({
        name,
        alias,
        description,
        namespace: NAMESPACE,
        updated: UPDATED,
        links: [],
      }))
      .sort((a, b) => (a.alias < b.alias ? -1 : 1))
  }

  @query(schemas.index)
  @expectedErrors()
  index(req: Req): { extensions: readonly ExtensionDocument[] } {
    req.context.can('os_compute_api:extensions')
    return { extensions: this.#visible(req) }
  }

  @query(schemas.show)
  @expectedErrors(404)
  show(req: Req): { extension: ExtensionDocument } {
    req.context.can('os_compute_api:extensions')
    const extension = this.#visible(req).find(({ alias }) => alias === req.params.id)
    if (!extension) throw errors.notFound(`no extension has the alias ${req.params.id}`)
    return { extension }
  }

  #visible(req: Req): readonly ExtensionDocument[] {
    return req.isLegacyV2
      ? this.#documents
      : this.#documents.filter(({ alias }) => alias !== legacyOnlyAlias)
  }
}
