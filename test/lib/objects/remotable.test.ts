import assert from 'node:assert/strict'
import type { IndirectionApi, RequestContext } from '../../../lib/context/index.js'
import { InstanceNotFound, UnexpectedTaskStateError } from '../../../lib/exception/index.js'
import {
  Flavor,
  IncompatibleObjectVersion,
  Instance,
  InstanceActionEvent,
  InstanceFault,
  InstanceList,
  NovaObjectSerializer,
  objectAction,
  objectBackportVersions,
  objectClassActionVersions,
  Service,
} from '../../../lib/objects/index.js'
import { eachEngine } from '../../support/databases.js'
import { directContext, emptyTables, newInstance } from '../../support/objects.js'

/** What JSON makes of a value on its way. */
const carried = <T>(value: T): T => JSON.parse(JSON.stringify(value))

/** A conductor without the bus: what goes in and out is JSON, decoded as the RPC server does. */
class Conductor implements IndirectionApi {
  readonly calls: [method: string, args: unknown, kwargs: unknown][] = []
  readonly replies: unknown[] = []
  readonly #context: RequestContext
  readonly #serializer = new NovaObjectSerializer()

  constructor(context: RequestContext) {
    this.#context = context
  }

  async objectAction(
    _context: object,
    objinst: unknown,
    method: string,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
  ) {
    this.calls.push([method, args, kwargs])
    const object = await this.#decoded(objinst)
    const result = await objectAction(
      this.#context,
      object,
      method,
      (await this.#decoded(args)) as unknown[],
      (await this.#decoded(kwargs)) as Record<string, unknown>,
    )
    this.replies.push(carried(result))
    return carried(result)
  }

  async objectClassActionVersions(
    _context: object,
    objname: string,
    method: string,
    versions: Readonly<Record<string, string>>,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
  ) {
    this.calls.push([`${objname}.${method}`, args, kwargs])
    return carried(
      await objectClassActionVersions(this.#context, objname, method, versions, args, kwargs),
    )
  }

  async objectBackportVersions(
    _context: object,
    objinst: unknown,
    versions: Readonly<Record<string, string>>,
  ) {
    this.calls.push(['backport', versions, {}])
    const primitive = { ...Object(objinst), 'nova_object.version': '1.2' }
    return carried(objectBackportVersions(this.#context, primitive, versions))
  }

  #decoded(value: unknown): Promise<unknown> {
    return this.#serializer.deserializeEntity(this.#context, carried(value))
  }
}

describe('objects of a process without a database', () => {
  eachEngine(engine => {
    let direct: RequestContext
    let conductor: Conductor
    let context: RequestContext

    before(async function () {
      this.timeout(20_000)
      direct = await directContext(engine)
    })

    beforeEach(() => {
      conductor = new Conductor(direct)
      context = direct.withData({ kind: 'indirect', indirection: conductor })
    })

    afterEach(() => emptyTables(direct))

    it('are read at the conductor', async () => {
      const made = newInstance(direct)
      await made.create()
      const found = await Instance.getByUuid(context, made.uuid, { expectedAttrs: ['flavor'] })
      assert.equal(found.flavor.name, 'm1.tiny')
      assert.equal(found.context, context)
      assert.deepEqual(conductor.calls, [
        ['Instance.get_by_uuid', [made.uuid], { expected_attrs: ['flavor'] }],
      ])
      await found.load('metadata', 'flavor')
      assert.deepEqual(found.metadata, { role: 'web' })
      assert.equal(conductor.calls.length, 2)
    })

    it('are saved there, and take over what changed', async () => {
      const made = newInstance(direct)
      await made.create()
      const instance = await Instance.getByUuid(context, made.uuid, { expectedAttrs: [] })
      instance.host = 'h1'
      instance.vmState = 'active'
      await instance.save({ expectedTaskState: ['scheduling', null] })
      assert.deepEqual(conductor.calls.at(-1), [
        'save',
        [],
        { expected_task_state: ['scheduling', null] },
      ])
      assert.deepEqual([...instance.changedFields()], [])
      assert.ok(instance.updatedAt)
      const row = await Instance.getByUuid(direct, made.uuid)
      assert.deepEqual([row.host, row.vmState], ['h1', 'active'])
    })

    it("answer a service's beat with what moved and nothing else", async () => {
      const service = new Service(context, { host: 'h1', binary: 'nova-compute', reportCount: 0 })
      await service.create()
      assert.equal(typeof service.id, 'number')
      service.reportCount = 1
      await service.save()
      const [updates, result] = Object(conductor.replies.at(-1))
      assert.deepEqual(Object.keys(updates).sort(), [
        'last_seen_up',
        'obj_what_changed',
        'updated_at',
      ])
      assert.deepEqual(updates.obj_what_changed, [])
      assert.equal(result, null)
    })

    it('let errors through', async () => {
      const made = newInstance(direct)
      await made.create()
      await assert.rejects(() => Instance.getByUuid(context, 'nope'), InstanceNotFound)
      const instance = await Instance.getByUuid(context, made.uuid)
      await assert.rejects(
        () => instance.save({ expectedTaskState: 'spawning' }),
        UnexpectedTaskStateError,
      )
    })

    it('are lists and plain values too', async () => {
      await newInstance(direct, { host: 'h1' }).create()
      const list = await InstanceList.getByHost(context, 'h1', { expectedAttrs: ['info_cache'] })
      assert.deepEqual(
        list.objects.map(one => one.infoCache?.networkInfo),
        ['[]'],
      )
      assert.equal(await Service.getMinimumVersion(context, 'nova-compute'), 0)
      assert.equal(await Service.getByHostAndBinary(context, 'h1', 'x'), null)
    })

    it("take a Python service's arguments by position or by name", async () => {
      const made = newInstance(direct)
      await made.create()
      const call = (args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>) =>
        objectClassActionVersions(direct, 'Instance', 'get_by_uuid', {}, args, kwargs)
      for (const [args, kwargs] of [
        [[made.uuid, ['flavor']], {}],
        [[], { uuid: made.uuid, expected_attrs: ['flavor'], use_slave: false }],
      ] as const) {
        const primitive = await call(args, kwargs)
        assert.equal(Instance.fromPrimitive(primitive, direct).flavor.name, 'm1.tiny')
      }
      await assert.rejects(() => call([], {}), /missing required argument: 'uuid'/)
      await assert.rejects(
        () => call([made.uuid], { nope: 1 }),
        /unexpected keyword argument 'nope'/,
      )
      await assert.rejects(() => call([made.uuid], { uuid: 'x' }), /multiple values/)
      await assert.rejects(() => call([1, 2, 3, 4], {}), /takes 3 arguments but 4 were given/)
    })

    it('offer the methods marked, and no others', async () => {
      const made = newInstance(direct)
      for (const method of ['constructor', 'bind', 'to_primitive', 'no_such', '__proto__']) {
        await assert.rejects(
          () => objectAction(direct, made, method, [], {}),
          /Object Instance has no remotable method/,
        )
      }
      await assert.rejects(
        () => objectClassActionVersions(direct, 'Instance', 'save', {}, [], {}),
        /no remotable method 'save'/,
      )
      await assert.rejects(
        () => objectClassActionVersions(direct, 'Nothing', 'get', {}, [], {}),
        /Unsupported object type Nothing/,
      )
    })

    it('write faults and events as nova-compute does', async () => {
      const made = newInstance(direct)
      await made.create()
      const fault = new InstanceFault(context, {
        instanceUuid: made.uuid,
        code: 500,
        message: 'x'.repeat(300),
        host: 'h1',
      })
      await fault.create()
      assert.equal(fault.message?.length, 255)
      assert.equal(
        await InstanceActionEvent.eventStart(context, made.uuid, 'e', { wantResult: false }).catch(
          (error: Error) => error.name,
        ),
        'InstanceActionNotFound',
      )
    })

    it('ask for an object of the future in a version of today', async () => {
      const serializer = new NovaObjectSerializer()
      const future = {
        ...new Flavor(null, { name: 'a' }).toPrimitive(),
        'nova_object.version': '1.3',
      }
      const [flavor] = Object(await serializer.deserializeEntity(context, [future]))
      assert.ok(flavor instanceof Flavor)
      assert.equal(flavor.name, 'a')
      assert.deepEqual(conductor.calls, [['backport', { Flavor: '1.2' }, {}]])
      await assert.rejects(
        () => serializer.deserializeEntity(direct, future),
        IncompatibleObjectVersion,
      )
    })
  }, 'suite')
})
