import assert from 'node:assert/strict'
import { brokenValue } from './broken-values.js'
import { fuzz } from './fuzz.js'
import { faultOfAnswer } from './judge.js'
import { Random } from './random.js'
import type { FuzzRequest } from './requests.js'

const asked: FuzzRequest = { method: 'GET', path: '/', headers: {}, body: null, label: 'GET /' }
const broken = { value: null, path: ['server', 'name'], change: 'of another type' }
const told = (message: string) => ({
  status: 400,
  text: JSON.stringify({ badRequest: { code: 400, message } }),
})

describe('generated requests', () => {
  it('are answered as their schemas say, and never by a 500: npm run fuzz for more', async function () {
    this.timeout(120_000)
    const { failures, statuses } = await fuzz({ count: 400, seed: 1 })
    assert.deepEqual(
      failures.map(({ number, request, fault, logged }) => ({ number, request, fault, logged })),
      [],
    )
    for (const status of [200, 202, 400, 403, 404]) assert.ok(statuses.has(status), `no ${status}`)
  })

  it('come again from the same seed', () => {
    const numbers = (seed: number) => {
      const random = new Random(seed)
      return [random.next(), random.int(1, 6), random.pick(['a', 'b'])]
    }
    assert.deepEqual(numbers(5), numbers(5))
    assert.notDeepEqual(numbers(5), numbers(6))
  })

  it('are broken in one place, of which the path is known', () => {
    const schema = { type: 'object', properties: { name: { type: 'string' }, size: {} } }
    const value = { name: 'web', size: 1 }
    const isName = (keys: readonly unknown[]) => keys[0] === 'name'
    for (let seed = 0; seed < 50; seed++) {
      const one = brokenValue(schema, value, new Random(seed), isName)
      assert.ok(one)
      assert.deepEqual(one.path, ['name'])
      assert.equal((one.value as typeof value).size, 1)
    }
  })

  it('are judged: no 500, 400 for what a schema refuses, with the name of the field', () => {
    assert.match(faultOfAnswer(asked, { status: 500, text: '' }) ?? '', /^answered 500/)
    assert.equal(faultOfAnswer(asked, { status: 404, text: '' }), null)
    assert.match(faultOfAnswer({ ...asked, broken }, { status: 202, text: '' }) ?? '', /refused/)
    const right = told('field name, value 1: must be string')
    assert.equal(faultOfAnswer({ ...asked, broken }, right), null)
    const wrong = told('field image, value 1: must be string')
    assert.match(faultOfAnswer({ ...asked, broken }, wrong) ?? '', /broken at server\.name/)
  })
})
