import { type Addressed, linkBase as rootOf, unversionedUrl } from './links.js'

export interface Link {
  readonly rel: string
  readonly href: string
  readonly type?: string
}

/** The two addresses that links to resources begin with. */
export interface LinkBase {
  /** `http://host:8774/v2.1`, with the project behind it when the request names it there */
  readonly versioned: string
  /** The same without the version. */
  readonly unversioned: string
}

interface Located extends Addressed {
  readonly params: Readonly<Record<string, string | undefined>>
}

/**
 * Where this request found the API, for links to its resources.
 *
 * @param prefix  `[api] compute_link_prefix`: stands in for scheme, host and port
 */
export const linkBase = (req: Located, prefix?: string | null): LinkBase => {
  const project = req.params.project_id ? `/${req.params.project_id}` : ''
  return {
    versioned: rootOf(req, prefix) + project,
    unversioned: unversionedUrl(req, prefix) + project,
  }
}

/** `self` and `bookmark` of a member of a collection. */
export const memberLinks = (base: LinkBase, collection: string, id: string): Link[] => [
  { rel: 'self', href: `${base.versioned}/${collection}/${id}` },
  bookmarkLink(base, collection, id),
]

export const bookmarkLink = (base: LinkBase, collection: string, id: string): Link => ({
  rel: 'bookmark',
  href: `${base.unversioned}/${collection}/${id}`,
})
