import assert from 'node:assert/strict'
import { InterpolationError, interpolate } from '../../../lib/ini/index.js'

const fill = (
  template: string,
  values: Record<string, string> = {},
  plain: string[] = [],
): string =>
  interpolate(template, name => {
    const value = values[name]
    return value === undefined ? undefined : { value, template: !plain.includes(name) }
  })

const kindOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    assert(error instanceof InterpolationError)
    return error.kind
  }
  return 'none'
}

describe('ini interpolation', () => {
  it('fills names in, nested ones too', () => {
    assert.equal(fill('%(a)s/x 100%% $y', { a: '%(b b)s!', 'b b': 'deep' }), 'deep!/x 100% $y')
  })

  it('takes a value that is no template as it is', () => {
    assert.equal(fill('%(a)s', { a: '100%' }, ['a']), '100%')
  })

  it('tells a missing name, a bad sign and a circle apart', () => {
    assert.equal(
      kindOf(() => fill('%(A)s', { a: '1' })),
      'interpolation-missing',
    )
    for (const bad of ['50% off', '%', '%(own', '%(a)d', '%()s']) {
      assert.equal(
        kindOf(() => fill(bad, { a: '1' })),
        'interpolation-syntax',
      )
    }
    assert.throws(() => fill('%(x)s', { x: '%(y)s', y: '%(x)s' }), /never end: %\(x\)s -> %\(y\)s/)
  })

  it('allows ten texts within one another', () => {
    const chain = (length: number) =>
      Object.fromEntries(
        Array.from({ length }, (_, i) => [`v${i}`, i === length - 1 ? 'end%%' : `%(v${i + 1})s`]),
      )
    assert.equal(fill('%(v0)s', chain(9)), 'end%')
    assert.equal(
      kindOf(() => fill('%(v0)s', chain(10))),
      'interpolation-depth',
    )
  })
})
