import { STATUS_CODES } from 'node:http'
import type { Request, Response } from 'express'

/**
 * Answers with an error outside any API: no fault document, but a page, JSON or a text as the
 * client's Accept asks, as WebOb writes them.
 */
export const sendPlainError = (
  req: Request,
  res: Response,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void => {
  const title = STATUS_CODES[code] ?? 'Error'
  const status = `${code} ${title}`
  const [type, body] = render(req.headers.accept, status, title, message)
  res.statusCode = code
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.setHeader('content-type', type)
  res.setHeader('content-length', Buffer.byteLength(body))
  res.end(req.method === 'HEAD' ? undefined : body)
}

const render = (
  accept: string | undefined,
  status: string,
  title: string,
  message: string,
): readonly [type: string, body: string] => {
  if (!accept || /\*\/\*|text\/(html|\*)/i.test(accept)) {
    const text = message.replaceAll(/[&<>]/g, sign => entities[sign] ?? sign)
    return [
      'text/html; charset=UTF-8',
      `<html>\n <head>\n  <title>${status}</title>\n </head>\n <body>\n  <h1>${status}</h1>\n  ${text}<br /><br />\n\n\n\n </body>\n</html>`,
    ]
  }
  if (/application\/(json|\*)/i.test(accept)) {
    return ['application/json', JSON.stringify({ message, code: status, title })]
  }
  return ['text/plain; charset=UTF-8', `${status}\n\n${message}\n\n`]
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
