import assert from 'node:assert/strict'
import { Router } from '../../../lib/wsgi/index.js'

describe('wsgi: the router', () => {
  const routes: readonly (readonly [method: string, pattern: string])[] = [
    ['GET', '/'],
    ['GET', '/servers'],
    ['GET', '/servers/detail'],
    ['GET', '/servers/:id'],
    ['DELETE', '/servers/:id'],
    ['GET', '/servers/:server_id/ips/:id'],
    ['GET', '/flavors{/detail}'],
  ]
  const router = new Router<string>({ project_id: /[0-9a-f-]+/ })
  for (const [method, pattern] of routes) {
    router.add(method, `{/:project_id}${pattern}`, `${method} ${pattern}`)
  }

  const cases: readonly (readonly [request: string, target: string | null, params: object])[] = [
    ['GET /', 'GET /', {}],
    ['GET /abc', 'GET /', { project_id: 'abc' }],
    ['GET /servers', 'GET /servers', {}],
    ['GET /abc-1/servers/', 'GET /servers', { project_id: 'abc-1' }],
    ['GET /servers/detail', 'GET /servers/detail', {}],
    ['DELETE /servers/detail', 'DELETE /servers/:id', { id: 'detail' }],
    ['GET /servers/x/ips/y', 'GET /servers/:server_id/ips/:id', { server_id: 'x', id: 'y' }],
    ['GET /flavors', 'GET /flavors{/detail}', {}],
    ['GET /flavors/detail', 'GET /flavors{/detail}', {}],
    ['HEAD /servers', 'GET /servers', {}],
    ['GET /servers/a.json', 'GET /servers/:id', { id: 'a' }],
    ['GET /servers/.json', 'GET /servers/:id', { id: '.json' }],
    ['GET /Servers', null, {}],
    ['GET /xyz/servers', null, {}],
    ['GET /servers/x/ips', null, {}],
    ['GET //servers', null, {}],
    ['POST /servers', null, {}],
    ['GET /constructor', null, {}],
    ['GET /__proto__', null, {}],
  ]
  for (const [request, target, params] of cases) {
    it(`${request} leads to ${target ?? 'nothing'}`, () => {
      const [method = '', path = ''] = request.split(' ')
      const match = router.match(method, path)
      assert.equal(match?.target ?? null, target)
      assert.deepEqual({ ...match?.params }, params)
    })
  }

  it('keeps the first of two routes', () => {
    assert.equal(router.add('GET', '/servers/:other', 'again'), false)
    assert.equal(router.match('GET', '/servers/x')?.target, 'GET /servers/:id')
  })

  it('refuses patterns that it would not match as written', () => {
    assert.throws(() => router.add('GET', '/a-:id', 'x'), {
      message: "route '/a-:id': a parameter must fill the whole segment",
    })
    assert.throws(() => router.add('GET', '/a/*rest', 'x'), {
      message: "route '/a/*rest': '*rest' is not supported",
    })
  })
})
