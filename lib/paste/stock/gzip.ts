import { createGzip, type Gzip } from 'node:zlib'
import type { Request, Response } from 'express'
import { filterFactory } from '../declare.js'

/**
 * `egg:Paste#gzip`: packs answers of `text/*` and `application/*` (but for `*zip*`) for who accepts it.
 *
 *     [filter:gzip]
 *     use = egg:Paste#gzip
 *     # 1 fast to 9 small
 *     compress_level = 6
 */
export const gzipFilter = filterFactory(
  {
    name: 'gzip',
    doc: 'Packs answers for who accepts gzip.',
    options: {
      compress_level: { type: 'int', min: 1, max: 9, default: 6, doc: '1 fast, 9 small' },
    },
  },
  (_globalConf, { compress_level: level }) =>
    app =>
      function gzip(req, res, next) {
        const restore = accepts(req) ? pack(res, level) : () => {}
        app(req, res, (error?: unknown) => {
          restore()
          next(error)
        })
      },
)

/** `gzip;q=0` is a refusal. */
const accepts = (req: Request): boolean =>
  req.method !== 'HEAD' &&
  /(^|,)\s*(x-)?gzip\s*(?!;\s*q=0(\.0*)?\s*(,|$))(;|,|$)/i.test(
    String(req.headers['accept-encoding'] ?? ''),
  )

const isWanted = (res: Response): boolean => {
  const type = String(res.getHeader('content-type') ?? '')
  return (
    res.statusCode >= 200 &&
    ![204, 205, 206, 304].includes(res.statusCode) &&
    !res.hasHeader('content-encoding') &&
    /^(text|application)\//i.test(type) &&
    !type.includes('zip')
  )
}

/** Decides when the head is due. @returns puts the response back, where nobody answered */
const pack = (res: Response, level: number): (() => void) => {
  const { writeHead, write, end, flushHeaders } = res
  let packer: Gzip | null | undefined

  const decide = (): Gzip | null => {
    if (packer !== undefined) return packer
    if (res.headersSent) {
      packer = null
      return packer
    }
    // a cache must tell the two apart, packed or not
    res.vary('Accept-Encoding')
    if (!isWanted(res)) {
      packer = null
      return packer
    }
    res.setHeader('content-encoding', 'gzip')
    res.removeHeader('content-length')
    const gzip = createGzip({ level })
    gzip.on('data', chunk => {
      if (!Reflect.apply(write, res, [chunk])) gzip.pause()
    })
    res.on('drain', () => gzip.resume())
    gzip.on('end', () => Reflect.apply(end, res, []))
    res.once('close', () => gzip.destroy())
    packer = gzip
    return packer
  }

  res.writeHead = ((status: number, ...rest: unknown[]) => {
    const fields = rest.find(one => typeof one === 'object' && one !== null)
    res.statusCode = status
    if (Array.isArray(fields)) {
      for (let index = 0; index + 1 < fields.length; index += 2)
        res.setHeader(fields[index], fields[index + 1])
    } else {
      for (const [name, value] of Object.entries(fields ?? {})) res.setHeader(name, value)
    }
    decide()
    const [message] = rest
    return Reflect.apply(writeHead, res, typeof message === 'string' ? [status, message] : [status])
  }) as typeof writeHead
  res.flushHeaders = () => {
    decide()
    flushHeaders.call(res)
  }
  res.write = ((chunk: unknown, ...rest: unknown[]) =>
    Reflect.apply(decide()?.write ?? write, packer ?? res, [chunk, ...rest])) as typeof write
  res.end = ((...args: unknown[]) => {
    Reflect.apply(decide()?.end ?? end, packer ?? res, args)
    return res
  }) as typeof end
  return () => Object.assign(res, { writeHead, write, end, flushHeaders })
}
