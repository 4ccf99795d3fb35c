import assert from 'node:assert/strict'
import { matches } from '../../../lib/scheduler/filters/extra-spec-operators.js'

describe('extra spec operators', () => {
  const cases: readonly (readonly [unknown, string, boolean])[] = [
    ['4', '= 3', true],
    ['4', '== 3', false],
    ['4', '>= 4', true],
    ['2.3', 's< 2.4', true],
    ['abc', '<in> b', true],
    ['aes mmx', '<all-in> aes mmx', true],
    ['aes', '<all-in> aes mmx', false],
    ['b', '<or> a <or> b', true],
    ['x y', 'x y', true],
    ['4', '>=', false],
    [null, '>= 1', false],
  ]
  for (const [value, requirement, expected] of cases) {
    it(`${JSON.stringify(value)} ${expected ? 'meets' : 'does not meet'} '${requirement}'`, () => {
      assert.equal(matches(value, requirement), expected)
    })
  }
})
