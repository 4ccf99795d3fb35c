import assert from 'node:assert/strict'
import { versionComparisons } from '../../tools/version-comparisons.js'

describe('lint: version ladders', () => {
  for (const line of [
    "if (req.version.atLeast('2.9')) return",
    'const is = req.version.minor >= 9',
    "const is = version < '2.9'",
    "if (req.version === '2.9') return",
    "if (Microversion.of('2.9')) return",
    'if (Number(req.version) > 2.9) return',
  ]) {
    it(`finds ${line}`, () => {
      assert.deepEqual(versionComparisons(`// one\n  ${line}`), [{ line: 2, text: line }])
    })
  }

  for (const line of [
    'const { byPage } = behaviours.at(req.version)',
    "locked: [i => i.locked, since('2.9')]",
    'if (service.version >= 61) return',
    "@apiVersion('2.1', '2.9')",
    '// req.version.minor is not for controllers',
  ]) {
    it(`lets pass ${line}`, () => assert.deepEqual(versionComparisons(line), []))
  }
})
