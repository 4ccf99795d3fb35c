import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { RequestContext } from '../../lib/context/index.js'
import { apiHistory, cellHistory } from '../../lib/db/migrations/history.js'
import { currentRevision, migrate } from '../../lib/db/migrations/migrate.js'
import type { ApiSchema } from '../../lib/db/schema/api.js'
import type { CellSchema } from '../../lib/db/schema/cell.js'
import {
  NovaObjectSerializer,
  objectAction,
  objectClassActionVersions,
  objectFromPrimitive,
  objectVersionsOf,
} from '../../lib/objects/index.js'
import { eachEngine } from '../support/databases.js'
import { PythonPeer } from '../support/python-peer.js'
import { inOrder, type ObjectKinds, type Primitive, withoutChanges } from './arbitraries.js'
import { someRows } from './some-rows.js'

const zed = { api: 'b30f573d3377', main: 'ccb0fa1a2252' }

describe("databases with Python's nova", function () {
  this.timeout(180_000)

  eachEngine(engine => {
    let peer: PythonPeer
    let kinds: ObjectKinds
    /** Made by nova-manage of Zed, as it left them and as we then led them forward. */
    let urls: { main: string; api: string }
    let theirs: { main: unknown; api: unknown }
    let context: RequestContext

    before(async function () {
      urls = { main: await engine.url(), api: await engine.url() }
      peer = await PythonPeer.start(this, 'database', 'objects')
      kinds = await peer.ask('objects.describe')
      await peer.ask('database.use', urls)
      await peer.ask('database.sync')
      theirs = { main: await schemaOf(urls.main), api: await schemaOf(urls.api) }
      const api = engine.open<ApiSchema>(urls.api)
      const cell = engine.open<CellSchema>(urls.main)
      assert.equal(await currentRevision(api), zed.api)
      assert.equal(await currentRevision(cell), zed.main)
      await migrate(api, apiHistory)
      await migrate(cell, cellHistory)
      const data = { kind: 'direct' as const, api, cell }
      context = new RequestContext({ userId: 'u1', projectId: 'p1', isAdmin: true }, { data })
    })
    after(() => peer?.stop())

    const schemaOf = async (url: string): Promise<unknown> => {
      const tables = await peer.ask<Tables>('database.schema', { url })
      return engine.name === 'SQLite' ? bare(tables) : tables
    }

    /** Our answer to what `database.call` asks of nova. */
    const call = async (object: string, method: string, args: readonly unknown[]) => {
      const decoded = await new NovaObjectSerializer().deserializeEntity(context, args)
      return (await objectClassActionVersions(
        context,
        object,
        method,
        objectVersionsOf(object),
        decoded as unknown[],
        {},
      )) as Primitive
    }
    const create = async (primitive: Primitive): Promise<Primitive> => {
      const object = objectFromPrimitive(primitive, context)
      await objectAction(context, object, 'create', [], {})
      return object.toPrimitive()
    }
    const save = async (primitive: Primitive): Promise<void> => {
      await objectAction(context, objectFromPrimitive(primitive, context), 'save', [], {})
    }

    it('have the schema that nova-manage of Zed makes', async () => {
      const [api, main] = [await engine.url(), await engine.url()]
      await migrate(engine.open(api), apiHistory, zed.api)
      await migrate(engine.open(main), cellHistory, zed.main)
      assert.deepEqual(await schemaOf(api), theirs.api)
      assert.deepEqual(await schemaOf(main), theirs.main)
    })

    it('are led forward to the schema that we make', async () => {
      const [api, main] = [await engine.url(), await engine.url()]
      await migrate(engine.open(api), apiHistory)
      await migrate(engine.open(main), cellHistory)
      assert.deepEqual(await schemaOf(urls.api), await schemaOf(api))
      assert.deepEqual(await schemaOf(urls.main), await schemaOf(main))
    })

    for (const { name, make, find, change, unkept = [] } of someRows) {
      it(`keep ${name} of ours for Python, and of Python's for us`, async () => {
        /** What is read, not what of it counts as changed: nothing should, and saving would show it. */
        const values = (primitive: Primitive) => without(inOrder(kinds, primitive), unkept)
        const ids = { uuid: randomUUID(), name: `n-${randomUUID().slice(0, 8)}` }
        const [object, method, ...args] = find(ids)
        const made = await create(make(ids))
        const ours = await call(object, method, args)
        const seen = await peer.ask<Primitive>('database.call', { object, method, args })
        assert.deepEqual(values(seen), values(ours), 'Python reads ours')
        assert.equal(seen['nova_object.data'].uuid ?? null, made['nova_object.data'].uuid ?? null)

        const others = { uuid: randomUUID(), name: `n-${randomUUID().slice(0, 8)}` }
        const [, , ...otherArgs] = find(others)
        await peer.ask('database.create', { primitive: make(others) })
        const found = await peer.ask<Primitive>('database.call', {
          object,
          method,
          args: otherArgs,
        })
        const theirs = await call(object, method, otherArgs)
        assert.deepEqual(values(theirs), values(found), 'we read theirs')

        if (!change) return
        // Each changes what the other made.
        await peer.ask('database.save', { primitive: changed(seen, change) })
        const after = await call(object, method, args)
        assert.deepEqual(pick(after, change), change)
        await save(changed(theirs, change))
        const there = await peer.ask<Primitive>('database.call', {
          object,
          method,
          args: otherArgs,
        })
        assert.deepEqual(pick(there, change), change)
      })
    }
  }, 'suite')
})

type Tables = Readonly<Record<string, Table>>

interface Table {
  readonly columns: Readonly<Record<string, { readonly nullable: boolean }>>
  readonly key: readonly string[]
  readonly indexes: Readonly<Record<string, Index>>
  readonly unique: Readonly<Record<string, Index>>
  readonly foreign: unknown
}

interface Index {
  readonly column_names: readonly string[]
  readonly unique?: boolean
}

/**
 * What matters of a schema of SQLite, where types bind nobody, names of indexes are the whole file's, and a
 * unique constraint is an index: columns, keys, and what is unique; not the engine's own
 * counters, and not how often the same is said to be unique.
 */
const bare = (tables: Tables): unknown =>
  Object.fromEntries(
    Object.entries(tables)
      .filter(([name]) => name !== 'sqlite_sequence')
      .map(([name, { columns, key, indexes, unique, foreign }]) => [
        name,
        {
          columns: Object.entries(columns).map(([column, { nullable }]) => [column, nullable]),
          key,
          foreign,
          unique: [
            ...new Set(
              [
                ...Object.values(unique),
                ...Object.values(indexes).filter(index => index.unique === true),
              ].map(({ column_names }) => column_names.join()),
            ),
          ].sort(),
        },
      ]),
  )

type Change = Readonly<Record<string, unknown>>

const changed = (primitive: Primitive, change: Change): Primitive => ({
  ...primitive,
  'nova_object.data': { ...primitive['nova_object.data'], ...change },
  'nova_object.changes': Object.keys(change),
})

const without = (primitive: unknown, fields: readonly string[]): unknown => {
  const { 'nova_object.data': data, ...rest } = withoutChanges(primitive) as Primitive
  return {
    ...rest,
    'nova_object.data': Object.fromEntries(
      Object.entries(data).filter(([field]) => !fields.includes(field)),
    ),
  }
}

const pick = (primitive: Primitive, change: Change): Change =>
  Object.fromEntries(
    Object.keys(change).map(field => [field, primitive['nova_object.data'][field]]),
  )
