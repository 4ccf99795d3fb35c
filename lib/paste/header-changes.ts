import type { OutgoingHttpHeaders } from 'node:http'
import type { Response } from 'express'

/** Status and headers of an answer at one moment. */
export interface Headers {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
}

export const headersOf = (res: Response): Headers => ({
  status: res.statusCode,
  headers: { ...res.getHeaders() },
})

/** As they will be when `writeHead` is called with these arguments. */
export const headersWith = (res: Response, args: readonly unknown[]): Headers => {
  const given = args.at(-1)
  const status = typeof args[0] === 'number' ? args[0] : res.statusCode
  const headers: Record<string, OutgoingHttpHeaders[string]> = { ...res.getHeaders() }
  if (Array.isArray(given)) {
    for (let at = 0; at + 1 < given.length; at += 2) {
      headers[String(given[at]).toLowerCase()] = given[at + 1]
    }
  } else if (typeof given === 'object' && given !== null) {
    for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = value
  }
  return { status, headers }
}

/** `status 429`, `+x-took`, `~vary`, `-etag`. */
export const changesBetween = (before: Headers, after: Headers): string[] => [
  ...(after.status === before.status ? [] : [`status ${after.status}`]),
  ...Object.keys(after.headers).flatMap(name => {
    if (!(name in before.headers)) return [`+${name}`]
    return String(before.headers[name]) === String(after.headers[name]) ? [] : [`~${name}`]
  }),
  ...Object.keys(before.headers)
    .filter(name => !(name in after.headers))
    .map(name => `-${name}`),
]

/**
 * Watches what a filter does to the headers at the last moment, by a `writeHead` of its own (as
 * `on-headers` does it for compression, response-time and others).
 *
 * @returns to be called when the filter has passed the request on
 */
export const watchHead = (res: Response, changed: (changes: string[]) => void): (() => void) => {
  const { writeHead } = res
  const own = Object.hasOwn(res, 'writeHead')
  let before: Headers | undefined
  const behind: typeof writeHead = (...args: unknown[]) => {
    if (before) changed(changesBetween(before, headersWith(res, args)))
    before = undefined
    return Reflect.apply(writeHead, res, args)
  }
  res.writeHead = behind
  return () => {
    const { writeHead: theirs } = res
    if (theirs === behind) {
      if (own) res.writeHead = writeHead
      else Reflect.deleteProperty(res, 'writeHead')
      return
    }
    res.writeHead = (...args: unknown[]) => {
      before = headersWith(res, args)
      return Reflect.apply(theirs, res, args)
    }
  }
}
