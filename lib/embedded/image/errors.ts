import { STATUS_CODES } from 'node:http'
import type { Request, Response } from 'express'

/** An answer that is no success; Glance writes them as pages, or as JSON for who asks for it. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const noImage = (id: string): ImageError =>
  new ImageError(404, `Failed to find image ${id.slice(0, 64)}`)

export const forbidden = (what: string): ImageError =>
  new ImageError(403, `You are not authorized to complete ${what} action.`)

export const badRequest = (message: string): ImageError => new ImageError(400, message)

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

export const sendError = (req: Request, res: Response, status: number, message: string): void => {
  const title = STATUS_CODES[status] ?? 'Error'
  const code = `${status} ${title}`
  res.status(status)
  if (req.headers.accept?.includes('application/json')) {
    res.json({ message, code, title })
    return
  }
  const text = message.replaceAll(/[&<>]/g, sign => entities[sign] ?? sign)
  res
    .type('text/html')
    .send(
      `<html>\n <head>\n  <title>${code}</title>\n </head>\n <body>\n  <h1>${code}</h1>\n  ${text}<br /><br />\n\n\n\n </body>\n</html>`,
    )
}
