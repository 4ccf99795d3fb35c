import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { asbool, asint, aslist, type ListOptions } from '../../../lib/paste/index.js'
import { contractFile } from '../../support/contract.js'

interface Row {
  function: 'asbool' | 'asint' | 'aslist'
  input: unknown
  options?: ListOptions
  expect: { result?: unknown; error?: string; names_input?: boolean }
}

describe('paste: converters', () => {
  it('do as the 52 rows of the contract say', function () {
    const rows = JSON.parse(
      readFileSync(contractFile(this, 'paste/cases/converters.json'), 'utf8'),
    ) as Row[]
    assert.equal(rows.length, 52)
    for (const { function: name, input, options, expect } of rows) {
      const convert = () =>
        name === 'aslist' ? aslist(input, options) : { asbool, asint }[name](input)
      if (!expect.error) assert.deepEqual(convert(), expect.result, JSON.stringify(input))
      else assert.throws(convert, (error: Error) => error.message.includes(String(input)))
    }
  })

  it('take the separator by place too', () => {
    assert.deepEqual(aslist('a, b', ','), ['a', 'b'])
    assert.deepEqual(aslist('a, b', ',', false), ['a', ' b'])
  })

  it('refuse what is no such value, naming it', () => {
    assert.throws(() => asbool('enabled'), /'enabled' is neither true/)
    assert.throws(() => asint('0x10'), /'0x10' is not a whole number/)
    assert.throws(() => asint('99999999999999999999'), /is too large/)
  })
})
