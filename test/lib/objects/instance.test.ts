import assert from 'node:assert/strict'
import type { RequestContext } from '../../../lib/context/index.js'
import {
  InstanceExists,
  InstanceNotFound,
  InstanceUpdateConflict,
  InvalidInput,
  InvalidSortKey,
  MarkerNotFound,
  ObjectActionError,
  UnexpectedDeletingTaskStateError,
  UnexpectedTaskStateError,
} from '../../../lib/exception/index.js'
import {
  cellOf,
  Instance,
  InstanceFault,
  InstanceList,
  InstancePCIRequests,
  KeyPairList,
  TagList,
} from '../../../lib/objects/index.js'
import { eachEngine } from '../../support/databases.js'
import { directContext, emptyTables, newInstance, someFlavor } from '../../support/objects.js'

describe('Instance', () => {
  eachEngine(engine => {
    let context: RequestContext

    before(async function () {
      this.timeout(20_000)
      context = await directContext(engine)
    })

    afterEach(() => emptyTables(context))

    const created = async (values: Parameters<typeof newInstance>[1] = {}): Promise<Instance> => {
      const instance = newInstance(context, values)
      await instance.create()
      return instance
    }

    it("keeps characters beyond U+FFFF whole, or refuses them as the asker's fault", async () => {
      // Once half characters went into MySQL's utf8: Python's nova could not read that server any more.
      const making = created({ displayName: 'smile 😀' })
      if (engine.name === 'MariaDB') {
        await assert.rejects(making, {
          name: 'ValidationError',
          code: 400,
          message:
            'Characters beyond U+FFFF, emoji among them, cannot be stored: the columns of the database are of MySQL utf8.',
        })
        return
      }
      const found = await Instance.getByUuid(context, (await making).uuid)
      assert.equal(found.displayName, 'smile 😀')
    })

    it('is created with all its rows, and read as it was', async () => {
      const instance = await created({
        keypairs: KeyPairList.of(context, []),
        pciRequests: InstancePCIRequests.fromStored(context, 'x', '[]'),
      })
      assert.deepEqual([...instance.changedFields()], [])
      assert.equal(typeof instance.id, 'number')

      const found = await Instance.getByUuid(context, instance.uuid, {
        expectedAttrs: ['metadata', 'system_metadata', 'info_cache', 'flavor', 'pci_requests'],
      })
      assert.deepEqual(found.metadata, { role: 'web' })
      assert.deepEqual(found.systemMetadata, { image_min_ram: '0' })
      assert.equal(found.infoCache?.networkInfo, '[]')
      assert.deepEqual(found.flavor.toPrimitive(), someFlavor().toPrimitive())
      assert.equal(found.oldFlavor, null)
      assert.deepEqual(found.pciRequests?.requests, [])
      assert.equal(found.deleted, false)
      assert.equal(found.cleaned, false)
      assert.equal(found.isSet('keypairs'), false)
      assert.equal((await found.load('keypairs')).keypairs.length, 0)
      assert.deepEqual([...found.changedFields()], [])
    })

    it('is created once', async () => {
      const instance = await created()
      await assert.rejects(() => instance.create(), ObjectActionError)
      await assert.rejects(
        () => newInstance(context, { uuid: instance.uuid }).create(),
        InstanceExists,
      )
    })

    it('saves what changed if its states are as expected', async () => {
      const instance = await created()
      instance.vmState = 'active'
      instance.taskState = null
      await instance.save({ expectedTaskState: ['scheduling', null] })
      assert.deepEqual([...instance.changedFields()], [])

      instance.displayName = 'two'
      await instance.save({ expectedTaskState: [null], expectedVmState: 'active' })
      const found = await Instance.getByUuid(context, instance.uuid)
      assert.deepEqual(
        [found.vmState, found.taskState, found.displayName, found.host],
        ['active', null, 'two', null],
      )
    })

    it('says which state was another than expected', async () => {
      const instance = await created()
      const stale = await Instance.getByUuid(context, instance.uuid)
      stale.taskState = 'spawning'
      await assert.rejects(
        () => stale.save({ expectedTaskState: 'networking' }),
        (error: unknown) => {
          assert.ok(error instanceof UnexpectedTaskStateError)
          assert.ok(!(error instanceof UnexpectedDeletingTaskStateError))
          assert.deepEqual(error.kwargs, {
            instance_uuid: instance.uuid,
            expected: { task_state: ['networking'] },
            actual: { task_state: 'scheduling' },
            code: 500,
          })
          return true
        },
      )
      await assert.rejects(
        () => stale.save({ expectedVmState: ['active'] }),
        (error: unknown) =>
          error instanceof InstanceUpdateConflict && !(error instanceof UnexpectedTaskStateError),
      )
      instance.taskState = 'deleting'
      await instance.save()
      await assert.rejects(
        () => stale.save({ expectedTaskState: 'scheduling' }),
        UnexpectedDeletingTaskStateError,
      )
      assert.equal((await Instance.getByUuid(context, instance.uuid)).taskState, 'deleting')
    })

    it('lets one of two savers who expect the same state win', async () => {
      const { uuid } = await created()
      const savers = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async host => {
          const instance = await Instance.getByUuid(context, uuid)
          instance.host = host
          instance.taskState = 'spawning'
          return instance
        }),
      )
      const outcomes = await Promise.allSettled(
        savers.map(instance => instance.save({ expectedTaskState: 'scheduling' })),
      )
      assert.equal(outcomes.filter(outcome => outcome.status === 'fulfilled').length, 1)
    })

    it('soft-deletes metadata keys that are gone, updates and inserts the others', async () => {
      const instance = await created({ metadata: { a: '1', b: '2' } })
      instance.metadata = { b: '3', c: '4' }
      await instance.save()
      const found = await Instance.getByUuid(context, instance.uuid)
      assert.deepEqual(found.metadata, { b: '3', c: '4' })
      const rows = await cellOf(context)
        .kysely.selectFrom('instance_metadata')
        .select(['id', 'key', 'value', 'deleted'])
        .orderBy('id')
        .execute()
      assert.deepEqual(
        rows.map(row => [row.key, row.value, row.deleted === row.id]),
        [
          ['a', '1', true],
          ['b', '3', false],
          ['c', '4', false],
        ],
      )
      await instance.deleteMetadataKey('b')
      assert.deepEqual((await Instance.getByUuid(context, instance.uuid)).metadata, { c: '4' })
    })

    it('saves the parts kept in instance_extra, and its network cache', async () => {
      const instance = await created()
      const found = await Instance.getByUuid(context, instance.uuid, {
        expectedAttrs: ['info_cache', 'flavor'],
      })
      assert.ok(found.infoCache)
      found.infoCache.networkInfo = '[{"id": "p1"}]'
      found.oldFlavor = found.flavor
      await found.save()
      const again = await Instance.getByUuid(context, instance.uuid, {
        expectedAttrs: ['info_cache', 'flavor'],
      })
      assert.equal(again.infoCache?.networkInfo, '[{"id": "p1"}]')
      assert.equal(again.oldFlavor?.flavorid, '1')
      assert.equal(again.newFlavor, null)
    })

    it('is destroyed with what belongs to it, and found only by who reads the deleted', async () => {
      const instance = await created()
      await TagList.create(context, instance.uuid, ['x'])
      await instance.destroy()
      assert.equal(instance.deleted, true)
      assert.equal(instance.isSet('id'), false)
      await assert.rejects(() => Instance.getByUuid(context, instance.uuid), InstanceNotFound)
      const reading = context.with({ readDeleted: 'yes' })
      const found = await Instance.getByUuid(reading, instance.uuid)
      assert.equal(found.deleted, true)
      assert.deepEqual(found.metadata, { role: 'web' })
      assert.equal((await TagList.getByResourceId(context, instance.uuid)).length, 0)
      await assert.rejects(() => instance.destroy(), ObjectActionError)
      await assert.rejects(() => instance.save({ expectedTaskState: null }), InstanceNotFound)
    })

    it('is not destroyed by one who thinks that it has no host, once it has one', async () => {
      const instance = await created()
      const placed = await Instance.getByUuid(context, instance.uuid)
      placed.host = 'compute-1'
      await placed.save()
      await assert.rejects(() => instance.destroy(), /host changed/)
    })

    it('shows its latest fault', async () => {
      const instance = await created()
      for (const message of ['first', 'second']) {
        const fault = new InstanceFault(context, {
          instanceUuid: instance.uuid,
          code: 500,
          message,
        })
        await fault.create()
      }
      await instance.load('fault')
      assert.equal(instance.fault?.message, 'second')
    })

    describe('in lists', () => {
      const names = async (
        filters: Readonly<Record<string, unknown>>,
        options: Parameters<typeof InstanceList.getByFilters>[2] = {},
      ): Promise<(string | null)[]> => {
        const list = await InstanceList.getByFilters(context, filters, {
          sortKey: 'display_name',
          sortDir: 'asc',
          ...options,
        })
        return list.objects.map(instance => instance.displayName)
      }

      beforeEach(async () => {
        await created({ displayName: 'a1', vmState: 'active', host: 'h1' })
        await created({ displayName: 'a2', vmState: 'soft-delete', host: 'h1' })
        await created({ displayName: 'b1', projectId: 'p2', locked: true, metadata: { k: 'v' } })
        const tagged = await created({ displayName: 'b2', taskState: null })
        await TagList.create(context, tagged.uuid, ['red', 'blue'])
        const gone = await created({ displayName: 'c1' })
        await gone.destroy()
      })

      const cases: readonly [string, Readonly<Record<string, unknown>>, readonly string[]][] = [
        ['live ones', { deleted: false }, ['a1', 'b1', 'b2']],
        ['deleted ones, soft-deleted among them', { deleted: true }, ['a2', 'c1']],
        ['deleted ones only', { deleted: true, soft_deleted: false }, ['c1']],
        ['soft-deleted ones too', { deleted: false, soft_deleted: true }, ['a1', 'a2', 'b1', 'b2']],
        ['all, when nothing is said of it', {}, ['a1', 'a2', 'b1', 'b2', 'c1']],
        ['an exact value', { deleted: false, project_id: 'p2' }, ['b1']],
        ['one of several values', { vm_state: ['active', 'soft-delete'] }, ['a1', 'a2']],
        ['null', { deleted: false, task_state: null }, ['b2']],
        ['null or a value', { deleted: false, task_state: [null, 'x'] }, ['b2']],
        ['yes or no', { locked: true }, ['b1']],
        ['a part of a name', { display_name: 'b', deleted: false }, ['b1', 'b2']],
        ['a regular expression', { display_name: '^[ab]1$' }, ['a1', 'b1']],
        ['metadata', { metadata: { k: 'v' } }, ['b1']],
        ['all tags', { tags: ['red', 'blue'] }, ['b2']],
        ['all tags, one of them missing', { tags: ['red', 'green'] }, []],
        ['any tag', { 'tags-any': ['red', 'green'] }, ['b2']],
        ['not all tags', { 'not-tags': ['red', 'green'], deleted: false }, ['a1', 'b1', 'b2']],
        ['no tag', { 'not-tags-any': ['red', 'green'], deleted: false }, ['a1', 'b1']],
        ['no change since', { 'changes-since': '2999-01-01T00:00:00Z' }, []],
        ['an unknown column', { no_such_column: 'x', deleted: false }, ['a1', 'b1', 'b2']],
      ]
      for (const [title, filters, expected] of cases) {
        it(`finds by ${title}`, async () => {
          assert.deepEqual(await names(filters), expected)
        })
      }

      it('are paged by marker and limit, whatever the direction and nulls', async () => {
        for (const dir of ['asc', 'desc']) {
          const options = { sortKeys: ['task_state', 'display_name'], sortDirs: [dir, dir] }
          const all = await InstanceList.getByFilters(context, {}, options)
          const paged: string[] = []
          for (let marker: string | null = null; ; ) {
            const page: InstanceList = await InstanceList.getByFilters(
              context,
              {},
              {
                ...options,
                limit: 2,
                marker,
              },
            )
            paged.push(...page.objects.map(instance => instance.uuid))
            marker = page.objects.at(-1)?.uuid ?? null
            if (page.length < 2) break
          }
          assert.deepEqual(
            paged,
            all.objects.map(instance => instance.uuid),
            dir,
          )
        }
        assert.deepEqual(await names({}, { limit: 0 }), [])
      })

      it('refuse what cannot be asked', async () => {
        await assert.rejects(() => names({ display_name: '(' }), InvalidInput)
        await assert.rejects(() => names({ display_name: '' }), InvalidInput)
        await assert.rejects(() => names({}, { sortKey: 'x' }), InvalidSortKey)
        await assert.rejects(() => names({}, { marker: 'x' }), MarkerNotFound)
      })

      it('count what a project and a user use', async () => {
        assert.deepEqual(await InstanceList.getCounts(context, 'p1', { userId: 'u1' }), {
          project: { instances: 2, cores: 2, ram: 1024 },
          user: { instances: 2, cores: 2, ram: 1024 },
        })
        assert.deepEqual(await InstanceList.getCounts(context, 'none'), {
          project: { instances: 0, cores: 0, ram: 0 },
        })
      })

      it('are found by host', async () => {
        const list = await InstanceList.getByHost(context, 'h1', { expectedAttrs: [] })
        assert.deepEqual(list.objects.map(one => one.displayName).sort(), ['a1', 'a2'])
        assert.equal((await InstanceList.getUuidsByHost(context, 'h1')).length, 2)
      })
    })
  }, 'suite')
})
