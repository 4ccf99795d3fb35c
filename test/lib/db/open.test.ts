import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { DatabaseConnectionError, duplicateEntry } from '../../../lib/db/errors.js'
import { openDatabase } from '../../../lib/db/open.js'
import { parseDatabaseUrl } from '../../../lib/db/url.js'
import { eachEngine } from '../../support/databases.js'

const flavor = { name: 'm1', memory_mb: 512, vcpus: 1, flavorid: '1', swap: 0, rxtx_factor: 1.1 }

describe('databases', () => {
  eachEngine(engine => {
    it('give back what they were given: times, booleans, floats, nothing', async () => {
      const db = await engine.api()
      const created_at = new Date('2026-11-20T21:14:05.999Z')
      const row = { ...flavor, created_at, is_public: 1, disabled: 0, root_gb: null }
      const { insertId } = await db.kysely
        .insertInto('flavors')
        .values(row)
        .executeTakeFirstOrThrow()
      assert.equal(insertId, 1n)
      assert.deepEqual(await db.kysely.selectFrom('flavors').selectAll().execute(), [
        {
          created_at: new Date('2026-11-20T21:14:05Z'),
          updated_at: null,
          name: 'm1',
          id: 1,
          memory_mb: 512,
          vcpus: 1,
          swap: 0,
          vcpu_weight: null,
          flavorid: '1',
          rxtx_factor: 1.1,
          root_gb: null,
          ephemeral_gb: null,
          disabled: 0,
          is_public: 1,
          description: null,
        },
      ])
    })

    it('keep a text that looks like a time a text', async () => {
      const db = await engine.api()
      const description = '2026-11-20 21:14:05'
      await db.kysely
        .insertInto('flavors')
        .values({ ...flavor, description })
        .execute()
      const rows = await db.kysely.selectFrom('flavors').select('description').execute()
      assert.deepEqual(rows, [{ description }])
    })

    it('compare times, and page', async () => {
      const db = await engine.api()
      for (const day of [1, 2, 3]) {
        await db.kysely
          .insertInto('flavors')
          .values({
            ...flavor,
            name: `m${day}`,
            flavorid: String(day),
            created_at: new Date(`2026-11-0${day}T00:00:00Z`),
          })
          .execute()
      }
      const rows = await db.kysely
        .selectFrom('flavors')
        .select('name')
        .where('created_at', '>=', new Date('2026-11-02T00:00:00Z'))
        .orderBy('id', 'desc')
        .limit(1)
        .offset(1)
        .execute()
      assert.deepEqual(rows, [{ name: 'm2' }])
    })

    it('count the rows that an update matched, changed or not', async () => {
      const db = await engine.api()
      await db.kysely.insertInto('flavors').values(flavor).execute()
      const [{ numUpdatedRows } = { numUpdatedRows: null }] = await db.kysely
        .updateTable('flavors')
        .set({ vcpus: 1 })
        .where('flavorid', '=', '1')
        .execute()
      assert.equal(numUpdatedRows, 1n)
    })

    it('tell which columns a unique key refuses', async () => {
      const db = await engine.api()
      await db.kysely.insertInto('flavors').values(flavor).execute()
      await assert.rejects(
        db.kysely
          .insertInto('flavors')
          .values({ ...flavor, name: 'other' })
          .execute(),
        error => {
          assert.deepEqual(duplicateEntry(error), { columns: ['flavorid'] })
          return true
        },
      )
    })

    it('refuse a row that refers to nothing', async () => {
      const db = await engine.api()
      await assert.rejects(
        db.kysely.insertInto('flavor_projects').values({ flavor_id: 7, project_id: 'p' }).execute(),
        /foreign key constraint/i,
      )
    })

    it('undo a transaction that fails, and show its rows to no other meanwhile', async () => {
      const db = await engine.api()
      const seen: number[] = []
      await assert.rejects(
        db.transaction(async trx => {
          await trx.insertInto('flavors').values(flavor).execute()
          seen.push((await db.kysely.selectFrom('flavors').select('id').execute()).length)
          throw new Error('changed my mind')
        }),
        /changed my mind/,
      )
      seen.push((await db.kysely.selectFrom('flavors').select('id').execute()).length)
      assert.deepEqual(seen, [0, 0])
    })

    it('keep transactions of the same moment apart', async () => {
      const db = await engine.api()
      await db.kysely.insertInto('flavors').values(flavor).execute()
      const addOne = () =>
        db.transaction(async trx => {
          const { vcpus } = await trx
            .selectFrom('flavors')
            .select('vcpus')
            .$if(db.dialect === 'mysql', query => query.forUpdate())
            .executeTakeFirstOrThrow()
          await trx
            .updateTable('flavors')
            .set({ vcpus: vcpus + 1 })
            .execute()
        })
      await Promise.all(Array.from({ length: 20 }, addOne))
      const row = await db.kysely.selectFrom('flavors').select('vcpus').executeTakeFirst()
      assert.deepEqual(row, { vcpus: 21 })
    })

    it('try a transaction again, whole, when it met a deadlock', async () => {
      const db = await engine.api()
      let tries = 0
      const result = await db.transaction(async trx => {
        await trx
          .insertInto('flavors')
          .values({ ...flavor, flavorid: `f${++tries}` })
          .execute()
        if (tries < 3) throw Object.assign(new Error('Deadlock found'), { errno: 1213 })
        return tries
      })
      assert.equal(result, 3)
      const rows = await db.kysely.selectFrom('flavors').select('flavorid').execute()
      assert.deepEqual(rows, [{ flavorid: 'f3' }])
    })

    it('give up after five more tries', async () => {
      const db = await engine.api()
      let tries = 0
      const work = () =>
        db.transaction(async () => {
          tries++
          throw Object.assign(new Error('Deadlock found'), { errno: 1213 })
        })
      await assert.rejects(work, /Deadlock found/)
      assert.equal(tries, 6)
    })

    it('refuse a parameter that no column holds', async () => {
      const db = await engine.api()
      await assert.rejects(
        sql`select ${{ some: 'object' }} as x`.execute(db.kysely),
        /A query was given an object as a parameter/,
      )
    })
  })

  it('in memory are one for each that is opened', async () => {
    const [one, two] = [openDatabase('sqlite://'), openDatabase('sqlite://')]
    await sql`create table t (id integer)`.execute(one.kysely)
    await assert.rejects(sql`select * from t`.execute(two.kysely), /no such table/)
    await Promise.all([one.close(), two.close()])
  })

  it('that are not there are named, the password masked', async () => {
    const gone = openDatabase('mysql+pymysql://nova:s3cret@127.0.0.1:1/nova')
    await assert.rejects(gone.ping(), (error: unknown) => {
      assert.ok(error instanceof DatabaseConnectionError)
      assert.equal(
        error.message,
        'Cannot use the database mysql+pymysql://nova:***@127.0.0.1:1/nova: connect ECONNREFUSED 127.0.0.1:1',
      )
      return true
    })
    await gone.close()
    assert.throws(
      () => openDatabase('sqlite:////nonexistent/folder/nova.db'),
      /^DatabaseConnectionError: Cannot use the database sqlite:\/{4}nonexistent\/folder\/nova.db: unable to open database file$/,
    )
  })

  it('say so when a query waits for the transaction it stands in', async () => {
    const db = openDatabase<{ t: { id: number } }>('sqlite://', { poolTimeout: 20 })
    await sql`create table t (id integer)`.execute(db.kysely)
    await assert.rejects(
      db.transaction(() => db.kysely.insertInto('t').values({ id: 1 }).execute()),
      /waited 20 ms for its one writer/,
    )
    await db.close()
  })

  it('are found by URLs as SQLAlchemy writes them', () => {
    assert.deepEqual(parseDatabaseUrl('sqlite:////var/lib/nova.db'), {
      dialect: 'sqlite',
      path: '/var/lib/nova.db',
    })
    assert.deepEqual(parseDatabaseUrl('sqlite:///nova.db'), { dialect: 'sqlite', path: 'nova.db' })
    assert.deepEqual(
      parseDatabaseUrl('mysql+pymysql://nova:p%40s:s@[::1]:3307/nova?charset=utf8'),
      {
        dialect: 'mysql',
        host: '::1',
        port: 3307,
        user: 'nova',
        password: 'p@s:s',
        database: 'nova',
        // The driver's UTF8 is not everybody's.
        charset: 'UTF8MB4',
        socketPath: undefined,
      },
    )
    assert.throws(
      () => parseDatabaseUrl('postgresql://u:secret@h/nova'),
      /^DatabaseUrlError: 'postgresql:\/\/u:\*\*\*@h\/nova' names the engine 'postgresql'; known are sqlite, mysql, mysql\+pymysql$/,
    )
    assert.throws(() => parseDatabaseUrl('mysql://h'), /names no database after the host/)
  })
})
