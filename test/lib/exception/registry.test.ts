import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { InstanceNotFound, NovaException, novaExceptions } from '../../../lib/exception/index.js'
import { contractFile } from '../../support/contract.js'

describe("nova's exceptions", () => {
  it('are all there by name, with their parents and codes', function () {
    const rows = readFileSync(contractFile(this, 'workers/exceptions.tsv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map(line => line.split('\t'))
    const wrong = rows.flatMap(([name = '', parent = '', code = '', , , release = '']) => {
      // HEAD's own, and what is no NovaException.
      if (release === 'HEAD' || parent === 'Exception' || code === '-') return []
      const type = novaExceptions[name]
      if (!type) return [`${name}: absent`]
      const inZed = /Zed: parent (\w+), code (\d+)/.exec(release)
      const [wantedParent, wantedCode] = inZed ? [inZed[1], inZed[2]] : [parent, code]
      const found = Object.getPrototypeOf(type)
      // OverQuota has a parent of ours, which answers with Retry-After.
      return [
        ...(String(type.code) === wantedCode ? [] : [`${name}: code ${type.code}`]),
        ...(found.name === wantedParent || found.name === 'QuotaError'
          ? []
          : [`${name}: parent ${found.name}`]),
      ]
    })
    assert.deepEqual(wrong, [])
  })

  it('fill their text from named values, and keep these', () => {
    const error = new InstanceNotFound({ instance_id: 'x' })
    assert.equal(error.message, 'Instance x could not be found.')
    assert.deepEqual(error.kwargs, { instance_id: 'x', code: 404 })
    assert.ok(error instanceof NovaException)
  })
})
