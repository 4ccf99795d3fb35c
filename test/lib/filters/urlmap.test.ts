import assert from 'node:assert/strict'
import { factory } from '../../../lib/filters/urlmap.js'
import type { App, Loader } from '../../../lib/paste/index.js'
import { serve } from '../../support/filters.js'

describe('composite urlmap of nova', () => {
  const loader: Loader = {
    getApp:
      async (name): Promise<App> =>
      (req, res) => {
        res.json([name, req.baseUrl, req.url, req.responseType])
      },
    getFilter: () => assert.fail(),
    getServer: () => assert.fail(),
  }
  const mounts = {
    '/': 'root',
    '/v2': 'v2',
    '/v2.1': 'v21',
    '/v2/+': 'api2',
    '/v2.1/+': 'api21',
  }
  const json = 'application/json'
  const compute = 'application/vnd.openstack.compute+json'

  const cases: [string, Record<string, string>, string[]][] = [
    ['/', {}, ['root', '', '/', json]],
    ['/v2.1', {}, ['v21', '/v2.1', '/', json]],
    ['/v2.1/', {}, ['v21', '/v2.1', '/', json]],
    ['/v2.1/servers', {}, ['api21', '/v2.1', '/servers', json]],
    ['/v2.1//servers?a=/b//c', {}, ['api21', '/v2.1', '/servers?a=/b//c', json]],
    ['/v2/x', {}, ['api2', '/v2', '/x', json]],
    ['/v20/x', {}, ['root', '', '/v20/x', json]],
    ['/servers', { 'content-type': `${json};version=2.1` }, ['v21', '/v2.1', '/servers', json]],
    ['/servers', { accept: `${compute};version=2` }, ['v2', '/v2', '/servers', compute]],
    ['/servers', { accept: `${json};version=9` }, ['root', '', '/servers', json]],
    [
      '/v2/x',
      { accept: `${json};version=2.1`, 'content-type': `${json};version=2.1` },
      ['api2', '/v2', '/x', json],
    ],
    [
      '/x',
      { accept: `${json};version=2`, 'content-type': `${json};version=2.1` },
      ['v21', '/v2.1', '/x', json],
    ],
    ['/v2.1/s.json', { accept: compute }, ['api21', '/v2.1', '/s.json', json]],
    ['/v2.1/s', { accept: `${json};q=0.5, ${compute}` }, ['api21', '/v2.1', '/s', compute]],
    ['/v2.1/s', { accept: 'text/html' }, ['api21', '/v2.1', '/s', json]],
  ]
  for (const [path, headers, expected] of cases) {
    it(`sends ${path} ${JSON.stringify(headers)} to ${expected[0]}`, async () => {
      await serve(await factory(loader, {}, mounts))
        .get(path)
        .set(headers)
        .expect(200, expected)
    })
  }

  it('answers a plain 404 where nothing is mounted, or asks not_found_app', async () => {
    const { '/': _root, ...rest } = mounts
    await serve(await factory(loader, {}, rest))
      .get('/x')
      .set('accept', json)
      .expect(404, {
        message: 'The resource could not be found.',
        code: '404 Not Found',
        title: 'Not Found',
      })
    await serve(await factory(loader, {}, { ...rest, not_found_app: 'lost' }))
      .get('/x')
      .expect(200, ['lost', '', '/x', json])
  })
})
