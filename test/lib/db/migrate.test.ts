import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { apiHistory, cellHistory } from '../../../lib/db/migrations/history.js'
import { currentRevision, MigrationError, migrate } from '../../../lib/db/migrations/migrate.js'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import type { CellSchema } from '../../../lib/db/schema/cell.js'
import { contractFile } from '../../support/contract.js'
import { eachEngine } from '../../support/databases.js'

describe('db sync', () => {
  eachEngine(engine => {
    it('makes an empty database as the newest nova has it, and does nothing the next time', async () => {
      const db = engine.open<CellSchema>(await engine.url())
      assert.equal(await currentRevision(db), null)
      assert.deepEqual(await migrate(db, cellHistory), { from: null, to: 'ab450ba04102' })
      assert.deepEqual(await migrate(db, cellHistory), { from: 'ab450ba04102', to: 'ab450ba04102' })
      assert.equal(await currentRevision(db), 'ab450ba04102')
      const row = await db.kysely.selectFrom('instances').select('compute_id').executeTakeFirst()
      assert.equal(row, undefined)
    })

    it("stops at Zed when told so, and leads Zed's rows on", async () => {
      const db = engine.open<CellSchema>(await engine.url())
      assert.deepEqual(await migrate(db, cellHistory, 'ccb0fa1a2252'), {
        from: null,
        to: 'ccb0fa1a2252',
      })
      await assert.rejects(db.kysely.selectFrom('share_mapping').select('id').execute())
      await db.kysely.insertInto('instances').values({ uuid: 'u', deleted: 0 }).execute()
      await sql`create table migrate_version (version integer)`.execute(db.kysely)
      assert.deepEqual(await migrate(db, cellHistory), { from: 'ccb0fa1a2252', to: 'ab450ba04102' })
      const rows = await db.kysely.selectFrom('instances').select(['uuid', 'compute_id']).execute()
      assert.deepEqual(rows, [{ uuid: 'u', compute_id: null }])
      await assert.rejects(sql`select * from migrate_version`.execute(db.kysely))
    })

    it('refuses a revision that it does not know, one before Zed, and going back', async () => {
      const db = engine.open<ApiSchema>(await engine.url())
      const refused = async (version: string | undefined, message: RegExp) =>
        assert.rejects(migrate(db, apiHistory, version), (error: unknown) => {
          assert.ok(error instanceof MigrationError)
          assert.match(error.message, message)
          return true
        })
      await refused('abc', /^Revision 'abc' of the api database is not known; known are b30f/)
      await migrate(db, apiHistory)
      await refused('b30f573d3377', /is at cdeec0c85668, after b30f573d3377; going back is not/)
      await db.kysely.updateTable('alembic_version').set({ version_num: 'd67eeaabee36' }).execute()
      await refused(undefined, /^Revision 'd67eeaabee36' of the api database is older than Zed/)
    })

    it('refuses tables that it did not make', async () => {
      const db = engine.open<CellSchema>(await engine.url())
      await sql`create table instances (id integer)`.execute(db.kysely)
      await assert.rejects(migrate(db, cellHistory), /has a table instances but no revision/)
    })

    if (engine.name === 'MariaDB') {
      it('makes, on MariaDB, the very tables of nova: Zed and newest', async function () {
        this.timeout(60_000)
        const apiFacts = contractFacts(contractFile(this, 'workers/database/nova_api.tsv'))
        const cellFacts = [
          ...contractFacts(contractFile(this, 'workers/database/nova_cell.tsv')),
          ...contractFacts(contractFile(this, 'workers/database/nova_cell_shadow.tsv')),
        ]
        const api = await engine.api()
        assert.deepEqual(await factsOf(api.kysely), at('HEAD', apiFacts))
        const cell = engine.open<CellSchema>(await engine.url())
        await migrate(cell, cellHistory, 'ccb0fa1a2252')
        assert.deepEqual(await factsOf(cell.kysely), at('Zed', cellFacts))
        await migrate(cell, cellHistory)
        assert.deepEqual(await factsOf(cell.kysely), at('HEAD', cellFacts))
      })
    }
  })
})

interface Fact {
  readonly in: string
  readonly text: string
}

const contractFacts = (file: string): Fact[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map(line => {
      const [table, kind, name, type, nullable, value, extra = '', where = ''] = line.split('\t')
      const facts = [table, kind, name, type, nullable, value === 'NULL' ? '-' : value]
      return { in: where.trim(), text: [...facts, kind === 'column' ? extra : ''].join(' | ') }
    })

const at = (release: 'Zed' | 'HEAD', facts: readonly Fact[]): string[] =>
  facts
    .filter(fact => fact.in === 'both' || fact.in === release)
    .map(fact => fact.text)
    .sort()

/** What information_schema says, in the words of the contract's tables. */
const factsOf = async <S>(kysely: Kysely<S>): Promise<string[]> => {
  const lines = (rows: readonly (readonly (string | null)[])[]) =>
    rows.map(row => row.map(cell => cell ?? '').join(' | '))
  const tables = await sql<{ t: string; e: string; c: string }>`
    select table_name t, engine e, table_collation c from information_schema.tables
    where table_schema = database()`.execute(kysely)
  const collations = new Map(tables.rows.map(({ t, c }) => [t, c]))
  const columns = await sql<{
    t: string
    n: string
    ty: string
    nu: string
    d: string | null
    e: string
    c: string | null
  }>`
    select table_name t, column_name n, column_type ty, is_nullable nu, column_default d, extra e,
      collation_name c
    from information_schema.columns where table_schema = database()`.execute(kysely)
  const keys = await sql<{ t: string; n: string; nu: number; c: string }>`
    select table_name t, index_name n, max(non_unique) nu, group_concat(
      concat(column_name, if(sub_part is null, '', concat('(', sub_part, ')')))
      order by seq_in_index separator ', ') c
    from information_schema.statistics where table_schema = database()
    group by table_name, index_name`.execute(kysely)
  const foreign = await sql<{ t: string; n: string; c: string; rt: string; rc: string }>`
    select table_name t, constraint_name n, column_name c, referenced_table_name rt,
      referenced_column_name rc
    from information_schema.key_column_usage
    where table_schema = database() and referenced_table_name is not null`.execute(kysely)
  return lines([
    ...tables.rows.map(({ t, e, c }) => [t, 'table', t, `${e}, ${c}`, '', '', '']),
    ...columns.rows.map(({ t, n, ty, nu, d, e, c }) => {
      const type = c === null || c === collations.get(t) ? ty : `${ty} collate ${c}`
      return [t, 'column', n, type, nu, d === null || d === 'NULL' ? '-' : d, e]
    }),
    ...keys.rows.map(({ t, n, nu, c }) => {
      const kind = n === 'PRIMARY' ? 'pk' : Number(nu) ? 'index' : 'unique'
      return [t, kind, n, c, '', '', '']
    }),
    ...foreign.rows.map(({ t, n, c, rt, rc }) => [
      t,
      'fk',
      n,
      `(${c}) -> ${rt}(${rc})`,
      '',
      '',
      '',
    ]),
  ]).sort()
}
