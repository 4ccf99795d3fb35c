import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { PROJECT_ID } from '../../lib/testing/index.js'
import { eachWithNetwork } from '../support/api-with-network.js'

describe('security groups', () => {
  const as = eachWithNetwork()

  const create = async (name = 'web') => {
    const body = { security_group: { name, description: `for ${name}` } }
    return (await as('member').post('/os-security-groups', body).expect(200)).body.security_group
  }
  const defaultGroup = async () => {
    const { body } = await as('reader').get('/os-security-groups').expect(200)
    return body.security_groups.find(({ name }: { name: string }) => name === 'default')
  }
  const ruleOf = (parent_group_id: string, values: object) =>
    as('member').post('/os-security-group-rules', {
      security_group_rule: { parent_group_id, ...values },
    })

  it('are made, told, changed and taken away', async () => {
    const group = await create()
    assert.deepEqual(group, {
      id: group.id,
      name: 'web',
      description: 'for web',
      tenant_id: PROJECT_ID,
      rules: [],
    })
    const path = `/os-security-groups/${group.id}`
    await as('reader').get(path).expect(200, { security_group: group })
    await as('other').get(path).expect(404)
    const changed = { ...group, name: 'www', description: '' }
    const body = { security_group: { name: 'www', description: '' } }
    await as('reader').put(path, body).expect(403)
    await as('member').put(path, body).expect(200, { security_group: changed })
    await as('reader').delete(path).expect(403)
    await as('member').delete(path).expect(202, '')
    await as('member').delete(path).expect(404)
    await as('member').put(path, body).expect(404)
    await as('member')
      .get('/os-security-groups/web')
      .expect(400, {
        badRequest: { code: 400, message: 'Security group id should be uuid' },
      })
  })

  it('are listed by name, in pages; those of all projects to administrators', async () => {
    const names = async (query = '', user: 'reader' | 'admin' | 'other' = 'reader') => {
      const { body } = await as(user).get(`/os-security-groups${query}`).expect(200)
      return body.security_groups.map(({ name }: { name: string }) => name)
    }
    assert.deepEqual(await names(), ['default'])
    await create('b')
    await create('a')
    assert.deepEqual(await names(), ['a', 'b', 'default'])
    assert.deepEqual(await names('?limit=1&unknown=1'), ['default'])
    assert.deepEqual(await names('?offset=1&limit=1'), ['b'])
    assert.deepEqual(await names('', 'other'), ['default'])
    assert.equal((await names('?all_tenants=1', 'admin')).length, 4)
    assert.equal((await names('?all_tenants=1')).length, 3)
    await as('reader').get('/os-security-groups?limit=-1').expect(400)
    await as('reader').get('/os-security-groups?offset=x').expect(400)
    await as('service').get('/os-security-groups').expect(403)
  })

  it('let in their own members, as the default one does', async () => {
    const group = await defaultGroup()
    const from = { name: 'default', tenant_id: PROJECT_ID }
    assert.equal(group.rules.length, 2)
    for (const rule of group.rules) {
      assert.deepEqual(rule, {
        id: rule.id,
        parent_group_id: group.id,
        ip_protocol: null,
        from_port: null,
        to_port: null,
        group: from,
        ip_range: {},
      })
    }
  })

  it('keep what cannot be: names, quota, use', async () => {
    const post = (security_group: object) =>
      as('member').post('/os-security-groups', { security_group })
    await post({ name: 'web' }).expect(400)
    await post({ name: 1, description: '' }).expect(400)
    await post({ name: 'x'.repeat(256), description: '' }).expect(400)
    await post({ name: '', description: '', more: 1 }).expect(200)
    await post({ name: 'default', description: '' }).expect(403)
    await as('reader').post('/os-security-groups', { security_group: {} }).expect(400)
    const { id } = await defaultGroup()
    await as('member').delete(`/os-security-groups/${id}`).expect(400)
    const body = { security_group: { name: 'mine', description: '' } }
    await as('member').put(`/os-security-groups/${id}`, body).expect(400)
    const { network } = as.parts()
    await network.call('put', `/quotas/${PROJECT_ID}`, { quota: { security_group: 2 } })
    await post({ name: 'one-too-many', description: '' }).expect(403)
  })

  it('end with 2.35', async () => {
    const { id } = await create()
    const body = { security_group: { name: 'a', description: '' } }
    for (const [version, code] of [
      ['2.35', 200],
      ['2.36', 404],
    ] as const) {
      const member = as('member', version)
      await member.get('/os-security-groups').expect(code)
      await member.get(`/os-security-groups/${id}`).expect(code)
      await member.post('/os-security-groups', body).expect(code)
      await member.put(`/os-security-groups/${id}`, body).expect(code)
    }
    await as('member', '2.36').delete(`/os-security-groups/${id}`).expect(404)
    await as('member', '2.36').post('/os-security-group-rules', {}).expect(404)
    await as('member', '2.36').delete(`/os-security-group-rules/${id}`).expect(404)
  })

  it('have rules for ranges and for groups', async () => {
    const web = await create()
    const db = await create('db')
    const tcp = { ip_protocol: 'TCP', from_port: 80, to_port: '443', cidr: '192.0.2.0/24' }
    const { body } = await ruleOf(web.id, tcp).expect(200)
    const rule = body.security_group_rule
    assert.deepEqual(rule, {
      id: rule.id,
      parent_group_id: web.id,
      ip_protocol: 'tcp',
      from_port: 80,
      to_port: 443,
      group: {},
      ip_range: { cidr: '192.0.2.0/24' },
    })
    const shown = await as('reader').get(`/os-security-groups/${web.id}`).expect(200)
    assert.deepEqual(shown.body.security_group.rules, [rule])
    await ruleOf(web.id, tcp).expect(400, {
      badRequest: { code: 400, message: `This rule already exists in group ${web.id}` },
    })

    const fromWeb = await ruleOf(db.id, { ip_protocol: 'tcp', group_id: web.id }).expect(200)
    assert.deepEqual(fromWeb.body.security_group_rule, {
      id: fromWeb.body.security_group_rule.id,
      parent_group_id: db.id,
      ip_protocol: 'tcp',
      from_port: 1,
      to_port: 65_535,
      group: { name: 'web', tenant_id: PROJECT_ID },
      ip_range: {},
    })
    const anything = await ruleOf(db.id, { group_id: web.id }).expect(200)
    assert.equal(anything.body.security_group_rule.ip_protocol, null)

    const ping = { ip_protocol: 'icmp', from_port: -1, to_port: -1 }
    const all = await ruleOf(web.id, ping).expect(200)
    assert.deepEqual(all.body.security_group_rule.ip_range, { cidr: '0.0.0.0/0' })
    assert.equal(all.body.security_group_rule.from_port, -1)
    const six = { ip_protocol: 'udp', from_port: 53, to_port: 53, cidr: '2001%3Adb8::%2F32' }
    const sixth = await ruleOf(web.id, six).expect(200)
    assert.deepEqual(sixth.body.security_group_rule.ip_range, { cidr: '2001:db8::/32' })

    await as('reader').delete(`/os-security-group-rules/${rule.id}`).expect(403)
    await as('member').delete(`/os-security-group-rules/${rule.id}`).expect(202, '')
    await as('member').delete(`/os-security-group-rules/${rule.id}`).expect(404)
    await as('member').delete('/os-security-group-rules/80').expect(400)
  })

  it('refuse rules that say nothing or what cannot be', async () => {
    const { id } = await create()
    const tcp = { ip_protocol: 'tcp', from_port: 1, to_port: 2 }
    const bad: [object, string | null][] = [
      [{}, 'Not enough parameters to build a valid rule.'],
      [{ ip_protocol: 'tcp' }, 'Not enough parameters to build a valid rule.'],
      [{ ...tcp, cidr: 'here' }, 'here is not a valid IP network.'],
      [{ ...tcp, cidr: '%' }, '% is not a valid IP network.'],
      [{ ...tcp, cidr: '192.0.2.0' }, '192.0.2.0 is not a valid IP network.'],
      [{ ...tcp, cidr: '192.0.2.0/0' }, 'Bad prefix for network in cidr 192.0.2.0/0'],
      [{ ...tcp, ip_protocol: 'gre' }, 'Invalid IP protocol gre.'],
      [{ ...tcp, ip_protocol: { a: 1 } }, null],
      [{ ...tcp, from_port: 3 }, null],
      [{ ...tcp, from_port: 0 }, null],
      [{ ...tcp, to_port: 65_536 }, null],
      [{ ...tcp, to_port: [] }, null],
      [{ ...tcp, to_port: 'all' }, null],
      [{ ip_protocol: 'icmp', from_port: -2, to_port: 0 }, null],
      [{ ip_protocol: 'icmp', from_port: 0, to_port: 256 }, null],
      [{ ip_protocol: 'icmp', from_port: 'a', to_port: 1 }, null],
    ]
    for (const [values, message] of bad) {
      const { body } = await ruleOf(id, values).expect(400)
      if (message !== null) assert.deepEqual(body, { badRequest: { code: 400, message } })
    }
    await ruleOf(randomUUID(), tcp).expect(404)
    await ruleOf(id, { ...tcp, group_id: randomUUID() }).expect(404)
    await ruleOf('web', tcp).expect(400)
    await ruleOf(id, { ...tcp, group_id: 'web' }).expect(400)
    await as('reader')
      .post('/os-security-group-rules', { security_group_rule: { parent_group_id: id, ...tcp } })
      .expect(403)
    const { network } = as.parts()
    await network.call('put', `/quotas/${PROJECT_ID}`, { quota: { security_group_rule: 1 } })
    await ruleOf(id, tcp).expect(403)
  })

  it('are put on all ports of a server, and taken off', async () => {
    const { network } = as.parts()
    const [a, b] = [await network.network(), await network.network({ name: 'b' }, '10.21.0.0/24')]
    const { uuid } = await as.server([a.id, b.id])
    const web = await create()
    const path = `/servers/${uuid}`
    const act = (body: object, user: 'member' | 'reader' | 'other' = 'member') =>
      as(user, '2.104').post(`${path}/action`, body)
    const names = async (version: string) => {
      const { body } = await as('reader', version).get(`${path}/os-security-groups`).expect(200)
      return body.security_groups.map(({ name }: { name: string }) => name)
    }
    assert.deepEqual(await names('2.1'), ['default'])
    await act({ addSecurityGroup: { name: 'web' } }).expect(202, '')
    assert.deepEqual(await names('2.104'), ['default', 'web'])
    for (const port of await network.ports(uuid)) {
      assert.ok((port.security_groups as string[]).includes(web.id))
    }
    await act({ addSecurityGroup: { name: web.id } }).expect(202)
    const { body } = await as('reader').get(path).expect(200)
    assert.deepEqual(body.server.security_groups, [{ name: 'default' }, { name: 'web' }])
    await act({ removeSecurityGroup: { name: web.id } }).expect(202, '')
    await act({ removeSecurityGroup: { name: web.id } }).expect(404, {
      itemNotFound: {
        code: 404,
        message: `Security group ${web.id} not associated with the instance ${uuid}`,
      },
    })
    assert.deepEqual(await names('2.1'), ['default'])
    await as('reader', '2.102').get(`${path}/os-security-groups?a=1`).expect(400)
    await as('reader', '2.101').get(`${path}/os-security-groups?a=1`).expect(200)
    await as('other').get(`${path}/os-security-groups`).expect(404)
    await as('member').get(`/servers/${randomUUID()}/os-security-groups`).expect(404)
  })

  it('are refused to servers, and named unlike, with nova’s answers', async () => {
    const { network } = as.parts()
    const { id } = await network.network()
    const { uuid } = await as.server([id])
    const bare = await as.server([])
    const open = await network.network(
      { name: 'open', port_security_enabled: false },
      '10.9.0.0/24',
    )
    const unguarded = await as.server([open.id])
    const act = (server: string, name: unknown, user: 'member' | 'reader' = 'member') =>
      as(user).post(`/servers/${server}/action`, { addSecurityGroup: { name } })
    await act(uuid, 'nobody').expect(404, {
      itemNotFound: {
        code: 404,
        message: `Security group nobody is not found for project ${PROJECT_ID}`,
      },
    })
    await act(bare.uuid, 'default').expect(404)
    await act(unguarded.uuid, 'default').expect(400)
    await act(randomUUID(), 'default').expect(404)
    await act(uuid, 'default', 'reader').expect(403)
    await act(uuid, ' ').expect(400)
    await act(uuid, '').expect(400)
    await act(uuid, 'x'.repeat(50_000)).expect(404)
    await act(uuid, 7).expect(400)
    await create('twin')
    await create('twin')
    await act(uuid, 'twin').expect(409)
    await as('member')
      .post(`/servers/${uuid}/action`, { removeSecurityGroup: { name: 'twin' } })
      .expect(409)
  })
})
