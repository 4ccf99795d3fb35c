import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isTooDeep } from '../../../lib/util/json-depth.js'

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0

describe('how deep a JSON text goes', () => {
  it('is known without parsing it, whatever stands in its strings', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('[[[', '{"', '\\"]', '}'))
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        text,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(text, tie('tree'), { maxKeys: 3 }),
      ),
    }))
    fc.assert(
      fc.property(tree, fc.integer({ min: 1, max: 6 }), (value, limit) => {
        const blanks = ' '.repeat(2 * limit + 1) // short texts are not even looked at
        const json = JSON.stringify(value) + blanks
        assert.equal(isTooDeep(json, limit), depthOf(JSON.parse(json)) > limit)
      }),
    )
  })

  it('is bounded at 200', () => {
    assert.equal(isTooDeep('['.repeat(200) + ']'.repeat(200)), false)
    assert.equal(isTooDeep('['.repeat(201) + ']'.repeat(201)), true)
  })
})
