import assert from 'node:assert/strict'
import { RequestSpec } from '../../../lib/objects/index.js'
import { eachWithMoves } from '../../support/move-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

const beginning = [
  'conductor_migrate_server=Success',
  'cold_migrate=Success',
  'compute_prep_resize=Success',
  'compute_resize_instance=Success',
  'compute_finish_resize=Success',
]

describe('a resize', () => {
  const at = eachWithMoves({ options: { resizeConfirmWindow: 60 } })
  const resize = async (flavorId: string) =>
    at.cloud.servers.resize(at.cloud.context, await at.asked(), { flavorId, autoDiskConfig: null })
  const resized = async () => {
    const flavor = await at.flavor()
    await resize(flavor.flavorid)
    return at.settled('resized')
  }

  it('goes to another host, and keeps the way back open', async () => {
    const seen: [string, string | null][] = []
    at.before.migrate_disk_and_power_off = async host => {
      seen.push([host, (await at.asked()).taskState])
    }
    at.before.finish_migration = async host => {
      seen.push([host, (await at.asked()).taskState])
    }
    const flavor = await at.flavor()
    await resize(flavor.flavorid)
    const after = await at.settled('resized')
    await after.load('flavor')
    const { host } = after
    assert.ok(host && host !== at.source)
    assert.deepEqual(seen, [
      [at.source, 'resize_migrating'],
      [host, 'resize_finish'],
    ])
    assert.deepEqual(at.called, [
      `${at.source} migrate_disk_and_power_off`,
      `${host} finish_migration`,
    ])
    assert.deepEqual(
      [after.flavor.flavorid, after.instanceTypeId, after.vcpus, after.memoryMb, after.rootGb],
      [flavor.flavorid, flavor.id, 2, 1024, 2],
    )
    assert.deepEqual([after.node, after.powerState, after.progress], [host, 1, 0])
    assert.deepEqual(await at.migration(), ['resize', 'finished', at.source, host])
    assert.deepEqual(await at.claims(), { [at.source]: [0, 1], [host]: [2, 0] })
    assert.deepEqual(await at.usage(), { [at.source]: 1, [host]: 2 })
    assert.equal(at.cloud.networks.hosts.get(at.uuid), host)
    assert.deepEqual(await at.actions(['resize']), [['resize', ...beginning]])
    const spec = await RequestSpec.getByInstanceUuid(at.cloud.context, at.uuid)
    assert.deepEqual([spec.flavor.flavorid, spec.get('ignoreHosts')], [flavor.flavorid, null])
    for (const one of [at.source, host]) await at.periodic(one, 'update_available_resource')
    assert.deepEqual(await at.usage(), { [at.source]: 1, [host]: 2 })
  })

  it('that is confirmed leaves nothing where it was', async () => {
    const { host } = await resized()
    await at.cloud.servers.confirmResize(await at.asked())
    const actions = await at.actions(['resize', 'confirmResize'])
    assert.deepEqual(actions[1], ['confirmResize', 'compute_confirm_resize=Success'])
    const after = await at.settled('active')
    await after.load('oldFlavor', 'newFlavor', 'migrationContext')
    assert.deepEqual(
      [after.host, after.oldFlavor, after.newFlavor, after.migrationContext],
      [host, null, null, null],
    )
    assert.equal('old_vm_state' in after.systemMetadata, false)
    assert.deepEqual(await at.guests(), [host])
    assert.deepEqual(await at.claims(), { [host ?? '']: [2, 0] })
    assert.deepEqual(await at.usage(), { [host ?? '']: 2 })
    assert.equal((await at.migration())[1], 'confirmed')
  })

  it('that is reverted is as it was', async () => {
    await resized()
    await at.cloud.servers.revertResize(await at.asked())
    const after = await at.settled('active')
    const actions = await at.actions(['resize', 'revertResize'])
    assert.deepEqual(actions[1], [
      'revertResize',
      'compute_revert_resize=Success',
      'compute_finish_revert_resize=Success',
    ])
    await after.load('flavor', 'oldFlavor', 'migrationContext')
    assert.deepEqual(
      [
        after.host,
        after.node,
        after.vcpus,
        after.flavor.name,
        after.oldFlavor,
        after.migrationContext,
      ],
      [at.source, at.source, 1, 'm1.tiny', null, null],
    )
    assert.deepEqual(await at.guests(), [at.source])
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
    assert.deepEqual(await at.usage(), { [at.source]: 1 })
    assert.equal(at.cloud.networks.hosts.get(at.uuid), at.source)
    assert.equal((await at.migration())[1], 'reverted')
    const spec = await RequestSpec.getByInstanceUuid(at.cloud.context, at.uuid)
    assert.equal(spec.flavor.name, 'm1.tiny')
  })

  it('of a server that is off leaves it off, there and back', async () => {
    await at.cloud.servers.stop(await at.asked())
    await at.settled('stopped')
    const { powerState } = await resized()
    assert.equal(powerState, 4)
    await at.cloud.servers.revertResize(await at.asked())
    await at.settled('stopped')
    assert.deepEqual((await at.actions(['resize', 'revertResize']))[1], [
      'revertResize',
      'compute_revert_resize=Success',
      'compute_finish_revert_resize=Success',
      'compute_stop_instance=Success',
    ])
    await resized()
    await at.cloud.servers.confirmResize(await at.asked())
    await at.settled('stopped')
  })

  it('that one host cannot take goes to the next', async () => {
    await at.cloud.servers.stop(await at.asked())
    await at.settled('stopped')
    let first = ''
    const flavor = await at.flavor()
    // Whoever is first has no room for the claim.
    for (const [host, { manager }] of at.cloud.hosts) {
      if (host === at.source) continue
      const claim = manager.tracker.moveClaim.bind(manager.tracker)
      manager.tracker.moveClaim = async (...args) => {
        if (first) return claim(...args)
        first = host
        throw new Error('no room after all')
      }
    }
    await resize(flavor.flavorid)
    const { host } = await at.settled('resized')
    assert.ok(host && host !== first && host !== at.source)
    assert.deepEqual(await at.claims(), { [at.source]: [0, 1], [host]: [2, 0] })
    assert.equal((await at.migrations()).length, 1)
  })

  it('that no host can take leaves the server as it was', async () => {
    const flavor = await at.flavor({ vcpus: 100_000 })
    await resize(flavor.flavorid)
    const after = await at.settled('active')
    assert.deepEqual([after.host, after.vcpus], [at.source, 1])
    const [action = []] = await at.actions(['resize'])
    assert.deepEqual(action, ['resize', 'conductor_migrate_server=Error', 'cold_migrate=Error'])
    assert.match((await at.fault())?.message ?? '', /^No valid host was found/)
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
    assert.deepEqual(await at.migration(), ['resize', 'error', at.source, null])
    const spec = await RequestSpec.getByInstanceUuid(at.cloud.context, at.uuid)
    assert.equal(spec.flavor.name, 'm1.tiny')
  })

  it('whose source fails is an error on the source', async () => {
    at.failing.add('migrate_disk_and_power_off')
    await resize((await at.flavor()).flavorid)
    const after = await at.settled('error')
    await at.actions(['resize'])
    assert.equal(after.host, at.source)
    await eventually('claims are back', async () => {
      const claims = await at.claims()
      return Object.keys(claims).length === 1 && claims[at.source]?.[0] === 1 ? true : undefined
    })
    assert.equal((await at.migration())[1], 'error')
  })

  it('whose destination fails is an error there', async () => {
    at.failing.add('finish_migration')
    await resize((await at.flavor()).flavorid)
    const { host } = await at.settled('error')
    assert.ok(host && host !== at.source)
    const [action = []] = await at.actions(['resize'])
    assert.equal(action.at(-1), 'compute_finish_resize=Error')
    await eventually('only there it is claimed', async () =>
      Object.keys(await at.claims()).join() === host ? true : undefined,
    )
    assert.equal((await at.migration())[1], 'error')
  })

  it('is confirmed before its server is deleted', async () => {
    await resized()
    await at.cloud.servers.delete(at.cloud.context, await at.asked())
    await eventually('nothing is left', async () =>
      (await at.cloud.leftovers(at.uuid)).length === 0 ? true : undefined,
    )
    assert.deepEqual(await at.claims(), {})
    assert.deepEqual(
      (await at.actions(['confirmResize', 'delete'])).map(([name]) => name),
      ['confirmResize', 'delete'],
    )
  })

  it('is confirmed by itself after resize_confirm_window', async () => {
    const { host } = await resized()
    const [migration] = await at.migrations()
    assert.ok(migration && host)
    await at.periodic(host, '_poll_unconfirmed_resizes')
    assert.equal((await at.migration())[1], 'finished')
    await at.cloud.cell1.kysely
      .updateTable('migrations')
      .set({ updated_at: new Date(Date.now() - 61_000) })
      .where('id', '=', migration.id)
      .execute()
    await at.periodic(host, '_poll_unconfirmed_resizes')
    await at.settled('active')
    assert.deepEqual((await at.actions(['resize', 'confirmResize']))[1], [
      'confirmResize',
      'compute_confirm_resize=Success',
    ])
  })

  it('that a crash of the source interrupts is taken back at its start', async () => {
    const held = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    at.before.migrate_disk_and_power_off = () => {
      reached.resolve()
      return held.promise
    }
    await resize((await at.flavor()).flavorid)
    await reached.promise
    at.before = {}
    const { driver, manager } = at.cloud.hosts.get(at.source) ?? {}
    assert.ok(driver && manager)
    // A new life of the same host, while the old one never ends what it began.
    await manager.initHost()
    const after = await at.settled('active')
    assert.equal(after.host, at.source)
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
    assert.equal((await at.migration())[1], 'error')
    held.resolve()
    await at.actions(['resize'])
  })
})

