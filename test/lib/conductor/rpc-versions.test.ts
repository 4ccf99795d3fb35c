import assert from 'node:assert/strict'
import { ComputeTaskRpcApi } from '../../../lib/conductor/rpcapi.js'
import {
  NovaException,
  SelectionObjectsWithOldRPCVersionNotSupported,
} from '../../../lib/exception/index.js'
import { Destination, Flavor, InstanceGroup, RequestSpec } from '../../../lib/objects/index.js'
import { RPCVersionCapError } from '../../../lib/rpc/index.js'
import { SchedulerRpcApi } from '../../../lib/scheduler/rpcapi.js'
import { SentMessages } from '../../support/sent-messages.js'

const context = {}
const bus = new SentMessages()
const instance = { uuid: 'i-1' }
const flavor = Flavor.hydrate(null, { root_gb: 1, ephemeral_gb: 0, memory_mb: 3, vcpus: 4 })

/** The version, and which arguments it has. */
const sent = (): [unknown, string[]] => {
  const { message } = bus.take()
  return [message.version, Object.keys(Object(message.args)).sort()]
}

describe('messages to conductors', () => {
  const at = (versionCap?: string) =>
    new ComputeTaskRpcApi(
      bus.client({ topic: 'conductor', namespace: 'compute_task' }, { versionCap }),
    )
  const build = {
    instances: [instance],
    image: {},
    filter_properties: {},
    admin_password: null,
    injected_files: [],
    requested_networks: null,
    security_groups: [],
    request_spec: {},
    host_lists: [],
  }
  const migrate = {
    instance,
    scheduler_hint: {},
    live: false,
    rebuild: false,
    flavor,
    block_migration: null,
    disk_over_commit: null,
    clean_shutdown: true,
    request_spec: {},
    host_list: null,
  } as const
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
    request_spec: {},
    reimage_boot_volume: false,
  }
  const boot = {
    build_requests: [],
    request_specs: [],
    image: {},
    admin_password: null,
    injected_files: [],
    requested_networks: null,
    block_device_mapping: {},
    tags: null,
  }
  type Send = (api: ComputeTaskRpcApi) => Promise<unknown>
  const cases: [
    name: string,
    send: Send,
    steps: [cap: string | undefined, version: string, gone: string[]][],
  ][] = [
    [
      'build_instances',
      api => api.buildInstances(context, build),
      [
        [undefined, '1.19', []],
        ['1.18', '1.18', ['host_lists']],
        ['1.17', '1.10', ['host_lists', 'request_spec']],
      ],
    ],
    [
      'migrate_server',
      api => api.migrateServer(context, migrate),
      [
        ['1.26', '1.20', []],
        ['1.19', '1.13', ['host_list']],
        ['1.12', '1.11', ['host_list', 'request_spec']],
        ['1.10', '1.10', ['host_list', 'request_spec', 'clean_shutdown']],
      ],
    ],
    [
      'rebuild_instance',
      api => api.rebuildInstance(context, rebuild),
      [
        [undefined, '1.24', []],
        ['1.23', '1.12', ['reimage_boot_volume']],
        ['1.11', '1.8', ['reimage_boot_volume', 'request_spec']],
      ],
    ],
    [
      'schedule_and_build_instances',
      api => api.scheduleAndBuildInstances(context, boot),
      [
        [undefined, '1.17', []],
        ['1.16', '1.16', ['tags']],
      ],
    ],
    [
      'unshelve_instance',
      api => api.unshelveInstance(context, { instance, request_spec: {} }),
      [
        [undefined, '1.14', []],
        ['1.13', '1.3', ['request_spec']],
      ],
    ],
  ]
  for (const [name, send, steps] of cases) {
    it(`${name} is what older ones understand`, async () => {
      await send(at())
      const [, all] = sent()
      for (const [cap, version, gone] of steps) {
        await send(at(cap))
        assert.deepEqual(sent(), [version, all.filter(arg => !gone.includes(arg))], String(cap))
      }
    })
  }

  it('that older ones could not do as asked are refused', async () => {
    const stopped = { ...rebuild, target_state: 'stopped' }
    await at().rebuildInstance(context, stopped)
    assert.equal(bus.take().message.version, '1.25')
    await assert.rejects(async () => at('1.24').rebuildInstance(context, stopped), {
      constructor: NovaException,
      message: 'Conductor RPC version does not support target_state parameter.',
    })
    const reimaged = { ...rebuild, reimage_boot_volume: true }
    await assert.rejects(async () => at('1.23').rebuildInstance(context, reimaged), NovaException)
    await assert.rejects(async () => at('1.20').cacheImages(context, {}, []), RPCVersionCapError)
  })
})

describe('messages to schedulers', () => {
  const at = (versionCap?: string) =>
    new SchedulerRpcApi(bus.client({ topic: 'scheduler' }, { versionCap }), {
      longRpcTimeout: 1800,
      rpcResponseTimeout: 60,
    })
  const spec = RequestSpec.hydrate(null, {
    instance_uuid: 'i-1',
    num_instances: 1,
    flavor,
    ignore_hosts: ['bad'],
    force_hosts: [],
    scheduler_hints: { group: ['g'], same_host: ['a', 'b'] },
    instance_group: InstanceGroup.hydrate(null, { uuid: 'g', hosts: ['h'], members: ['i-1'] }),
    requested_destination: Destination.hydrate(null, { host: 'h' }),
  })
  const plain = { spec_obj: spec, instance_uuids: ['i-1'] }

  it('ask for Selections, monitored', async () => {
    const wanted = { ...plain, return_objects: true, return_alternates: true }
    await at().selectDestinations(context, wanted)
    const { message, options } = bus.take()
    assert.equal(message.version, '4.5')
    assert.deepEqual([options.timeout, options.callMonitorTimeout], [1800, 60])
    await assert.rejects(
      at('4.4').selectDestinations(context, wanted),
      SelectionObjectsWithOldRPCVersionNotSupported,
    )
  })

  it('are what older ones understand', async () => {
    const unwanted = { ...plain, return_objects: false, return_alternates: false }
    for (const [cap, expected] of [
      ['4.4', ['4.4', ['instance_uuids', 'spec_obj']]],
      ['4.3', ['4.3', ['spec_obj']]],
    ] as const) {
      await at(cap).selectDestinations(context, unwanted)
      assert.deepEqual(sent(), expected)
    }
    await at('4.2').selectDestinations(context, unwanted)
    const { message } = bus.take()
    assert.equal(message.version, '4.0')
    assert.deepEqual(message.args, {
      request_spec: {
        num_instances: 1,
        image: {},
        instance_properties: {
          uuid: 'i-1',
          root_gb: 1,
          ephemeral_gb: 0,
          memory_mb: 3,
          vcpus: 4,
        },
        instance_type: flavor,
      },
      filter_properties: {
        ignore_hosts: ['bad'],
        requested_destination: spec.requestedDestination,
        group_updated: true,
        group_hosts: ['h'],
        group_policies: [null],
        group_members: ['i-1'],
        group_uuid: 'g',
        scheduler_hints: { group: 'g', same_host: ['a', 'b'] },
      },
    })
  })

  it('are fanned out where all are to hear', async () => {
    await at().deleteInstanceInfo(context, 'h', 'i-1')
    const { target, message } = bus.take()
    assert.deepEqual([target.fanout, message.version], [true, '4.2'])
    await assert.rejects(at('4.1').deleteInstanceInfo(context, 'h', 'i-1'), RPCVersionCapError)
  })
})
