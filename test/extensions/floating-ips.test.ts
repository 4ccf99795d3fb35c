import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { eachWithNetwork } from '../support/api-with-network.js'

describe('floating addresses', () => {
  const as = eachWithNetwork()

  const cloud = async () => {
    const { network } = as.parts()
    const inside = await network.network()
    const outside = await network.outside(inside)
    const server = await as.server([inside.id])
    const [port] = await network.ports(server.uuid)
    const [ip] = (port?.fixed_ips ?? []) as { ip_address: string }[]
    return { inside, outside, server, fixed: ip?.ip_address ?? '' }
  }
  const allocate = async (body: object = { pool: 'nova' }) =>
    (await as('member').post('/os-floating-ips', body).expect(200)).body.floating_ip
  const act = (
    uuid: string,
    body: object,
    user: 'member' | 'admin' | 'reader' | 'other' = 'member',
  ) => as(user).post(`/servers/${uuid}/action`, body)
  const shownAddresses = async (uuid: string) => {
    const { body } = await as('member').get(`/servers/${uuid}`).expect(200)
    return body.server.addresses.private.map((one: Record<string, unknown>) => [
      one.addr,
      one['OS-EXT-IPS:type'],
    ])
  }

  it('come from the pools that the outside networks are', async () => {
    await as('reader').get('/os-floating-ip-pools').expect(200, { floating_ip_pools: [] })
    await cloud()
    await as('reader')
      .get('/os-floating-ip-pools')
      .expect(200, { floating_ip_pools: [{ name: 'nova' }] })
    await as('other', '2.35').get('/os-floating-ip-pools').expect(200)
    await as('other', '2.36').get('/os-floating-ip-pools').expect(404)
  })

  it('are taken, shown and given back by the project', async () => {
    await cloud()
    const ip = await allocate()
    assert.match(ip.ip, /^203\.0\.113\./)
    assert.deepEqual(ip, {
      id: ip.id,
      ip: ip.ip,
      pool: 'nova',
      fixed_ip: null,
      instance_id: null,
    })
    await as('reader')
      .get('/os-floating-ips')
      .expect(200, { floating_ips: [ip] })
    await as('reader').get(`/os-floating-ips/${ip.id}`).expect(200, { floating_ip: ip })
    await as('other').get('/os-floating-ips').expect(200, { floating_ips: [] })
    await as('other').get(`/os-floating-ips/${ip.id}`).expect(404)
    await as('reader').delete(`/os-floating-ips/${ip.id}`).expect(403)
    await as('member').delete(`/os-floating-ips/${ip.id}`).expect(202)
    await as('member')
      .delete(`/os-floating-ips/${ip.id}`)
      .expect(404, {
        itemNotFound: { code: 404, message: `Floating IP not found for ID ${ip.id}.` },
      })
  })

  it('come from the default pool when none is named, and from known pools only', async () => {
    const { outside } = await cloud()
    for (const body of [{}, { pool: null }, { pool: outside.id }, { pool: 'nova', more: 1 }]) {
      assert.equal((await allocate(body)).pool, 'nova')
    }
    const create = (body: object) => as('member').post('/os-floating-ips', body)
    await create({ pool: 'lake' }).expect(404, {
      itemNotFound: { code: 404, message: 'Floating IP pool not found.' },
    })
    await create({ pool: 1 }).expect(400)
    await as('reader').post('/os-floating-ips', {}).expect(403)
    await as('member', '2.35').post('/os-floating-ips', {}).expect(200)
    await as('member', '2.36').post('/os-floating-ips', {}).expect(404)
  })

  it('end where the quota or the pool ends', async () => {
    const { network } = as.parts()
    await cloud()
    await network.call('put', `/quotas/6f70656e737461636b20342065766572`, {
      quota: { floatingip: 1 },
    })
    await allocate()
    await as('member')
      .post('/os-floating-ips', { pool: 'nova' })
      .expect(403, { forbidden: { code: 403, message: 'IP allocation over quota in pool nova.' } })
    await network.call('put', `/quotas/6f70656e737461636b20342065766572`, {
      quota: { floatingip: -1 },
    })
    // A /28: sixteen, less network, broadcast, the outside gateway, the router, and the one above.
    for (let left = 11; left > 0; left--) await allocate()
    await as('member')
      .post('/os-floating-ips', {})
      .expect(404, {
        itemNotFound: { code: 404, message: 'No more floating IPs available.' },
      })
  })

  it('are led to a server and taken off it, which its addresses show', async () => {
    const { server, fixed } = await cloud()
    const { uuid } = server
    const ip = await allocate()
    await act(uuid, { addFloatingIp: { address: ip.ip } }, 'reader').expect(403)
    await act(uuid, { addFloatingIp: { address: ip.ip } }).expect(202, '')
    assert.deepEqual(await shownAddresses(uuid), [
      [fixed, 'fixed'],
      [ip.ip, 'floating'],
    ])
    const led = { ...ip, fixed_ip: fixed, instance_id: uuid }
    await as('member')
      .get('/os-floating-ips')
      .expect(200, { floating_ips: [led] })
    await act(uuid, { removeFloatingIp: { address: ip.ip } }, 'reader').expect(403)
    await act(uuid, { removeFloatingIp: { address: ip.ip } }).expect(202, '')
    assert.deepEqual(await shownAddresses(uuid), [[fixed, 'fixed']])
    // Of an address that leads nowhere nova cannot tell whose it is: only administrators get as far.
    await act(uuid, { removeFloatingIp: { address: ip.ip } }).expect(403)
    await act(uuid, { removeFloatingIp: { address: ip.ip } }, 'admin').expect(409, {
      conflictingRequest: {
        code: 409,
        message: `Floating IP ${ip.ip} is not associated with instance ${uuid}.`,
      },
    })
  })

  it('move from server to server, and neither shows what it has not', async () => {
    const { inside, server, fixed } = await cloud()
    const second = await as.server([inside.id])
    const ip = await allocate()
    await act(server.uuid, { addFloatingIp: { address: ip.ip, fixed_address: fixed } }).expect(202)
    await act(second.uuid, { addFloatingIp: { address: ip.ip } }).expect(202)
    assert.deepEqual(await shownAddresses(server.uuid), [[fixed, 'fixed']])
    assert.equal((await shownAddresses(second.uuid)).length, 2)
    await act(server.uuid, { removeFloatingIp: { address: ip.ip } }).expect(409)
    await as('member').delete(`/os-floating-ips/${ip.id}`).expect(202)
    assert.equal((await shownAddresses(second.uuid)).length, 1)
  })

  it('are refused to servers that they cannot be led to', async () => {
    const { network } = as.parts()
    const { server, fixed } = await cloud()
    const ip = await allocate()
    const refused = (uuid: string, addFloatingIp: object, code: number, message: string) =>
      act(uuid, { addFloatingIp }).expect(code, {
        [code === 400 ? 'badRequest' : 'itemNotFound']: { code, message },
      })
    const unknown = { address: '203.0.113.99' }
    await refused(server.uuid, unknown, 404, 'floating IP not found')
    await refused(
      server.uuid,
      { address: ip.ip, fixed_address: '10.9.9.9' },
      400,
      'Specified fixed address not assigned to instance',
    )
    const bare = await as.server([])
    await refused(bare.uuid, { address: ip.ip }, 400, 'Instance network is not ready yet')
    const six = await network.network({ name: 'six' }, 'fd00::/64')
    const sixServer = await as.server([six.id])
    await refused(
      sixServer.uuid,
      { address: ip.ip },
      400,
      `Unable to associate floating IP ${ip.ip} to any fixed IPs for instance ${sixServer.uuid}. Instance has no fixed IPv4 addresses to associate.`,
    )
    const island = await network.network({ name: 'island' }, '10.30.0.0/24')
    const away = await as.server([island.id])
    const { body } = await act(away.uuid, { addFloatingIp: { address: ip.ip } }).expect(400)
    assert.match(body.badRequest.message, /^Unable to associate floating IP .* is not reachable/)
    await act(server.uuid, { addFloatingIp: { address: ip.ip } }).expect(202)
    const another = await allocate()
    await refused(
      server.uuid,
      { address: another.ip, fixed_address: fixed },
      400,
      `Floating IP ${another.ip} association has failed.`,
    )
    await act(randomUUID(), { addFloatingIp: { address: ip.ip } }).expect(404)
    await act(server.uuid, { removeFloatingIp: unknown }).expect(404)
  })

  it('are actions up to 2.43, with well-formed addresses', async () => {
    const { server } = await cloud()
    const ip = await allocate()
    for (const name of ['addFloatingIp', 'removeFloatingIp']) {
      for (const value of [null, {}, { address: 'here' }, { address: ip.ip, more: 1 }]) {
        await act(server.uuid, { [name]: value }).expect(400)
      }
    }
    const body = { addFloatingIp: { address: ip.ip } }
    await as('member', '2.44').post(`/servers/${server.uuid}/action`, body).expect(404)
    await as('member', '2.43').post(`/servers/${server.uuid}/action`, body).expect(202)
  })
})
