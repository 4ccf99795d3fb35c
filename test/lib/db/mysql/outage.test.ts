import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Database } from '../../../../lib/db/database.js'
import { DatabaseConnectionError, isRefusal } from '../../../../lib/db/errors.js'
import { openDatabase } from '../../../../lib/db/open.js'
import { uniqueName } from '../../../support/broker.js'
import { needsMariadb, withServer } from '../../../support/databases.js'
import { TcpProxy } from '../../../support/tcp-proxy.js'

interface Schema {
  readonly t: { readonly id: number }
}

describe('a MariaDB that is away, or full', () => {
  const name = uniqueName('kilonova_test').replaceAll('-', '_')
  const user = uniqueName('few').slice(0, 16)
  let proxy: TcpProxy
  const opened: { close(): Promise<void> }[] = []
  const open = (who = 'root', options = {}): Database<Schema> => {
    const url = `mysql+pymysql://${who}@127.0.0.1:${proxy.port}/${name}`
    const db = openDatabase<Schema>(url, { retryInterval: 20, ...options })
    opened.push(db)
    return db
  }

  before(async function () {
    await needsMariadb.call(this)
    proxy = await TcpProxy.start(3306)
    await withServer(async server => {
      await server.query(`CREATE DATABASE ${name}`)
      await server.query(`CREATE TABLE ${name}.t (id int primary key)`)
      await server.query(`CREATE USER '${user}'@'%' WITH MAX_USER_CONNECTIONS 2`)
      await server.query(`CREATE USER '${user}'@'localhost' WITH MAX_USER_CONNECTIONS 2`)
      for (const from of ['%', 'localhost']) {
        await server.query(`GRANT ALL ON ${name}.* TO '${user}'@'${from}'`)
      }
    })
  })
  afterEach(async () => {
    proxy.refuse(false)
    for (const db of opened.splice(0)) await db.close()
  })
  after(async () => {
    if (!proxy) return
    await proxy.stop()
    await withServer(async server => {
      await server.query(`DROP DATABASE ${name}`)
      for (const from of ['%', 'localhost']) await server.query(`DROP USER '${user}'@'${from}'`)
    })
  })

  const ids = async (db: Database<Schema>): Promise<number[]> =>
    (await db.kysely.selectFrom('t').select('id').orderBy('id').execute()).map(({ id }) => id)

  it('is read from when it is back', async () => {
    const db = open()
    await db.ping()
    proxy.refuse(true)
    proxy.cut()
    const answer = ids(db)
    // It has been turned away at least once.
    await proxy.refused()
    proxy.refuse(false)
    assert.deepEqual(await answer, [])
  })

  it('is told of at once when it never was there', async () => {
    proxy.refuse(true)
    await assert.rejects(open().ping(), DatabaseConnectionError)
  })

  it('is no use waiting for when it does not know us', async () => {
    const toldOf = async (url: string): Promise<boolean> => {
      const db = openDatabase<Schema>(url)
      opened.push(db)
      return db.ping().then(() => assert.fail('it knows us'), isRefusal)
    }
    const where = `127.0.0.1:${proxy.port}`
    assert.equal(await toldOf(`mysql://root@${where}/${name}_of_nobody`), true)
    assert.equal(await toldOf(`mysql://nobody:secret@${where}/${name}`), true)
    proxy.refuse(true)
    assert.equal(await toldOf(`mysql://root@${where}/${name}`), false)
  })

  it('is told of after max_retries', async () => {
    const db = open('root', { maxRetries: 2 })
    await db.ping()
    proxy.refuse(true)
    proxy.cut()
    await assert.rejects(ids(db), DatabaseConnectionError)
  })

  it('does once a transaction in the middle of which it went', async () => {
    const db = open()
    let tries = 0
    await db.transaction(async trx => {
      await trx.insertInto('t').values({ id: 1 }).execute()
      if (++tries === 1) proxy.cut()
      await trx.insertInto('t').values({ id: 2 }).execute()
    })
    assert.equal(tries, 2)
    assert.deepEqual(await ids(db), [1, 2])
  })

  it('is waited for when it has no connection left', async () => {
    const db = open(user, { maxRetries: -1 })
    // A pool of ten, on the two connections that this user may have.
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sql`select sleep(0.005)`.execute(db.kysely)),
    )
    assert.equal(answers.length, 20)
  })
})
