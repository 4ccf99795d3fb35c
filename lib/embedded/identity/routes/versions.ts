import { type Request, Router } from 'express'
import type { EmbeddedIdentity } from '../identity.js'

/** What a client asks first, without a token. */
export const versionsRouter = (identity: EmbeddedIdentity): Router => {
  const router = Router()
  router.get('/', (req, res) => {
    const root = rootOf(req, identity)
    res.status(300).setHeader('location', `${root}/v3/`)
    res.json({ versions: { values: [version(root)] } })
  })
  router.get('/v3', (req, res) => {
    res.json({ version: version(rootOf(req, identity)) })
  })
  return router
}

const version = (root: string): object => ({
  id: 'v3.14',
  status: 'stable',
  updated: '2020-04-07T00:00:00Z',
  links: [{ rel: 'self', href: `${root}/v3/` }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
})

/** By the address that the client came by, which may be another than the catalog's. */
const rootOf = (req: Request, identity: EmbeddedIdentity): string => {
  const host = req.headers.host ?? ''
  if (!/^[\w.:[\]-]+$/.test(host)) return identity.publicUrl
  return `${req.protocol}://${host}${req.baseUrl}`
}
