import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response } from 'express'
import { localServices } from '../../../../lib/embedded/support/local-services.js'
import { currentLogContext, withLogContext } from '../../../../lib/log/index.js'
import { ServiceClient, ServiceFault } from '../../../../lib/util/service-client.js'

const caller = {
  authToken: 'a-token',
  serviceCatalog: [],
  requestId: 'req-1',
  globalRequestId: null,
}

/** Tells what it was asked. */
const echo = (req: Request, res: Response): void => {
  const { method, originalUrl: url, body } = req
  const { host, 'x-auth-token': token, 'content-type': type } = req.headers
  res.status(201).json({ method, url, host, token, type: type ?? null, body: body ?? null })
}

const service = (): RequestListener => {
  const app = express()
  app.use(express.json())
  app.all('/echo', echo)
  app.delete('/gone', (_req, res) => void res.status(204).end())
  app.get('/parts', (_req, res) => {
    res.write('{"text": "')
    res.write(Buffer.from('zwölf'))
    res.end('"}')
  })
  app.get('/refused', (_req, res) => void res.status(409).json({ why: 'taken' }))
  app.get('/cut', (_req, res) => void res.destroy())
  app.get('/context', (_req, res) => void res.json(currentLogContext()))
  return app
}

/** A client of that service, by a socket or within this process. */
const clients = {
  'by a socket': async (after: (close: () => void) => void) => {
    const server = createServer(service()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    after(() => void server.close())
    const { port } = server.address() as AddressInfo
    return { origin: `http://127.0.0.1:${port}`, local: undefined }
  },
  'within the process': async () => {
    const origin = 'http://127.0.0.1:8774'
    return { origin, local: localServices({ listener: service() }, origin) }
  },
}

for (const [how, start] of Object.entries(clients)) {
  describe(`a service called ${how}`, () => {
    let client: ServiceClient
    let origin: string
    const closers: (() => void)[] = []

    before(async () => {
      const { local, ...started } = await start(close => closers.push(close))
      origin = started.origin
      client = new ServiceClient({
        type: 'test',
        endpoints: [origin],
        retries: 0,
        ...(local ? { local } : {}),
      })
    })

    after(async () => {
      await client.close()
      for (const close of closers) close()
    })

    it('sees the whole request, and is heard', async () => {
      assert.deepEqual(
        await client.json(caller, 'POST', '/echo', { query: { a: ['1', '2'] }, json: { ü: [1] } }),
        {
          method: 'POST',
          url: '/echo?a=1&a=2',
          host: new URL(origin).host,
          token: 'a-token',
          type: 'application/json',
          body: { ü: [1] },
        },
      )
    })

    it('may answer nothing, or in parts', async () => {
      assert.equal(await client.json(caller, 'DELETE', '/gone'), undefined)
      assert.deepEqual(await client.json(caller, 'GET', '/parts'), { text: 'zwölf' })
    })

    it('may refuse', async () => {
      await assert.rejects(client.json(caller, 'GET', '/refused'), (error: unknown) => {
        assert(error instanceof ServiceFault)
        assert.deepEqual([error.status, error.body], [409, { why: 'taken' }])
        return true
      })
    })

    it('may break off, which is told as unreachable', async () => {
      await assert.rejects(client.json(caller, 'GET', '/cut'), { name: 'ServiceUnreachable' })
    })

    it('knows nothing of what its caller logs', async () => {
      const seen = await withLogContext({ request_id: 'req-1' }, () =>
        client.json(caller, 'GET', '/context'),
      )
      assert.deepEqual(seen, {})
    })
  })
}

describe('services of this process', () => {
  it('are those at its own address only', () => {
    const local = localServices({ listener: service() }, 'http://127.0.0.1:8774')
    const call = { method: 'GET', headers: {}, body: null }
    for (const url of ['http://127.0.0.1:9696/echo', 'https://127.0.0.1:8774/echo']) {
      assert.equal(local.call(new URL(url), call), null)
    }
  })
})
