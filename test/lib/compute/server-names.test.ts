import assert from 'node:assert/strict'
import {
  generatePassword,
  generateReservationId,
  instanceHostname,
  multiCreateName,
  sanitizeHostname,
} from '../../../lib/compute/server-names.js'

describe('server names', () => {
  it('makes a host name of any display name', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['web', 'web'],
      ['My Web_Server.example', 'my-web-server-example'],
      ['--edge--', 'edge'],
      ['päivä 1', 'piv-1'],
      ['☃☃', ''],
      ['x'.repeat(80), 'x'.repeat(63)],
    ]
    for (const [name, hostname] of cases) assert.equal(sanitizeHostname(name), hostname, name)
  })

  it('numbers the servers of one request, and falls back to the uuid', () => {
    const uuid = '9d2f0a3e-0000-4000-8000-000000000001'
    assert.equal(multiCreateName('web', 1, 3), 'web-2')
    assert.equal(multiCreateName('web', 0, 1), 'web')
    assert.equal(instanceHostname('web', null, { uuid, index: 1, count: 3 }), 'web-2')
    assert.equal(instanceHostname('☃', null, { uuid, index: 0, count: 1 }), `Server-${uuid}`)
    assert.equal(instanceHostname('web', 'db.example', { uuid, index: 0, count: 1 }), 'db.example')
    assert.equal(instanceHostname('x'.repeat(63), null, { uuid, index: 9, count: 10 }).length, 63)
  })

  it('generates reservation ids and passwords of the wanted shape', () => {
    assert.match(generateReservationId(), /^r-[a-z0-9]{8}$/)
    const password = generatePassword(12)
    assert.match(password, /^[2-9A-HJ-NP-Za-km-z]{12}$/)
    for (const group of [/[2-9]/, /[A-Z]/, /[a-z]/]) assert.match(password, group)
  })
})
