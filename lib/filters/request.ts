import type { RequestContext } from '../context/index.js'

// What our filters leave on Express's request, for those further in.
declare global {
  namespace Express {
    interface Request {
      /** `req-<uuid4>`; set by compute_req_id. */
      requestId?: string
      /** The caller's own request id, when it sent one of that form; set by compute_req_id. */
      globalRequestId?: string | null
      /** Where the client is, by the proxies' word; set by http_proxy_to_wsgi. */
      clientAddress?: string
      /** Who asks; set by keystonecontext or noauth2. */
      context?: RequestContext
    }
  }
}

interface Addressed {
  readonly clientAddress?: string
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** The client's address, an IPv4 one without IPv6's wrapping. */
export const remoteAddress = (req: Addressed): string | null => {
  const address = req.clientAddress ?? req.socket.remoteAddress
  return address?.replace(/^::ffff:(?=\d+\.)/, '') ?? null
}
