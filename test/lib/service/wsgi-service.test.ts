import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { ListenError, WsgiService } from '../../../lib/service/index.js'
import { MemoryLog } from '../../support/log.js'

/** Lets what is already due happen. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await turn()
}

describe('wsgi service', () => {
  const get = (url: string, agent = false) =>
    new Promise<{ status: number | undefined; body: string; connection: string | undefined }>(
      (resolve, reject) => {
        const req = request(url, { agent, headers: { connection: 'keep-alive' } }, res => {
          let body = ''
          res.on('data', chunk => {
            body += chunk
          })
          res.on('end', () =>
            resolve({ status: res.statusCode, body, connection: res.headers.connection }),
          )
        })
        req.on('error', reject)
        req.end()
      },
    )

  it('serves an app, and a plain 500 for what leaves its pipeline', async () => {
    const log = new MemoryLog()
    const service = new WsgiService({
      name: 'osapi_compute',
      host: '127.0.0.1',
      port: 0,
      log,
      app: (req, res, next) => (req.url === '/bad' ? next(new Error('secret SQL')) : res.end('ok')),
    })
    await service.start()
    assert.equal((await get(`${service.url}/`)).body, 'ok')
    const { status, body } = await get(`${service.url}/bad`)
    assert.deepEqual([status, body], [500, 'Internal Server Error\n'])
    await service.stop()
  })

  it('says 404 where its app passes on, and 500 where it fails later', async () => {
    const log = new MemoryLog()
    const service = new WsgiService({
      name: 'osapi_compute',
      host: '127.0.0.1',
      port: 0,
      log,
      app: async (req, _res, next) => {
        await settle()
        if (req.url === '/bad') throw new Error('secret SQL')
        next()
      },
    })
    await service.start()
    assert.equal((await get(`${service.url}/`)).status, 404)
    assert.equal(log.lines.length, 1, 'only that it listens')
    const { status, body } = await get(`${service.url}/bad`)
    assert.deepEqual([status, body], [500, 'Internal Server Error\n'])
    await service.stop()
  })

  it('says in a sentence that its port is taken', async () => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const service = new WsgiService({ name: 'metadata', host: '127.0.0.1', port, app: () => {} })
    await assert.rejects(service.start(), {
      constructor: ListenError,
      message: `metadata: cannot listen on 127.0.0.1:${port}: another process listens there`,
    })
    await service.stop()
    other.close()
  })

  it('finishes requests under way at a stop, and closes what is idle', async () => {
    const begun = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const service = new WsgiService({
      name: 'osapi_compute',
      host: '127.0.0.1',
      port: 0,
      app: async (req, res) => {
        if (req.url === '/slow') {
          begun.resolve()
          await release.promise
        }
        res.end('done')
      },
    })
    await service.start()
    const { url } = service
    await get(`${url}/`)
    const slow = get(`${url}/slow`)
    await begun.promise
    const stopped = service.stop()
    await assert.rejects(get(`${url}/`))
    release.resolve()
    const { body, connection } = await slow
    assert.deepEqual([body, connection], ['done', 'close'])
    await stopped
  })

  it('cuts off what takes too long', async () => {
    const begun = Promise.withResolvers<void>()
    const service = new WsgiService({
      name: 'osapi_compute',
      host: '127.0.0.1',
      port: 0,
      gracefulShutdownTimeout: 0.01,
      app: () => begun.resolve(),
    })
    await service.start()
    const cut = assert.rejects(get(`${service.url}/`))
    await begun.promise
    await service.stop()
    await cut
  })
})