describe('a cold migration', () => {
  const at = eachWithMoves()

  it('keeps the flavor, and goes where it is told', async () => {
    const wanted = [...at.cloud.hosts.keys()].find(host => host !== at.source) ?? ''
    await at.cloud.servers.migrate(await at.asked(), wanted)
    const { host } = await at.settled('resized')
    assert.equal(host, wanted)
    assert.deepEqual(await at.actions(['migrate']), [['migrate', ...beginning]])
    assert.deepEqual(await at.migration(), ['migration', 'finished', at.source, wanted])
    assert.deepEqual(await at.claims(), { [at.source]: [0, 1], [wanted]: [1, 0] })
    await at.cloud.servers.confirmResize(await at.asked())
    await at.actions(['migrate', 'confirmResize'])
    await at.settled('active')
    assert.deepEqual(await at.claims(), { [wanted]: [1, 0] })
  })
})

describe('a resize on the only host there is', () => {
  const at = eachWithMoves({
    hosts: ['compute-1'],
    conf: { DEFAULT: { allow_resize_to_same_host: true } },
  })
  const resized = async () => {
    const { flavorid: flavorId } = await at.flavor()
    const request = { flavorId, autoDiskConfig: null }
    await at.cloud.servers.resize(at.cloud.context, await at.asked(), request)
    return at.settled('resized')
  }

  it('counts both flavors until it is confirmed', async () => {
    await resized()
    assert.deepEqual(await at.usage(), { 'compute-1': 3 })
    assert.deepEqual(await at.claims(), { 'compute-1': [2, 1] })
    await at.periodic('compute-1', 'update_available_resource')
    assert.deepEqual(await at.usage(), { 'compute-1': 3 })
    await at.cloud.servers.confirmResize(await at.asked())
    await at.actions(['resize', 'confirmResize'])
    await at.settled('active')
    assert.deepEqual(await at.usage(), { 'compute-1': 2 })
    assert.deepEqual(await at.claims(), { 'compute-1': [2, 0] })
    assert.deepEqual(await at.guests(), ['compute-1'])
  })

  it('brings the old guest back when it is reverted', async () => {
    await resized()
    await at.cloud.servers.revertResize(await at.asked())
    const { vcpus, powerState } = await at.settled('active')
    assert.deepEqual([vcpus, powerState], [1, 1])
    assert.deepEqual(await at.usage(), { 'compute-1': 1 })
    assert.deepEqual(await at.claims(), { 'compute-1': [1, 0] })
    assert.deepEqual(await at.guests(), ['compute-1'])
  })

  it('is nothing for a cold migration, which the hypervisor cannot end where it began', async () => {
    await at.cloud.servers.migrate(await at.asked(), null)
    await eventually('it is given up', async () =>
      (await at.migration())[1] === 'error' ? true : undefined,
    )
    const { host } = await at.settled('active')
    assert.equal(host, 'compute-1')
    assert.deepEqual(await at.claims(), { 'compute-1': [1, 0] })
    await at.cloud.hosts.get(host)?.manager.preStartHook()
    assert.deepEqual(await at.usage(), { 'compute-1': 1 })
  })
})
