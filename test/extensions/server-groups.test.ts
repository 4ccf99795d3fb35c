import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { InstanceGroup } from '../../lib/objects/index.js'
import { addServer, PROJECT_ID } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'

describe('/os-server-groups', () => {
  const as = eachWithApi({ conf: { quota: { server_groups: 2 } } })

  const create = (server_group: object, version?: string) =>
    as('member', version).post('/os-server-groups', { server_group })

  it('makes a group, told as each version has it', async () => {
    const { body } = await create({ name: 'g', policies: ['affinity'] }).expect(200)
    const { id } = body.server_group
    const base = { id, name: 'g', members: [] }
    assert.deepEqual(body.server_group, { ...base, policies: ['affinity'], metadata: {} })
    const owner = { project_id: PROJECT_ID, user_id: 'u-member' }
    const path = `/os-server-groups/${id}`
    await as('reader', '2.13')
      .get(path)
      .expect(200, { server_group: { ...base, policies: ['affinity'], metadata: {}, ...owner } })
    await as('reader', '2.64')
      .get(path)
      .expect(200, { server_group: { ...base, ...owner, policy: 'affinity', rules: {} } })
  })

  it('takes what the version allows', async () => {
    await create({ name: 'g', policies: ['soft-affinity'] }, '2.14').expect(400)
    await create({ name: 'g', policies: ['soft-affinity'] }, '2.15').expect(200)
    await create({ name: 'g', policies: ['affinity'] }, '2.64').expect(400)
    const rules = { max_server_per_host: '3' }
    await create({ name: 'g', policy: 'affinity', rules }, '2.64').expect(400)
    const { body } = await create({ name: 'g', policy: 'anti-affinity', rules }, '2.64').expect(200)
    assert.deepEqual(body.server_group.rules, { max_server_per_host: 3 })
    await create({ name: 'g', policy: 'affinity' }, '2.64').expect(403)
  })

  it('lists the groups of the project, and of all to administrators', async () => {
    await create({ name: 'a', policies: ['affinity'] }).expect(200)
    await create({ name: 'b', policies: ['affinity'] }).expect(200)
    const names = async (user: 'reader' | 'other' | 'admin', query = '') => {
      const { body } = await as(user).get(`/os-server-groups${query}`).expect(200)
      return body.server_groups.map(({ name }: { name: string }) => name)
    }
    assert.deepEqual(await names('reader'), ['a', 'b'])
    assert.deepEqual(await names('reader', '?limit=1&offset=1'), ['b'])
    assert.deepEqual(await names('other', '?all_projects=1'), [])
    assert.deepEqual(await names('admin', '?all_projects=1'), ['a', 'b'])
  })

  it('names members that live, and is deleted by those who own it', async () => {
    const api = as.current()
    const { body } = await create({ name: 'g', policies: ['affinity'] }).expect(200)
    const { id } = body.server_group
    const { uuid } = await addServer(api)
    await InstanceGroup.addMembers(api.context, id, [uuid, randomUUID()])
    const shown = await as('reader').get(`/os-server-groups/${id}`).expect(200)
    assert.deepEqual(shown.body.server_group.members, [uuid])
    await as('other').get(`/os-server-groups/${id}`).expect(403)
    await as('reader').delete(`/os-server-groups/${id}`).expect(403)
    await as('member').delete(`/os-server-groups/${id}`).expect(204)
    await as('member').delete(`/os-server-groups/${id}`).expect(404)
  })
})
