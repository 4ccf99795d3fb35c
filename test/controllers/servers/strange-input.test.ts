import assert from 'node:assert/strict'
import { addServer } from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'
import { requestFields } from '../../support/response-fields.js'
import { addFlavor, bootOf, minimal } from '../../support/servers.js'

const strange = [
  '',
  ' ',
  ',',
  '\u0000',
  'ä☃𝒳',
  '%',
  '_',
  "'",
  '[',
  '(a+)+$',
  '-1',
  '1e9',
  '99999999999999999999999',
  'true',
  'null',
  '2026-02-30',
  '2026-13-01T00:00:00Z',
  'x'.repeat(2000),
]

describe('strange input to /servers', function () {
  this.timeout(60_000)
  const as = eachWithApi()

  it('in a query is answered, and never by 500', async function () {
    const keys = new Set(
      requestFields(this)
        .filter(row => row.path === '/servers' && row.action === '?')
        .map(({ field }) => field)
        .filter(field => /^[\w-]+$/.test(field)),
    )
    assert.ok(keys.size > 50)
    await addServer(as.current())
    await addFlavor(as.current())
    await bootOf(as.current())().expect(202)
    for (const key of keys) {
      for (const value of strange) {
        const query = `/servers?${key}=${encodeURIComponent(value)}`
        for (const user of ['admin', 'member'] as const) {
          const { status, text } = await as(user, '2.90').get(query)
          assert.ok([200, 400, 403].includes(status), `${query} by ${user}: ${status} ${text}`)
        }
      }
    }
  })

  it('in a path or a body is answered, and never by 500', async () => {
    await addFlavor(as.current())
    const { uuid } = await addServer(as.current())
    for (const value of strange) {
      const segment = encodeURIComponent(value)
      for (const path of [`/servers/${segment}`, `/servers/${uuid}/ips/${segment}`]) {
        const { status, text } = await as('member').get(path)
        assert.ok(status < 500, `${path}: ${status} ${text}`)
      }
      for (const server of [
        { name: value },
        { flavorRef: value },
        { imageRef: value },
        { key_name: value },
        { availability_zone: value },
        { metadata: { [value]: value } },
        { security_groups: [{ name: value }] },
        { user_data: value },
        { min_count: value, max_count: value },
        { tags: [value] },
        { networks: [{ uuid: value }] },
        { block_device_mapping_v2: [{ boot_index: value, volume_size: value, uuid: value }] },
      ]) {
        const { status, text } = await as('member', '2.90').post('/servers', {
          server: { ...minimal, networks: 'none', ...server },
        })
        assert.ok(status < 500, `${JSON.stringify(server).slice(0, 100)}: ${status} ${text}`)
      }
      const put = await as('member', '2.90').put(`/servers/${uuid}`, {
        server: { name: value, description: value },
      })
      assert.ok(put.status < 500, `PUT ${value}: ${put.status} ${put.text}`)
    }
  })
})
