import assert from 'node:assert/strict'
import {
  behavioursOf,
  between,
  Microversion,
  since,
  until,
  versions,
} from '../../../lib/wsgi/index.js'

const at = (version: string) => Microversion.of(version)

describe('wsgi: behaviours by version', () => {
  const table = behavioursOf({
    late: since('2.69'),
    early: until('2.9'),
    middle: between('2.10', '2.20', 'x'),
    choice: versions(until('2.52', 'number'), since('2.53', 'uuid')),
  })

  it('are true within their windows, and have the value whose window holds', () => {
    for (const [version, late, early, middle, choice] of [
      ['2.1', false, true, undefined, 'number'],
      ['2.9', false, true, undefined, 'number'],
      ['2.10', false, false, 'x', 'number'],
      ['2.20', false, false, 'x', 'number'],
      ['2.21', false, false, undefined, 'number'],
      ['2.53', false, false, undefined, 'uuid'],
      ['2.69', true, false, undefined, 'uuid'],
      ['2.104', true, false, undefined, 'uuid'],
    ] as const) {
      assert.deepEqual({ ...table.at(at(version)) }, { late, early, middle, choice }, version)
    }
  })

  it('are one object for all versions of a range, which nothing changes', () => {
    assert.equal(table.at(at('2.53')), table.at(at('2.68')))
    assert.ok(Object.isFrozen(table.at(at('2.53'))))
    assert.equal('constructor' in table.at(at('2.53')), false)
  })

  it('tell the names that hold', () => {
    assert.deepEqual(table.namesAt(at('2.10')), ['middle', 'choice'])
    assert.deepEqual(table.namesAt(at('2.100')), ['late', 'choice'])
  })

  it('are refused when two values of a name overlap', () => {
    assert.throws(
      () => behavioursOf({ id: versions(until('2.53', 1), since('2.53', 2)) }),
      /behaviour 'id' has two values that overlap: 2\.0 to 2\.53, 2\.53 on/,
    )
  })
})
