import assert from 'node:assert/strict'
import { Cells } from '../../../lib/compute/cells.js'
import { InstanceNotFound, InvalidInput } from '../../../lib/exception/index.js'
import { CellMapping } from '../../../lib/objects/index.js'
import { createTestApi, type TestApi } from '../../../lib/testing/index.js'

describe('the cells of a deployment', () => {
  let api: TestApi
  beforeEach(async () => {
    api = await createTestApi()
    for (const [name, disabled] of [
      ['cell2', false],
      ['cell3', true],
    ] as const) {
      await new CellMapping(api.context, {
        uuid: `00000000-0000-4000-8000-00000000000${name.slice(-1)}`,
        name,
        transportUrl: 'fake://',
        databaseConnection: 'sqlite://',
        disabled,
      }).create()
    }
  })
  afterEach(() => api.close())

  const cells = (timeLimit?: number) => new Cells(api.process.connections, { timeLimit })

  it('are all asked at once, the disabled ones too', async () => {
    const waiting = Promise.withResolvers<void>()
    let asked = 0
    const { answers, down } = await cells().gather(api.context, async (_cell, { name }) => {
      if (++asked === 3) waiting.resolve()
      await waiting.promise
      return name
    })
    assert.deepEqual(answers, ['cell1', 'cell2', 'cell3'])
    assert.deepEqual(down, [])
  })

  it('are down when they fail or take too long; the others answer', async () => {
    const { answers, down } = await cells(0.01).gather(api.context, (_cell, { name }) => {
      if (name === 'cell2') return new Promise<string>(() => {})
      if (name === 'cell3') return Promise.reject(new Error('connection lost'))
      return Promise.resolve('here')
    })
    assert.deepEqual(answers, ['here'])
    assert.deepEqual(
      down.map(({ name }) => name),
      ['cell2', 'cell3'],
    )
  })

  it('answer a question that is wrong with its error', async () => {
    await assert.rejects(
      cells().gather(api.context, () => Promise.reject(new InvalidInput({ reason: 'no' }))),
      InvalidInput,
    )
    const [mapping] = await cells().mappings(api.context)
    assert.ok(mapping)
    await assert.rejects(
      cells().ask(api.context, mapping, () =>
        Promise.reject(new InstanceNotFound({ instance_id: 'x' })),
      ),
      InstanceNotFound,
    )
  })
})
