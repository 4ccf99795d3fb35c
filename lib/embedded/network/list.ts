import type { Request } from 'express'
import { isAdmin } from '../support/request.js'
import type { Caller } from './caller.js'
import type { Collection } from './collections.js'
import { portsWithAddress } from './ipam.js'
import { type ListQuery, pageOf, readQuery } from './query.js'
import { shownTo } from './resource.js'
import { ensureDefaultGroup } from './security-groups.js'
import { type Doc, find, type Where } from './store.js'

/** GET of a collection: `{ networks: […], networks_links?: […] }`. */
export const listCollection = async (
  collection: Collection,
  caller: Caller,
  req: Request,
): Promise<Doc> => {
  const { def, complete, completes } = collection
  const query = readQuery(def, req, collection.parentKey)
  if (def.kind === 'security_group') await ensureGroups(caller, query)
  const where = await whereOf(collection, caller, query)
  const stored = await find(caller.db, def.kind, where)
  const docs = complete && asksFor(query, completes) ? await complete(caller.db, stored) : stored
  const page = pageOf(docs.filter(query.matches), query)
  const links = linksOf(req, query, page.next, page.previous)
  return {
    [def.collection]: page.docs.map(doc => shownTo(def, doc, caller.context, query.fields)),
    ...(links.length ? { [`${def.collection}_links`]: links } : {}),
  }
}

/** Whether the attribute is to be shown, or decides which are shown and in what order. */
const asksFor = ({ fields, values, sort }: ListQuery, attribute = ''): boolean =>
  !fields ||
  fields.has(attribute) ||
  values.has(attribute) ||
  sort.some(({ key }) => key === attribute)

const whereOf = async (
  { def }: Collection,
  { db, context }: Caller,
  query: ListQuery,
): Promise<Where> => {
  const addresses = (query.values.get('fixed_ips') ?? []).flatMap(value =>
    value.startsWith('ip_address=') ? [value.slice('ip_address='.length)] : [],
  )
  return {
    ...query.where,
    ...(isAdmin(context) ? {} : { visibleTo: context.projectId ?? '' }),
    ...(def.kind === 'port' && addresses.length && !query.where.ids
      ? { ids: await portsWithAddress(db, addresses) }
      : {}),
  }
}

/** Who looks for groups finds at least `default`; administrators may look for another project. */
const ensureGroups = async ({ db, context }: Caller, query: ListQuery): Promise<void> => {
  const asked = query.where.projects ?? []
  const projects = isAdmin(context) ? asked : []
  for (const project of new Set([context.projectId ?? '', ...projects])) {
    if (project !== '') await ensureDefaultGroup(db, project)
  }
}

const linksOf = (
  req: Request,
  query: ListQuery,
  next: string | null,
  previous: string | null,
): Doc[] => {
  const link = (rel: string, marker: string | null, reverse: boolean): Doc[] => {
    if (marker === null) return []
    const url = new URL(`${req.protocol}://${req.headers.host ?? 'localhost'}${req.originalUrl}`)
    url.searchParams.set('marker', marker)
    url.searchParams.delete('page_reverse')
    if (reverse) url.searchParams.set('page_reverse', 'True')
    return [{ rel, href: url.href }]
  }
  return query.limit ? [...link('next', next, false), ...link('previous', previous, true)] : []
}
