import assert from 'node:assert/strict'
import { type App, inject, loadText } from '../../../lib/paste/index.js'

const echo = (): App => (req, res) => {
  const { baseUrl, url, protocol, ip, headers } = req
  const left = Object.keys(headers).filter(name => name.startsWith('x-forwarded'))
  res.json({ at: `${protocol}://${headers.host} ${baseUrl} ${url}`, ip, left })
}

describe('egg:PasteDeploy#prefix', () => {
  const ask = async (
    options: string,
    url: string,
    headers: Record<string, string> = {},
  ): Promise<{ at: string; ip: string; left: readonly string[] }> => {
    const text = `[pipeline:main]\npipeline = p a\n[filter:p]\nuse = egg:PasteDeploy#prefix\n${options}\n[app:a]\npaste.app_factory = m:echo`
    const app = await loadText(text, { modules: { m: { echo } } })
    return JSON.parse((await inject(app, { url, headers })).body.toString())
  }
  const at = async (...asked: Parameters<typeof ask>): Promise<string> => (await ask(...asked)).at

  it('cuts the prefix where it stands, whole segments, and makes it the base in any case', async () => {
    assert.equal(await at('prefix = /james/', '/james/x?y=1'), 'http://localhost /james /x?y=1')
    assert.equal(await at('prefix = /james', '/james?y'), 'http://localhost /james /?y')
    assert.equal(await at('prefix = /james', '/jamesbond'), 'http://localhost /james /jamesbond')
    assert.equal(await at('prefix = /james', '/x//y'), 'http://localhost /james /x//y')
    assert.equal(await at('', '/x'), 'http://localhost  /x')
  })

  it('believes what a proxy says, the first of each list, and takes the headers out', async () => {
    const headers = {
      'x-forwarded-server': 'server.example',
      'x-forwarded-host': 'shop.example:81, inner',
      'x-forwarded-for': '192.0.2.1, 10.0.0.1',
      'x-forwarded-proto': 'https',
    }
    const { 'x-forwarded-host': _host, ...others } = headers
    assert.deepEqual(await ask('', '/', headers), {
      at: 'https://shop.example:81  /',
      ip: '192.0.2.1',
      left: [],
    })
    assert.equal(await at('', '/', others), 'https://server.example  /')
    assert.equal(
      await at('', '/', { ...headers, 'x-forwarded-scheme': 'http' }),
      'http://shop.example:81  /',
    )
    const off = await ask('translate_forwarded_server = false', '/', headers)
    assert.deepEqual(off, {
      at: 'http://localhost  /',
      ip: '127.0.0.1',
      left: Object.keys(headers),
    })
  })

  it('says what port and scheme clients see', async () => {
    assert.equal(await at('force_port = 8443', 'http://a.example:81/'), 'http://a.example:8443  /')
    assert.equal(await at('force_port =', 'http://a.example:81/'), 'http://a.example  /')
    const headers = { 'x-forwarded-proto': 'http' }
    assert.equal(await at('scheme = https', '/', headers), 'https://localhost  /')
  })

  it('gives a request that it passes on back as it came', async () => {
    const passes = (): App => (_req, _res, next) => next()
    const outer =
      () =>
      (app: App): App =>
      (req, res) =>
        app(req, res, () => res.end(`${req.baseUrl}${req.url}`))
    const text =
      '[pipeline:main]\npipeline = o p a\n[filter:o]\npaste.filter_factory = m:outer\n[filter:p]\nuse = egg:PasteDeploy#prefix\nprefix = /x\n[app:a]\npaste.app_factory = m:passes'
    const app = await loadText(text, { modules: { m: { passes, outer } } })
    assert.equal((await inject(app, { url: '/x/y' })).body.toString(), '/x/y')
  })
})
