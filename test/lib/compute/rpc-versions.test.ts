import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { computeMethods } from '../../../lib/compute/rpc-methods.js'
import { ComputeRpcApi } from '../../../lib/compute/rpcapi.js'
import {
  ForbiddenWithAccelerators,
  NovaException,
  UnsupportedRPCVersion,
} from '../../../lib/exception/index.js'
import { Flavor, RequestSpec } from '../../../lib/objects/index.js'
import { RPCVersionCapError, versionIsCompatible } from '../../../lib/rpc/index.js'
import { contractFile } from '../../support/contract.js'
import { SentMessages } from '../../support/sent-messages.js'

const context = {}
const instance = { uuid: 'i-1', host: 'one' }
const migration = { sourceCompute: 'one' }
const flavor = Flavor.hydrate(null, { root_gb: 1, ephemeral_gb: 2, memory_mb: 3, vcpus: 4 })
const requestSpec = RequestSpec.hydrate(null, {
  instance_uuid: 'i-1',
  project_id: 'p-1',
  num_instances: 2,
  flavor,
})
const image = {}
const move = { instance, migration, request_spec: requestSpec }
const rebuild = {
  instance,
  orig_image_ref: 'a',
  image_ref: 'b',
  injected_files: [],
  new_pass: null,
  orig_sys_metadata: null,
  bdms: null,
  recreate: false,
  on_shared_storage: null,
  preserve_ephemeral: false,
  migration: null,
  scheduled_node: null,
  limits: null,
  request_spec: requestSpec,
  accel_uuids: [],
  reimage_boot_volume: false,
}
const migrateData = {}

