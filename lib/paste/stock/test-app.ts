import { appFactory } from '../declare.js'
import type { App } from '../types.js'

/** `egg:Paste#test`: answers with the request as it came in, for trying a pipeline out. Cookies and tokens are masked. */
export const testApp = appFactory(
  { name: 'test', doc: 'Answers with the request as it arrives there.', options: {} },
  (): App => (req, res) => {
    const headers = Object.entries(req.headers).map(([name, value]) =>
      /cookie|authorization|token/.test(name) ? `${name}: ***` : `${name}: ${value}`,
    )
    const lines = [`${req.method} ${req.url}`, `base: ${req.baseUrl}`, ...headers]
    res.setHeader('content-type', 'text/plain; charset=UTF-8')
    res.end(`${lines.join('\n')}\n`)
  },
)
