import { STATUS_CODES } from 'node:http'
import { asbool } from '../converters.js'
import { filterFactory } from '../declare.js'
import { attempt, statusIn } from './attempt.js'
import { plainError } from './plain-error.js'

/** `egg:Paste#httpexceptions`: an error that carries a status (`error.status = 404`) is that answer. */
export const httpExceptions = filterFactory(
  {
    name: 'httpexceptions',
    doc: 'An error from further in that carries an HTTP status becomes that answer.',
    options: {},
  },
  () => app =>
    function httpexceptions(req, res, next) {
      app(req, res, (error?: unknown) => {
        const status = statusIn(error)
        if (status === undefined || status < 300 || status > 599 || res.headersSent)
          return next(error)
        const text = status < 500 && error instanceof Error ? error.message : STATUS_CODES[status]
        plainError(req, res, status, text ?? '')
      })
    },
)

/**
 * `egg:Paste#error_catcher`, `egg:Paste#evalerror`: any other error is logged and answered with 500. With the global or
 * option `debug = true` the answer shows the stack; nothing can be evaluated in it.
 */
export const errorCatcher = filterFactory(
  {
    name: 'error_catcher',
    doc: 'An error from further in is logged, and answered with 500.',
    options: {
      debug: { type: 'bool', doc: 'the answer shows the stack; the global debug when absent' },
    },
  },
  (globalConf, { debug = asbool(globalConf.debug ?? false) }) =>
    app =>
      function errorCatcher(req, res, next) {
        app(req, res, (error?: unknown) => {
          if (error === undefined || error === null || error === 'route') return next()
          console.error(error)
          if (res.headersSent) return void res.destroy()
          const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
          plainError(req, res, 500, debug ? stack : 'The request could not be served.')
        })
      },
)

/**
 * `egg:Paste#errordocument`: what the application itself answers at another path, instead of a bare error.
 *
 *     [filter:errors]
 *     use = egg:Paste#errordocument
 *     404 = /missing
 *     500 = /broken
 */
export const errorDocument = filterFactory(
  {
    name: 'errordocument',
    doc: 'Answers of a status are replaced by what stands at a path; the status stays.',
    options: { '*': { doc: 'a status, and the path of what is shown for it' } },
  },
  (_globalConf, _options, localConf) => {
    const paths = new Map<number, string>()
    for (const [key, path] of Object.entries(localConf)) {
      if (!/^[345]\d\d$/.test(key))
        throw new RangeError(`'${key}' must be a status from 300 to 599`)
      if (!path.startsWith('/'))
        throw new RangeError(`'${key}' must be a path that begins with '/', got '${path}'`)
      paths.set(Number(key), path)
    }
    const caught = new Set(paths.keys())
    return app =>
      async function errordocument(req, res, next) {
        const outcome = await attempt(app, req, res, caught)
        if (outcome.type === 'answered') return
        if (outcome.type === 'failed') return next(outcome.error)
        const { status } = outcome
        const { url, method } = req
        req.url = paths.get(status) ?? url
        req.method = 'GET'
        const { writeHead } = res
        // what is shown was found, but what was asked for was not
        res.writeHead = ((_status: number, ...rest: unknown[]) =>
          Reflect.apply(writeHead, res, [status, ...rest])) as typeof writeHead
        app(req, res, (error?: unknown) => {
          Object.assign(req, { url, method })
          res.writeHead = writeHead
          if (error) return next(error)
          plainError(req, res, status, STATUS_CODES[status] ?? '')
        })
      }
  },
)
