import { IncomingMessage } from 'node:http'
import type { Request } from 'express'
import { compositeFactory } from '../declare.js'
import type { App } from '../types.js'
import { attempt } from './attempt.js'

/** A body is kept whole, to be read again by the next app. */
const maxBodyBytes = 16 * 1024 * 1024

/**
 * `egg:Paste#cascade`: apps are tried until one answers otherwise than by a caught status.
 *
 *     [composite:main]
 *     use = egg:Paste#cascade
 *     # tried in text order of their names: app10 stands before app2
 *     app1 = static
 *     app2 = dynamic
 *     # what goes on to the next; 404 when absent
 *     catch = 404 405
 *
 * @throws RangeError at load, for another option or no app
 */
export const cascadeFactory = compositeFactory(
  {
    name: 'cascade',
    doc: 'Apps are tried until one answers otherwise than by a caught status.',
    options: {
      catch: { default: '404', doc: 'statuses that go on to the next' },
      'app*': { type: 'app', doc: 'tried in text order of these names' },
    },
  },
  async (loader, globalConf, _options, localConf) => {
    const { catch: codes = '404', ...rest } = localConf
    const caught = new Set(codes.trim().split(/\s+/).map(statusOf))
    const names = Object.keys(rest).toSorted()
    const apps: App[] = []
    for (const name of names) apps.push(await loader.getApp(rest[name], globalConf))
    const last = apps.pop()
    if (!last) throw new RangeError('a cascade needs an app: app1 = …')

    return async function cascade(req, res, next) {
      try {
        const body = apps.length ? await readBody(req) : Buffer.alloc(0)
        for (const app of apps) {
          const outcome = await attempt(app, again(req, body), res, caught)
          if (outcome.type === 'answered') return
          if (outcome.type === 'failed') return next(outcome.error)
        }
        last(apps.length ? again(req, body) : req, res, next)
      } catch (error) {
        next(error)
      }
    }
  },
)

const statusOf = (text: string): number => {
  const status = Number(text)
  if (Number.isInteger(status) && status >= 100 && status <= 599) return status
  throw new RangeError(`'catch' must be statuses as 404, got '${text}'`)
}

const readBody = async (req: Request): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > maxBodyBytes) throw Object.assign(new Error('body too large'), { status: 413 })
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** The request as it came, with its body to be read. */
const again = (req: Request, body: Buffer): Request => {
  const copy = new IncomingMessage(req.socket)
  const fresh = new Set(Object.getOwnPropertyNames(copy))
  const own = Object.getOwnPropertyDescriptors(req)
  for (const [key, descriptor] of Object.entries(own)) {
    if (!fresh.has(key) || plainFields.has(key)) Object.defineProperty(copy, key, descriptor)
  }
  Object.setPrototypeOf(copy, Object.getPrototypeOf(req))
  copy.complete = true
  if (body.length) copy.push(body)
  copy.push(null)
  return copy as Request
}

/** What every message has, and is the request's own; the rest of them is the stream's. */
const plainFields: ReadonlySet<string> = new Set([
  'httpVersion',
  'httpVersionMajor',
  'httpVersionMinor',
  'rawHeaders',
  'method',
  'url',
])
