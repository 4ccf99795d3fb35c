import { STATUS_CODES } from 'node:http'
import type { Request, Response } from 'express'
import { bestMatch } from './media-type.js'

/** Node has renamed it since; clients of nova know this one. */
const titleOf = (code: number): string =>
  code === 413 ? 'Request Entity Too Large' : (STATUS_CODES[code] ?? 'Error')

const texts: Readonly<Record<number, string>> = {
  404: 'The resource could not be found.',
}

/**
 * An HTTP error that is told outside of the API's own documents: no route, a body too large, a
 * context without a user.
 */
export class PlainError extends Error {
  override readonly name = 'PlainError'

  constructor(
    readonly code: number,
    message: string = texts[code] ?? titleOf(code),
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }
}

/** As HTML, JSON or text, as the client likes it best (contract: rest/errors.md 3). */
export const sendPlainError = (req: Request, res: Response, error: PlainError): void => {
  const title = titleOf(error.code)
  const status = `${error.code} ${title}`
  const [type, body] = formOf(req.headers.accept ?? '*/*', status, title, error.message)
  res.statusCode = error.code
  for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value)
  res.setHeader('content-type', type)
  res.setHeader('content-length', Buffer.byteLength(body))
  res.end(body)
}

const formOf = (
  accept: string,
  status: string,
  title: string,
  message: string,
): readonly [type: string, body: string] => {
  switch (bestMatch(accept, ['text/html', 'application/json'])) {
    case 'text/html':
      return [
        'text/html; charset=UTF-8',
        `<html>\n <head>\n  <title>${status}</title>\n </head>\n <body>\n  <h1>${status}</h1>\n` +
          `  ${escapeHtml(message)}<br /><br />\n </body>\n</html>`,
      ]
    case 'application/json':
      return ['application/json', JSON.stringify({ message, code: status, title })]
    default:
      return ['text/plain; charset=UTF-8', `${status}\n\n${message}\n`]
  }
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
