import assert from 'node:assert/strict'
import { prepared } from '../../../lib/db/prepared.js'
import type { ApiDb } from '../../../lib/db/queries/rows.js'
import { eachEngine } from '../../support/databases.js'

interface Cells {
  readonly names?: readonly string[] | undefined
  readonly disabled?: number | undefined
}

describe('a prepared query', () => {
  eachEngine(engine => {
    let db: ApiDb
    let built: number

    const select = prepared((on: ApiDb, { names, disabled }: Cells, sortDir: 'asc' | 'desc') => {
      built++
      let query = on.selectFrom('cell_mappings').select('name').orderBy('name', sortDir)
      if (names !== undefined) query = query.where('name', 'in', names)
      if (disabled !== undefined) query = query.where('disabled', '=', disabled)
      return query
    })
    const named = async (values: Cells, sortDir: 'asc' | 'desc' = 'asc', on = db) =>
      (await select(on, values, sortDir)).map(row => row.name).join(' ')

    beforeEach(async () => {
      const database = await engine.api()
      db = database.kysely
      built = 0
      const row = { transport_url: 'none:///', database_connection: 'none' }
      await db
        .insertInto('cell_mappings')
        .values([
          { ...row, uuid: '1', name: 'one', disabled: 0 },
          { ...row, uuid: '2', name: 'two', disabled: 0 },
          { ...row, uuid: '3', name: 'three', disabled: 1 },
        ])
        .execute()
    })

    it('is built once, and answers for the values of each call', async () => {
      assert.equal(await named({ disabled: 1 }), 'three')
      assert.equal(await named({ disabled: 0 }), 'one two')
      assert.equal(built, 1)
    })

    it('is another by which values there are, how long lists are, and what is said besides', async () => {
      assert.equal(await named({}), 'one three two')
      assert.equal(await named({ names: undefined }), 'one three two')
      assert.equal(built, 1)
      assert.equal(await named({}, 'desc'), 'two three one')
      assert.equal(await named({ names: ['one'] }), 'one')
      assert.equal(await named({ names: ['one', 'three'] }), 'one three')
      assert.equal(await named({ names: ['two', 'three'] }), 'three two')
      assert.equal(await named({ names: ['two', 'three'], disabled: 1 }), 'three')
      assert.equal(built, 5)
    })

    it('sees the transaction that it is asked in', async () => {
      const gone = new Error('take it back')
      const work = db.transaction().execute(async trx => {
        await trx.deleteFrom('cell_mappings').where('name', '=', 'one').execute()
        assert.equal(await named({ disabled: 0 }, 'asc', trx), 'two')
        throw gone
      })
      await assert.rejects(work, gone)
      assert.equal(await named({ disabled: 0 }), 'one two')
    })

    it('refuses a value that no column holds', async () => {
      await named({ disabled: 1 })
      const wrong = { disabled: {} as number }
      await assert.rejects(named(wrong), /A query was given an object as a parameter/)
    })
  })
})
