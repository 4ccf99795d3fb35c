import type { Request, Response } from 'express'
import type { App, Filter } from './types.js'

/** A breach of what apps and filters promise one another. */
export class LintError extends Error {
  override readonly name = 'LintError'
}

/**
 * Holds both sides to the contract of an app: it answers or calls `next`, never both and `next` never twice;
 * nothing is written after the end; headers are texts, numbers or lists of texts; `req.url` begins with
 * a slash, and is as it was when the request is passed on. Put it around a filter and behind it:
 *
 *     const app = lint(filter(lint(inner)))
 *
 * @param breach  told of every breach; throws it when absent
 */
export const lintFilter =
  (
    breach: (error: LintError) => void = error => {
      throw error
    },
  ): Filter =>
  app =>
    lintApp(app, breach)

const lintApp =
  (app: App, breach: (error: LintError) => void): App =>
  (req: Request, res: Response, next) => {
    const name = app.name || 'the app'
    const say = (text: string): void => breach(new LintError(`${name}: ${text}`))
    if (!req.url.startsWith('/')) say(`req.url must begin with '/', it is '${req.url}'`)
    const { url, baseUrl } = req
    let passed = 0
    const { end, write, setHeader } = res
    let ended = res.writableEnded

    const checkedEnd: typeof res.end = (...args: unknown[]) => {
      if (ended) say('the answer is ended twice')
      ended = true
      return Reflect.apply(end, res, args)
    }
    const checkedWrite: typeof res.write = (...args: unknown[]) => {
      if (ended) say('something is written after the end')
      return Reflect.apply(write, res, args)
    }
    const checkedSetHeader: typeof res.setHeader = (header, value) => {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value]
      if (!values.every(one => typeof one === 'string' || typeof one === 'number')) {
        say(`the header '${header}' is ${typeof value}, not text`)
      }
      return Reflect.apply(setHeader, res, [header, value])
    }
    Object.assign(res, { end: checkedEnd, write: checkedWrite, setHeader: checkedSetHeader })

    app(req, res, (error?: unknown) => {
      passed++
      // what is further out may answer now
      if (res.end === checkedEnd) Object.assign(res, { end, write, setHeader })
      if (passed > 1) say('next is called twice')
      if (ended) say('next is called after the answer')
      if (req.url !== url || req.baseUrl !== baseUrl) {
        say(`req.url is passed on as '${req.baseUrl}${req.url}', it came as '${baseUrl}${url}'`)
      }
      next(error)
    })
  }
