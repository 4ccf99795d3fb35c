import { filterFactory, OptionError } from '../declare.js'
import { importReference } from '../importer.js'
import { parseReference } from '../reference.js'

/** Whether that user is who it says it is; told the name and the password that came with the request. */
type AuthFunction = (user: string, password: string) => boolean | Promise<boolean>

/**
 * `egg:Paste#auth_basic`: HTTP's own user and password; who passes is `req.headers['x-remote-user']` further in.
 *
 *     [filter:login]
 *     use = egg:Paste#auth_basic
 *     realm = the back office
 *     # (user, password) => boolean, or a promise of one
 *     authfunc = ./users.js:isKnown
 */
export const basicAuth = filterFactory(
  {
    name: 'auth_basic',
    doc: 'Asks for user and password, and refuses with 401.',
    options: {
      realm: { required: true, doc: 'what the browser shows' },
      authfunc: { required: true, doc: 'module:export, called with user and password' },
    },
    order: { provides: ['user'] },
  },
  (globalConf, { realm, authfunc }) => {
    const reference = parseReference(authfunc)
    if (!reference?.attribute) {
      throw new OptionError('authfunc', `'authfunc' must be module:export, got '${authfunc}'`)
    }
    const loading = importReference(
      reference,
      globalConf.here ?? '.',
      {},
      { at: undefined, chain: [] },
    )
    // told of by the first request, not as a rejection of nobody's
    loading.catch(() => {})
    const challenge = `Basic realm="${realm.replaceAll(/["\\]/g, '\\$&')}", charset="UTF-8"`
    return app =>
      async function authBasic(req, res, next) {
        try {
          // nobody outside may say who he is
          delete req.headers['x-remote-user']
          const [user, password] = credentials(req.headers.authorization)
          const check = (await loading) as AuthFunction
          if (user !== undefined && (await check(user, password ?? ''))) {
            req.headers['x-remote-user'] = user
            return app(req, res, next)
          }
        } catch (error) {
          return next(error)
        }
        res.statusCode = 401
        res.setHeader('www-authenticate', challenge)
        res.setHeader('content-type', 'text/plain; charset=UTF-8')
        res.end(req.method === 'HEAD' ? undefined : 'This needs a user name and a password.\n')
      }
  },
)

const credentials = (header = ''): [user?: string, password?: string] => {
  const [, encoded] = /^basic\s+(\S+)$/i.exec(header) ?? []
  if (encoded === undefined) return []
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1)]
}
