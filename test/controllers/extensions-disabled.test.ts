import assert from 'node:assert/strict'
import { addServer, createTestApi } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'

describe('[api] extensions_disabled', () => {
  const as = eachWithApi({
    conf: { api: { extensions_disabled: ['os-pause-server', 'os-keypairs', 'OS-SRV-USG'] } },
  })
  const notFound = {
    itemNotFound: { code: 404, message: 'The resource could not be found.' },
  }

  it('takes the routes of an extension away', async () => {
    await as('member').get('/os-keypairs').expect(404)
    await as('member')
      .post('/os-keypairs', { keypair: { name: 'k' } })
      .expect(404)
    await as('member').get('/flavors').expect(200)
  })

  it('takes its actions away, and leaves those of others', async () => {
    const { uuid } = await addServer(as.current())
    const act = (body: object) => as('member').post(`/servers/${uuid}/action`, body)
    await act({ pause: null }).expect(404, notFound)
    await act({ lock: null }).expect(202)
    await act({ paus: null }).expect(400)
  })

  it('takes away what it adds to answers', async () => {
    const { uuid } = await addServer(as.current())
    const { body } = await as('member').get(`/servers/${uuid}`).expect(200)
    assert.equal('OS-SRV-USG:launched_at' in body.server, false)
  })

  it('is told by /extensions', async () => {
    await as('member').get('/extensions/os-keypairs').expect(404)
    const { body } = await as('member').get('/extensions').expect(200)
    const aliases = body.extensions.map(({ alias }: { alias: string }) => alias)
    assert.equal(aliases.includes('os-pause-server'), false)
    assert.equal(aliases.includes('os-lock-server'), true)
  })

  it('refuses at load an alias that nothing has', async () => {
    await assert.rejects(
      createTestApi({ conf: { api: { extensions_disabled: ['os-keypair'] } } }),
      /\[api\] extensions_disabled names 'os-keypair', which no extension is called\. Did you mean 'os-keypairs'\?/,
    )
  })
})
