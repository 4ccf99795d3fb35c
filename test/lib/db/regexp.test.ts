import assert from 'node:assert/strict'
import { linearRegExp, regexpFunction } from '../../../lib/db/regexp.js'

describe('regular expressions of clients', () => {
  it('find their text anywhere in it, as nova', () => {
    const regexp = regexpFunction()
    assert.equal(regexp('^web-[0-9]+$', 'web-12'), 1)
    assert.equal(regexp('^web-[0-9]+$', 'a web-12'), 0)
    assert.equal(regexp('web', 'a web-12'), 1)
    assert.equal(regexp('1', 12), 1)
    assert.equal(regexp('.', null), 0)
  })

  it('take no time that grows faster than the text', function () {
    this.timeout(2000)
    for (const pattern of ['(a+)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(a|a)*b']) {
      assert.equal(linearRegExp(pattern).test(`${'a'.repeat(5000)}!`), false)
    }
  })

  it('are refused when they are none, or cannot be decided so', () => {
    for (const pattern of ['', '(', '[', '(a)\\1', '(?=a)', 'x'.repeat(1025)]) {
      assert.throws(() => linearRegExp(pattern), SyntaxError, pattern)
    }
  })
})
