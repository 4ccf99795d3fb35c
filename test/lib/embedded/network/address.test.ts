import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  eui64,
  formatAddress,
  formatCidr,
  hostRange,
  overlap,
  parseAddress,
  parseCidr,
  without,
} from '../../../../lib/embedded/network/address.js'

const canonical = (text: string): string | undefined => {
  const address = parseAddress(text)
  return address && formatAddress(address.version, address.value)
}

describe('IP addresses', () => {
  it('are written in their shortest form', () => {
    const forms: [string, string][] = [
      ['10.0.0.1', '10.0.0.1'],
      ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['0:0:0:0:0:0:0:0', '::'],
      ['::ffff:10.0.0.1', '::ffff:a00:1'],
      ['fe80::1', 'fe80::1'],
      ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ]
    for (const [given, expected] of forms) assert.equal(canonical(given), expected)
  })

  it('are refused when they are none', () => {
    for (const text of ['', '10.0.0', '10.0.0.256', 'fe80::1%eth0', ':::', '1.2.3.4/8', 7, null]) {
      assert.equal(parseAddress(text), undefined)
    }
  })

  it('come back from their text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), value => {
        assert.equal(parseAddress(formatAddress(6, value))?.value, value)
      }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }), value => {
        assert.equal(parseAddress(formatAddress(4, value))?.value, value)
      }),
    )
  })
})

describe('IP networks', () => {
  const cidr = (text: string) => {
    const parsed = parseCidr(text)
    assert.ok(parsed, text)
    return parsed
  }

  it('lose their host bits', () => {
    assert.equal(formatCidr(cidr('10.1.2.3/16')), '10.1.0.0/16')
    assert.equal(formatCidr(cidr('2001:db8::1/64')), '2001:db8::/64')
  })

  it('keep their own address and the IPv4 broadcast from hosts', () => {
    assert.deepEqual(hostRange(cidr('10.0.0.0/29')), { start: 0x0a000001n, end: 0x0a000006n })
    assert.deepEqual(hostRange(cidr('10.0.0.0/31')), { start: 0x0a000000n, end: 0x0a000001n })
    const { start, end } = hostRange(cidr('2001:db8::/126'))
    assert.equal(end - start, 2n)
  })

  it('tell whether they overlap', () => {
    assert.equal(overlap(cidr('10.0.0.0/8'), cidr('10.255.0.0/16')), true)
    assert.equal(overlap(cidr('10.0.0.0/24'), cidr('10.0.1.0/24')), false)
    assert.equal(overlap(cidr('::/1'), cidr('0.0.0.0/1')), false)
  })

  it('are split around an address', () => {
    assert.deepEqual(without({ start: 1n, end: 5n }, 3n), [
      { start: 1n, end: 2n },
      { start: 4n, end: 5n },
    ])
    assert.deepEqual(without({ start: 1n, end: 5n }, 1n), [{ start: 2n, end: 5n }])
    assert.deepEqual(without({ start: 1n, end: 1n }, 1n), [])
  })

  it('give a MAC its SLAAC address', () => {
    const value = eui64(cidr('2001:db8::/64'), 'fa:16:3e:00:00:01')
    assert.equal(formatAddress(6, value), '2001:db8::f816:3eff:fe00:1')
  })
})