/** Each method as its caller sends it; `host` is `one`. */
const sendings: Readonly<Record<string, (api: ComputeRpcApi) => Promise<unknown>>> = {
  add_fixed_ip_to_instance: api => api.addFixedIpToInstance(context, instance, 'n'),
  allow_share: api => api.allowShare(context, instance, {}),
  attach_interface: api =>
    api.attachInterface(context, instance, {
      networkId: 'n',
      portId: null,
      requestedIp: null,
      tag: null,
    }),
  attach_volume: api => api.attachVolume(context, instance, {}),
  backup_instance: api =>
    api.backupInstance(context, instance, { imageId: 'i', backupType: 'daily', rotation: 1 }),
  build_and_run_instance: api =>
    api.buildAndRunInstance(context, 'one', {
      instance,
      image,
      request_spec: requestSpec,
      filter_properties: {},
      accel_uuids: [],
    }),
  cache_images: api => api.cacheImages(context, 'one', ['i']),
  check_can_live_migrate_destination: api =>
    api.checkCanLiveMigrateDestination(context, 'one', {
      instance,
      block_migration: null,
      disk_over_commit: null,
      migration,
      limits: null,
    }),
  check_can_live_migrate_source: api => api.checkCanLiveMigrateSource(context, instance, {}),
  confirm_resize: api => api.confirmResize(context, 'one', instance, migration),
  deny_share: api => api.denyShare(context, instance, {}),
  detach_interface: api => api.detachInterface(context, instance, 'p'),
  detach_volume: api => api.detachVolume(context, instance, 'v', null),
  external_instance_event: api => api.externalInstanceEvent(context, 'one', [instance], []),
  finish_resize: api => api.finishResize(context, 'one', { ...move, image, disk_info: null }),
  finish_revert_resize: api => api.finishRevertResize(context, 'one', move),
  get_console_output: api => api.getConsoleOutput(context, instance, null),
  get_diagnostics: api => api.getDiagnostics(context, instance),
  get_host_uptime: api => api.getHostUptime(context, 'one'),
  get_instance_diagnostics: api => api.getInstanceDiagnostics(context, instance),
  get_mks_console: api => api.getConsole(context, instance, 'mks', 'webmks'),
  get_serial_console: api => api.getConsole(context, instance, 'serial', 'serial'),
  get_spice_console: api => api.getConsole(context, instance, 'spice', 'spice-html5'),
  get_vnc_console: api => api.getConsole(context, instance, 'vnc', 'novnc'),
  host_maintenance_mode: api => api.hostMaintenanceMode(context, 'one', true),
  host_power_action: api => api.hostPowerAction(context, 'one', 'reboot'),
  inject_network_info: api => api.injectNetworkInfo(context, instance),
  live_migration: api =>
    api.liveMigration(context, 'one', {
      instance,
      dest: 'two',
      block_migration: null,
      migration,
      migrate_data: migrateData,
    }),
  live_migration_abort: api => api.liveMigrationAbort(context, instance, 1),
  live_migration_force_complete: api =>
    api.liveMigrationForceComplete(context, instance, migration),
  pause_instance: api => api.pauseInstance(context, instance),
  post_live_migration_at_destination: api =>
    api.postLiveMigrationAtDestination(context, 'one', instance),
  pre_live_migration: api =>
    api.preLiveMigration(context, 'one', { instance, disk: null, migrate_data: migrateData }),
  prep_resize: api =>
    api.prepResize(context, 'one', {
      ...move,
      image,
      flavor,
      filter_properties: {},
      node: null,
      clean_shutdown: true,
      host_list: null,
    }),
  reboot_instance: api => api.rebootInstance(context, instance, 'SOFT'),
  rebuild_instance: api => api.rebuildInstance(context, 'one', rebuild),
  remove_fixed_ip_from_instance: api =>
    api.removeFixedIpFromInstance(context, instance, '10.0.0.1'),
  rescue_instance: api => api.rescueInstance(context, instance, { password: 'x', imageRef: null }),
  reserve_block_device_name: api =>
    api.reserveBlockDeviceName(context, instance, null, 'v', { tag: null, multiattach: false }),
  resize_instance: api =>
    api.resizeInstance(context, 'one', { ...move, image, flavor, clean_shutdown: true }),
  restore_instance: api => api.restoreInstance(context, instance),
  resume_instance: api => api.resumeInstance(context, instance),
  revert_resize: api => api.revertResize(context, 'one', move),
  rollback_live_migration_at_destination: api =>
    api.rollbackLiveMigrationAtDestination(context, 'one', {
      instance,
      destroy_disks: true,
      migrate_data: migrateData,
    }),
  set_admin_password: api => api.setAdminPassword(context, instance, 'x'),
  set_host_enabled: api => api.setHostEnabled(context, 'one', true),
  shelve_instance: api => api.shelveInstance(context, instance, 'i'),
  shelve_offload_instance: api =>
    api.shelveOffloadInstance(context, instance, { cleanShutdown: true }),
  snapshot_instance: api => api.snapshotInstance(context, instance, 'i'),
  soft_delete_instance: api => api.softDeleteInstance(context, instance),
  start_instance: api => api.startInstance(context, instance),
  stop_instance: api => api.stopInstance(context, instance),
  suspend_instance: api => api.suspendInstance(context, instance),
  swap_volume: api => api.swapVolume(context, instance, { old: 'a', new: 'b', newAttachment: 'c' }),
  terminate_instance: api => api.terminateInstance(context, instance, {}),
  trigger_crash_dump: api => api.triggerCrashDump(context, instance),
  unpause_instance: api => api.unpauseInstance(context, instance),
  unrescue_instance: api => api.unrescueInstance(context, instance),
  unshelve_instance: api =>
    api.unshelveInstance(context, 'one', {
      instance,
      request_spec: requestSpec,
      image: null,
      filter_properties: {},
      node: null,
      accel_uuids: [],
    }),
  validate_console_port: api => api.validateConsolePort(context, instance, '1', 'novnc'),
  volume_snapshot_create: api => api.volumeSnapshotCreate(context, instance, 'v', {}),
  volume_snapshot_delete: api => api.volumeSnapshotDelete(context, instance, 'v', 's', {}),
}

