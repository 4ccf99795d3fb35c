import { STATUS_CODES } from 'node:http'
import type { Request, Response } from 'express'

/** Answers with an HTTP error that is no fault document: HTML, JSON or text, by Accept. */
export const plainError = (req: Request, res: Response, status: number, text: string): void => {
  const title = STATUS_CODES[status] ?? 'Error'
  const accept = req.headers.accept ?? '*/*'
  res.statusCode = status
  const [type, body] =
    accept.includes('text/html') || accept.includes('*/*')
      ? [
          'text/html; charset=UTF-8',
          `<html>\n <head>\n  <title>${status} ${title}</title>\n </head>\n <body>\n  <h1>${status} ${title}</h1>\n  ${escapeHtml(text)}<br /><br />\n\n\n\n </body>\n</html>`,
        ]
      : accept.includes('application/json')
        ? ['application/json', JSON.stringify({ message: text, code: `${status} ${title}`, title })]
        : ['text/plain; charset=UTF-8', `${status} ${title}\n\n${text}\n`]
  res.setHeader('content-type', type)
  res.setHeader('content-length', Buffer.byteLength(body))
  res.end(req.method === 'HEAD' ? undefined : body)
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
