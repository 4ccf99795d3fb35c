import assert from 'node:assert/strict'
import { eachWithNetwork } from '../support/api-with-network.js'
import { addFlavor, minimal } from '../support/servers.js'

const forUsers = {
  cidr: null,
  netmask: null,
  gateway: null,
  broadcast: null,
  dns1: null,
  dns2: null,
  cidr_v6: null,
  gateway_v6: null,
  netmask_v6: null,
}

describe('networks', () => {
  const as = eachWithNetwork()

  it('are told by id and label to who sees them', async () => {
    const { network } = as.parts()
    await as('reader').get('/os-networks').expect(200, { networks: [] })
    const { id } = await network.network()
    const shown = { id, label: 'private', ...forUsers }
    await as('reader')
      .get('/os-networks')
      .expect(200, { networks: [shown] })
    await as('reader').get(`/os-networks/${id}`).expect(200, { network: shown })
    const { body } = await as('admin').get(`/os-networks/${id}`).expect(200)
    assert.equal(Object.keys(body.network).length, 32)
    assert.equal(body.network.vlan, null)
    await as('other').get('/os-networks').expect(200, { networks: [] })
    await as('other')
      .get(`/os-networks/${id}`)
      .expect(404, { itemNotFound: { code: 404, message: 'Network not found' } })
    await as('service').get('/os-networks').expect(403)
    await as('reader', '2.35').get(`/os-networks/${id}`).expect(200)
    await as('reader', '2.36').get(`/os-networks/${id}`).expect(404)
    await as('reader', '2.36').get('/os-networks').expect(404)
    await as('admin').delete(`/os-networks/${id}`).expect(410)
    await as('admin').post('/os-networks', { network: {} }).expect(410)
  })

  it('of the project have a range that nobody tells', async () => {
    const { network } = as.parts()
    const { id } = await network.network()
    const shown = { id, cidr: 'None', label: 'private' }
    await as('reader')
      .get('/os-tenant-networks')
      .expect(200, { networks: [shown] })
    await as('reader').get(`/os-tenant-networks/${id}`).expect(200, { network: shown })
    await as('other').get(`/os-tenant-networks/${id}`).expect(404)
    await as('service').get(`/os-tenant-networks/${id}`).expect(403)
    await as('reader', '2.35').get('/os-tenant-networks').expect(200)
    await as('reader', '2.36').get('/os-tenant-networks').expect(404)
    await as('reader').delete(`/os-tenant-networks/${id}`).expect(410)
  })
})

describe('a boot on networks', () => {
  const as = eachWithNetwork()

  it('conflicts with a port in use, with several networks, with groups of one name', async () => {
    const { network, api } = as.parts()
    await addFlavor(api)
    const boot = (server: object) =>
      as('member', '2.37').post('/servers', { server: { ...minimal, ...server } })
    const { id } = await network.network()
    const port = await network.port(id, { device_id: 'somebody' })
    await boot({ networks: [{ port: port.id }] }).expect(409, {
      conflictingRequest: { code: 409, message: `Port ${port.id} is still in use.` },
    })
    await network.network({ name: 'second' }, '10.30.0.0/24')
    await boot({ networks: 'auto' }).expect(409)
    for (const name of ['twin', 'twin']) {
      const group = { security_group: { name, description: '' } }
      await as('member').post('/os-security-groups', group).expect(200)
    }
    const networks = [{ uuid: id }]
    await boot({ networks, security_groups: [{ name: 'twin' }] }).expect(409)
    await boot({ networks, security_groups: [{ name: 'nobody' }] }).expect(400)
    await boot({ networks: [{ uuid: port.id }] }).expect(400)
  })
})
