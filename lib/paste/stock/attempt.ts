import type { Request, Response } from 'express'
import type { App } from '../types.js'

export type Outcome =
  | { readonly type: 'answered' }
  /** the answer had a caught status, and was thrown away */
  | { readonly type: 'caught'; readonly status: number }
  | { readonly type: 'failed'; readonly error: unknown }

/**
 * Lets an app answer, unless by a status to catch: such an answer is swallowed, and the response is
 * as if nobody had touched it. Everything else goes through as it is written.
 *
 * An app that calls `next()` has found nothing: that is a 404.
 */
export const attempt = (
  app: App,
  req: Request,
  res: Response,
  caught: ReadonlySet<number>,
): Promise<Outcome> =>
  new Promise(resolve => {
    const before = { headers: res.getHeaders(), status: res.statusCode, message: res.statusMessage }
    const { writeHead, write, end, flushHeaders } = res
    let swallowing = false
    let swallowed = 0

    const release = (): void => {
      Object.assign(res, { writeHead, write, end, flushHeaders })
    }
    const undo = (status: number): void => {
      release()
      for (const name of res.getHeaderNames()) res.removeHeader(name)
      for (const [name, value] of Object.entries(before.headers)) {
        if (value !== undefined) res.setHeader(name, value)
      }
      res.statusCode = before.status
      res.statusMessage = before.message
      resolve({ type: 'caught', status })
    }
    /** Once the status is known: whether the answer is not wanted. */
    const decide = (status: number): boolean => {
      swallowing = caught.has(status)
      swallowed = status
      if (!swallowing) {
        release()
        resolve({ type: 'answered' })
      }
      return swallowing
    }
    const callbackIn = (args: readonly unknown[]): (() => void) | undefined =>
      args.find((arg): arg is () => void => typeof arg === 'function')

    const held = {
      writeHead: (...args: Parameters<typeof writeHead>): Response =>
        swallowing || decide(args[0]) ? res : Reflect.apply(writeHead, res, args),
      flushHeaders: (): void => {
        if (!swallowing && !decide(res.statusCode)) flushHeaders.call(res)
      },
      write: (...args: unknown[]): boolean => {
        if (!swallowing && !decide(res.statusCode)) return Reflect.apply(write, res, args)
        const callback = callbackIn(args)
        if (callback) process.nextTick(callback)
        return true
      },
      end: (...args: unknown[]): Response => {
        if (!swallowing && !decide(res.statusCode)) return Reflect.apply(end, res, args)
        const callback = callbackIn(args)
        if (callback) process.nextTick(callback)
        undo(swallowed)
        return res
      },
    }
    Object.assign(res, held)

    const fell = (error?: unknown): void => {
      const status = error === undefined || error === 'route' ? 404 : statusIn(error)
      if (status !== undefined && caught.has(status)) {
        undo(status)
        return
      }
      release()
      if (error === undefined) {
        // nothing found, and that is not to be caught: it is the answer
        res.statusCode = 404
        res.end()
        resolve({ type: 'answered' })
      } else {
        resolve({ type: 'failed', error })
      }
    }
    try {
      app(req, res, fell)
    } catch (error) {
      fell(error)
    }
  })

/** HTTP errors carry their status: Express's as `status`, ours as `code`. */
export const statusIn = (error: unknown): number | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const status = Reflect.get(error, 'status') ?? Reflect.get(error, 'code')
  return typeof status === 'number' ? status : undefined
}
