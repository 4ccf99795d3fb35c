import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObjectPrimitive, novaObjects } from '../../../lib/objects/index.js'
import { contractFile } from '../../support/contract.js'

/** Every object primitive in a value, the outermost ones. */
const primitivesIn = (value: unknown): object[] => {
  if (typeof value !== 'object' || value === null) return []
  if (isObjectPrimitive(value)) return [value]
  return Object.values(value).flatMap(primitivesIn)
}

/** Order has no meaning in `changes`, nor in sets. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'nova_object.changes' && Array.isArray(item) ? [...item].sort() : sorted(item),
    ]),
  )
}

describe("objects in nova's own messages", () => {
  it('are read, and written again as they were', function () {
    this.timeout(20_000)
    const folder = contractFile(this, 'workers/captures')
    let count = 0
    for (const name of readdirSync(folder).filter(file => file.endsWith('.json'))) {
      const capture: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'))
      const messages = Reflect.get(Object(capture), 'messages')
      for (const primitive of primitivesIn(messages)) {
        const objname = String(Reflect.get(primitive, 'nova_object.name'))
        const type = novaObjects.get(objname)
        assert.ok(type, `${name}: ${objname} is not known`)
        const again = type.fromPrimitive(primitive, null).toPrimitive()
        assert.deepEqual(sorted(JSON.parse(JSON.stringify(again))), sorted(primitive), name)
        count += 1
      }
    }
    assert.ok(count > 1000, `${count} objects`)
  })
})
