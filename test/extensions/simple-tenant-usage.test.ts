import assert from 'node:assert/strict'
import { addServer, OTHER_PROJECT_ID, PROJECT_ID } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'

describe('/os-simple-tenant-usage', () => {
  const as = eachWithApi()
  const window = 'start=2026-01-01T10:00:00&end=2026-01-01T14:00:00'
  const launchedAt = new Date('2026-01-01T09:00:00Z')
  const terminatedAt = new Date('2026-01-01T12:00:00Z')

  it('counts what a server used in the time', async () => {
    const { uuid } = await addServer(as.current(), {
      launchedAt,
      terminatedAt,
      vcpus: 2,
      ephemeralGb: 4,
    })
    await addServer(as.current(), { launchedAt: new Date('2026-01-02T00:00:00Z') })
    const total = {
      tenant_id: PROJECT_ID,
      start: '2026-01-01T10:00:00.000000',
      stop: '2026-01-01T14:00:00.000000',
      total_hours: 2,
      total_vcpus_usage: 4,
      total_memory_mb_usage: 1024,
      total_local_gb_usage: 10,
    }
    const server_usages = [
      {
        hours: 2,
        flavor: 'm1.tiny',
        instance_id: uuid,
        name: 'server',
        tenant_id: PROJECT_ID,
        started_at: '2026-01-01T09:00:00.000000',
        ended_at: '2026-01-01T12:00:00.000000',
        memory_mb: 512,
        local_gb: 5,
        vcpus: 2,
        state: 'terminated',
        uptime: 10_800,
      },
    ]
    await as('reader')
      .get(`/os-simple-tenant-usage/${PROJECT_ID}?${window}`)
      .expect(200, { tenant_usage: { ...total, server_usages } })
    await as('admin')
      .get(`/os-simple-tenant-usage?${window}`)
      .expect(200, { tenant_usages: [total] })
    await as('admin')
      .get(`/os-simple-tenant-usage?${window}&detailed=1`)
      .expect(200, { tenant_usages: [{ ...total, server_usages }] })
    await as('other').get(`/os-simple-tenant-usage/${PROJECT_ID}`).expect(403)
    await as('reader').get('/os-simple-tenant-usage').expect(403)
    await as('other')
      .get(`/os-simple-tenant-usage/${OTHER_PROJECT_ID}?${window}`)
      .expect(200, { tenant_usage: {} })
  })

  it('refuses times that are none or the wrong way round', async () => {
    const get = (query: string) => as('admin').get(`/os-simple-tenant-usage?${query}`)
    await get('start=soon').expect(400)
    await get('start=2026-01-02T00:00:00&end=2026-01-01T00:00:00').expect(400)
  })

  it('pages by server from 2.40', async () => {
    const made = [
      await addServer(as.current(), { launchedAt }),
      await addServer(as.current(), { launchedAt }),
    ]
    const [first, second] = made.map(({ uuid }) => uuid).sort()
    const path = `/os-simple-tenant-usage/${PROJECT_ID}?${window}&limit=1`
    const used = async (query: string) => {
      const { body } = await as('reader', '2.40').get(`${path}${query}`).expect(200)
      return [
        body.tenant_usage.server_usages.map((one: { instance_id: string }) => one.instance_id),
        body.tenant_usage_links?.[0].href.split('marker=')[1],
      ]
    }
    const [firstPage, marker] = await used('')
    assert.deepEqual([firstPage, marker.split('&')[0]], [[first], first])
    const [secondPage] = await used(`&marker=${first}`)
    assert.deepEqual(secondPage, [second])
    await as('reader', '2.40').get(`${path}&marker=none`).expect(400)
  })
})