const bus = new SentMessages()
const apiAt = (cap: string | undefined): ComputeRpcApi => {
  const client = bus.client({ topic: 'compute' }, { timeout: 60 })
  return new ComputeRpcApi(() => client, undefined, { current: () => cap })
}
/** What is sent at a cap. */
const sentAt = async (cap: string | undefined, send: (api: ComputeRpcApi) => Promise<unknown>) => {
  await send(apiAt(cap))
  return bus.take()
}
const argsOf = ({ message }: { message: Readonly<Record<string, unknown>> }) =>
  Object(message.args) as Readonly<Record<string, unknown>>

describe('messages to computes', () => {
  describe("by the contract's table", () => {
    const caps = [undefined, '6.5', '6.4', '6.3', '6.2', '6.1', '6.0', '5.13', '5.12', '5.11']
    const older = ['5.4', '5.3', '5.2', '5.1', '5.0', '4.22', '3.23']

    /** Newest first. */
    const byVersion = (a: string, b: string): number =>
      Number(b.split('.')[0]) - Number(a.split('.')[0]) ||
      Number(b.split('.')[1]) - Number(a.split('.')[1])

    const rows: {
      method: string
      kind: string
      timeout: string
      args: string
      versions: string[]
    }[] = []
    before(function () {
      const text = readFileSync(contractFile(this, 'workers/rpc-apis.tsv'), 'utf8')
      for (const line of text.split('\n').slice(1)) {
        const cells = line.split('\t')
        const [topic = '', namespace, method = '', , , args = '', kind = '', timeout = ''] = cells
        if (!topic.startsWith('compute') || namespace !== '-') continue
        const [zed = '-', head = '-', fallbacks = ''] = cells.slice(9, 12)
        // What only newer hosts can do is not asked for here, but where nothing else is.
        const newest = zed === '-' ? head : zed
        const versions = [newest, ...(zed === '-' ? [] : ['6.0', ...fallbacks.split(',')])]
          .filter(version => /^\d/.test(version))
          .sort(byVersion)
        rows.push({ method, kind, timeout, args, versions })
      }
    })

    it('every one is known, and sent by nobody under another name', () => {
      assert.deepEqual(Object.keys(computeMethods).sort(), rows.map(({ method }) => method).sort())
      for (const method of Object.keys(sendings)) assert.ok(method in computeMethods, method)
    })

    it('is of the version that the cap lets through, to that host, and waits as long as it may', async () => {
      let compared = 0
      for (const { method, kind, timeout, versions } of rows) {
        const send = sendings[method]
        if (!send) continue
        for (const cap of [...caps, ...older]) {
          const expected = versions.find(version => versionIsCompatible(cap, version))
          const what = `${method} at ${cap}`
          if (!expected) {
            await assert.rejects(sentAt(cap, send), what)
            continue
          }
          const { target, message, options } = await sentAt(cap, send)
          assert.deepEqual(
            [target.topic, target.server, message.method, message.version],
            ['compute', 'one', method, expected],
            what,
          )
          const isCall = kind === 'call'
          assert.equal(options.wait ?? false, isCall, what)
          if (isCall) {
            const isLong = timeout.startsWith('long')
            const expectedTimes = isLong ? [1800, 60] : [60, undefined]
            assert.deepEqual([options.timeout, options.callMonitorTimeout], expectedTimes, what)
          }
          compared++
        }
      }
      assert.ok(compared > 500, String(compared))
    })

    it("has the arguments that the host's method takes", async () => {
      for (const { method, args } of rows) {
        const send = sendings[method]
        if (!send) continue
        const taken = [...args.matchAll(/(?:^|, )(\w+):/g)].map(([, name]) => name ?? '')
        const needed = taken.filter(name => !new RegExp(`\\b${name}:[^:]*=`).test(args))
        const sent = Object.keys(argsOf(await sentAt(undefined, send)))
        assert.deepEqual(
          sent.filter(name => !taken.includes(name)),
          [],
          method,
        )
        assert.deepEqual(
          needed.filter(name => !sent.includes(name)),
          [],
          method,
        )
      }
    })
  })

  const changes: [method: string, cap: string, gone: string[], come?: string[]][] = [
    ['build_and_run_instance', '5.11', []],
    ['build_and_run_instance', '5.10', ['accel_uuids']],
    ['check_can_live_migrate_destination', '5.2', ['migration', 'limits']],
    ['finish_resize', '5.1', ['request_spec']],
    ['finish_revert_resize', '5.1', ['request_spec']],
    ['pre_live_migration', '5.13', [], ['block_migration']],
    ['prep_resize', '5.13', ['flavor'], ['instance_type']],
    ['rebuild_instance', '6.1', []],
    ['rebuild_instance', '6.0', ['reimage_boot_volume']],
    ['rebuild_instance', '5.12', ['reimage_boot_volume']],
    ['rebuild_instance', '5.11', ['reimage_boot_volume', 'accel_uuids']],
    ['resize_instance', '5.2', ['flavor'], ['instance_type']],
    ['resize_instance', '5.1', ['flavor', 'request_spec'], ['instance_type']],
    ['revert_resize', '5.1', ['request_spec']],
    ['shelve_instance', '5.12', ['accel_uuids']],
    ['shelve_offload_instance', '5.12', ['accel_uuids']],
    ['unshelve_instance', '5.12', ['accel_uuids']],
    ['unshelve_instance', '5.1', ['accel_uuids', 'request_spec']],
  ]
  for (const [method, cap, gone, come = []] of changes) {
    it(`at ${cap} ${method} is without ${gone.join(', ') || 'nothing'}${come.length ? `, with ${come}` : ''}`, async () => {
      const send = sendings[method]
      assert.ok(send)
      const today = Object.keys(argsOf(await sentAt(undefined, send)))
      const then = Object.keys(argsOf(await sentAt(cap, send)))
      const expected = [...today.filter(name => !gone.includes(name)), ...come]
      assert.deepEqual(then.sort(), expected.sort())
    })
  }

  it('at 5.0 a resize is prepared with a dict for the request', async () => {
    const send = sendings.prep_resize
    assert.ok(send)
    const { request_spec: spec } = argsOf(await sentAt('5.0', send))
    assert.deepEqual(spec, {
      num_instances: 2,
      image: {},
      instance_properties: {
        project_id: 'p-1',
        uuid: 'i-1',
        root_gb: 1,
        ephemeral_gb: 2,
        memory_mb: 3,
        vcpus: 4,
      },
      instance_type: flavor,
    })
  })

  it('that older hosts could not do as asked are refused', async () => {
    const stopped = (api: ComputeRpcApi) =>
      api.rebuildInstance(context, 'one', { ...rebuild, target_state: 'stopped' })
    assert.equal((await sentAt('6.2', stopped)).message.version, '6.2')
    await assert.rejects(sentAt('6.1', stopped), UnsupportedRPCVersion)
    const reimaged = (api: ComputeRpcApi) =>
      api.rebuildInstance(context, 'one', { ...rebuild, reimage_boot_volume: true })
    await assert.rejects(sentAt('6.0', reimaged), NovaException)
    const share = (api: ComputeRpcApi) => api.allowShare(context, instance, {})
    await assert.rejects(sentAt('6.3', share), {
      constructor: UnsupportedRPCVersion,
      message: 'Unsupported RPC version for allow_share. Required >= 6.4',
    })
    await assert.rejects(
      sentAt('4.22', api => api.pauseInstance(context, instance)),
      RPCVersionCapError,
    )
    const shelved = computeMethods.shelve_instance.versions.at(-1)?.change
    assert.throws(() => shelved?.({ accel_uuids: ['a'] }), ForbiddenWithAccelerators)
  })

  it('go to a host, and to no server without one', async () => {
    const nowhere = { uuid: 'i-1', host: null }
    await assert.rejects(
      apiAt(undefined).pauseInstance(context, nowhere),
      /No compute host specified for instance i-1/,
    )
  })

  it('are waited for by who must know that they are over', async () => {
    const stopped = await sentAt(undefined, api =>
      api.stopInstance(context, instance, { wait: true }),
    )
    assert.equal(stopped.options.wait, true)
    const confirmed = await sentAt(undefined, api =>
      api.confirmResize(context, 'one', instance, migration, { wait: true }),
    )
    assert.equal(confirmed.options.wait, true)
  })
})
