import assert from 'node:assert/strict'
import express from 'express'
import { type App, type InjectedAnswer, inject } from '../../../lib/paste/index.js'

describe('paste: what an app meets when it is served', () => {
  const errors: unknown[] = []
  beforeEach(() => errors.splice(0))
  const ask = (app: App, url = '/'): Promise<InjectedAnswer> =>
    inject(app, { url, failed: error => errors.push(error) })

  it("is Express's request and answer, without an Express application", async () => {
    const { status, body, headers } = await ask((req, res) => {
      res.locals.name = req.query.name
      const { baseUrl, originalUrl, params, hostname, ip } = req
      const same = req.res === res && res.req === req
      res.status(201).json({ ...res.locals, baseUrl, originalUrl, params, hostname, ip, same })
    }, 'http://a.example/x?name=you')
    assert.equal(status, 201)
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(headers['x-powered-by'], undefined)
    assert.deepEqual(JSON.parse(body.toString()), {
      name: 'you',
      baseUrl: '',
      originalUrl: '/x?name=you',
      params: {},
      hostname: 'a.example',
      ip: '127.0.0.1',
      same: true,
    })
  })

  it('serves an Express application, with settings of its own', async () => {
    const app = express()
      .set('json spaces', 2)
      .get('/a/:id', (req, res) => res.json(req.params))
    assert.equal((await ask(app, '/a/1')).body.toString(), '{\n  "id": "1"\n}')
    assert.equal((await ask(app, '/b')).status, 404)
  })

  it('answers 404 where nothing is found, by every way to say so', async () => {
    for (const said of [undefined, null, 'route', 'router']) {
      assert.equal(
        (await ask((_req, _res, next) => (next as (e: unknown) => void)(said))).status,
        404,
      )
    }
    assert.deepEqual(errors, [])
  })

  it('answers 500 for whatever way to fail, or the status that the error has', async () => {
    const error = Object.assign(new Error('full'), { status: 507 })
    const apps: readonly App[] = [
      (_req, _res, next) => next(new Error('secret')),
      () => {
        throw new Error('secret')
      },
      () => Promise.reject(new Error('secret')),
    ]
    for (const app of apps) {
      const { status, body } = await ask(app)
      assert.equal(status, 500)
      assert.doesNotMatch(body.toString(), /secret/)
    }
    assert.equal((await ask((_req, _res, next) => next(error))).status, 507)
    assert.equal(errors.length, 4)
  })

  it('lets an answer stand that is whole when the app fails, and cuts one that is not', async () => {
    const whole = await ask((_req, res, next) => {
      res.end('whole')
      next(new Error('late'))
    })
    assert.equal(whole.body.toString(), 'whole')
    await assert.rejects(
      ask((_req, res, next) => {
        res.write('half')
        next(new Error('late'))
      }),
      /aborted|hang up|terminated|premature/i,
    )
    assert.equal(errors.length, 2)
  })
})
