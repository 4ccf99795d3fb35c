import type { Request, Response } from 'express'
import type { App, Filter } from './types.js'

/** A breach of what apps and filters promise one another. */
export class LintError extends Error {
  override readonly name = 'LintError'
}

type Breached = (error: LintError) => void

const throwIt: Breached = error => {
  throw error
}

/**
 * Holds both sides to the contract of an app: it answers or calls `next`, never both and `next` never twice;
 * nothing is written after the end; the status is a whole number from 100 to 999; headers are texts, numbers or
 * lists of texts; `req.url` begins with a slash, and is as it was when the request is passed on. Put it around a
 * filter and behind it:
 *
 *     const app = lint(filter(lint(inner)))
 *
 * What breaks it goes no further, or as it should have been: so that who stands further out is not blamed too.
 *
 * @param breach  told of every breach; throws it when absent
 * @param name  what the app is called in messages; its own name when absent
 */
export const lintFilter =
  (breach: Breached = throwIt, name?: string): Filter =>
  app =>
    lintApp(app, breach, name)

/** The filter between two that watch it. */
export const lintAround =
  (filter: (app: App) => App | Promise<App>, name: string, breach: Breached) =>
  (app: App): App | Promise<App> => {
    const made = filter(lintApp(app, breach, `what is behind ${name}`))
    return made instanceof Promise
      ? made.then(one => lintApp(one, breach, name))
      : lintApp(made, breach, name)
  }

const lintApp =
  (app: App, breach: Breached, named?: string): App =>
  (req: Request, res: Response, next) => {
    const name = named ?? (app.name || 'the app')
    const say = (text: string): void => breach(new LintError(`${name}: ${text}`))
    if (!req.url.startsWith('/')) say(`req.url must begin with '/', it is '${req.url}'`)
    const { url, baseUrl } = req
    let passed = 0
    const { end, write, setHeader, writeHead } = res
    let ended = res.writableEnded

    const checkedEnd: typeof res.end = (...args: unknown[]) => {
      if (ended) {
        say('the answer is ended twice')
        return res
      }
      ended = true
      return Reflect.apply(end, res, args)
    }
    const checkedWrite: typeof res.write = (...args: unknown[]) => {
      if (!ended) return Reflect.apply(write, res, args)
      say('something is written after the end')
      return false
    }
    const checkedSetHeader: typeof res.setHeader = (header, value) =>
      Reflect.apply(setHeader, res, [header, headerOf(header, value, say)])
    const checkedWriteHead: typeof res.writeHead = (...args: unknown[]) => {
      const [status] = args
      if (!isStatus(status)) {
        say(`the status is ${String(status)}, not a number from 100 to 999`)
        args[0] = 500
      }
      const headers = args.at(-1)
      if (typeof headers === 'object' && headers !== null && !Array.isArray(headers)) {
        args[args.length - 1] = Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name, headerOf(name, value, say)]),
        )
      }
      return Reflect.apply(writeHead, res, args)
    }
    const checked = {
      end: checkedEnd,
      write: checkedWrite,
      setHeader: checkedSetHeader,
      writeHead: checkedWriteHead,
    }
    Object.assign(res, checked)

    app(req, res, (error?: unknown) => {
      passed++
      // what is further out may answer now
      if (res.end === checkedEnd) res.end = end
      if (res.write === checkedWrite) res.write = write
      if (res.setHeader === checkedSetHeader) res.setHeader = setHeader
      if (res.writeHead === checkedWriteHead) res.writeHead = writeHead
      if (passed > 1) return say('next is called twice')
      if (ended) return say('next is called after the answer')
      if (req.url !== url || req.baseUrl !== baseUrl) {
        say(`req.url is passed on as '${req.baseUrl}${req.url}', it came as '${baseUrl}${url}'`)
        Object.assign(req, { url, baseUrl })
      }
      next(error)
    })
  }

const isStatus = (status: unknown): boolean =>
  typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 999

const headerOf = (header: string, value: unknown, say: (text: string) => void): unknown => {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (values.every(one => typeof one === 'string' || typeof one === 'number')) return value
  say(`the header '${header}' is ${typeof value}, not text`)
  return String(value)
}
