import assert from 'node:assert/strict'
import {
  type NotificationListener,
  notificationBuses,
  type PayloadPrimitive,
} from '../../support/notifications.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

const quota = { instances: -1, cores: -1, ram: -1 }

for (const bus of notificationBuses) {
  describe(`notifications of a server's life ${bus.name}`, () => {
    let cloud: WorkerCloud
    let listener: NotificationListener
    let uuid: string

    before(async function () {
      await bus.needs(this)
    })
    beforeEach(async () => {
      cloud = await WorkerCloud.start([{ host: 'compute-1' }], { quota, ...bus.conf })
      listener = await bus.listen(cloud.broker)
      ;[uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
    })
    afterEach(async () => {
      await cloud.stop()
      await listener.close()
    })
    after(() => bus.remove())

    /** What is told of these events in the versioned form: `[type, publisher, payload, state, task]`. */
    const told = async (last: string) => {
      await listener.first(last)
      return listener.heard
        .filter(({ queue, message }) => {
          const ours = String(message.event_type).startsWith('instance.')
          return ours && queue.startsWith(bus.versionedTopic)
        })
        .map(({ message }) => {
          const payload = message.payload as PayloadPrimitive
          const { state, task_state: task } = payload['nova_object.data']
          const name = `${payload['nova_object.name']} ${payload['nova_object.version']}`
          return [message.event_type, message.publisher_id, name, state, task]
        })
    }

    it('tell of its boot', async () => {
      assert.deepEqual(await told('instance.create.end'), [
        [
          'instance.create.start',
          'nova-compute:compute-1',
          'InstanceCreatePayload 1.12',
          'building',
          null,
        ],
        [
          'instance.create.end',
          'nova-compute:compute-1',
          'InstanceCreatePayload 1.12',
          'active',
          null,
        ],
      ])
      const { message, context } = await listener.first('instance.create.end')
      const { payload, message_id, timestamp, ...envelope } = message
      assert.deepEqual(envelope, {
        publisher_id: 'nova-compute:compute-1',
        event_type: 'instance.create.end',
        priority: 'INFO',
      })
      assert.match(String(message_id), /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/)
      assert.match(String(timestamp), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/)
      const { user_id, project_id, auth_token, service_catalog } = context
      assert.deepEqual(
        { user_id, project_id, auth_token, service_catalog },
        { user_id: 'user', project_id: 'project', auth_token: null, service_catalog: [] },
      )
      const primitive = payload as PayloadPrimitive
      assert.deepEqual(Object.keys(primitive), [
        'nova_object.name',
        'nova_object.namespace',
        'nova_object.version',
        'nova_object.data',
      ])
      const instance = await cloud.settled(uuid, 'active')
      const data = primitive['nova_object.data']
      assert.deepEqual(
        { ...data, launched_at: null, created_at: null, updated_at: null, request_id: null },
        {
          uuid,
          user_id: 'user',
          tenant_id: 'project',
          reservation_id: null,
          display_name: 'server-1',
          display_description: null,
          host_name: 'server-1',
          host: 'compute-1',
          node: 'compute-1',
          os_type: null,
          architecture: null,
          availability_zone: instance.availabilityZone,
          flavor: {
            'nova_object.name': 'FlavorPayload',
            'nova_object.namespace': 'nova',
            'nova_object.version': '1.4',
            'nova_object.data': {
              flavorid: '1',
              memory_mb: 512,
              vcpus: 1,
              root_gb: 1,
              ephemeral_gb: 0,
              name: 'm1.tiny',
              swap: 0,
              rxtx_factor: 1,
              vcpu_weight: 0,
              disabled: false,
              is_public: true,
              extra_specs: {},
              projects: null,
              description: null,
            },
          },
          image_uuid: 'image',
          key_name: null,
          kernel_id: null,
          ramdisk_id: null,
          created_at: null,
          launched_at: null,
          terminated_at: null,
          deleted_at: null,
          updated_at: null,
          state: 'active',
          power_state: 'running',
          task_state: null,
          progress: null,
          ip_addresses: [],
          block_devices: null,
          metadata: {},
          locked: false,
          auto_disk_config: 'MANUAL',
          request_id: null,
          action_initiator_user: 'user',
          action_initiator_project: 'project',
          locked_reason: null,
          fault: null,
          keypairs: [],
          tags: [],
          trusted_image_certificates: null,
          instance_name: 'instance-00000001',
        },
      )
    })

    it('tell of it in the older form beside', async () => {
      const { message } = await listener.first('compute.instance.create.end')
      const payload = message.payload as Record<string, unknown>
      assert.equal(message.publisher_id, 'compute.compute-1')
      assert.match(String(payload.launched_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
      assert.match(String(payload.created_at), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/)
      const instance = await cloud.settled(uuid, 'active')
      assert.deepEqual(
        { ...payload, launched_at: '', created_at: '' },
        {
          tenant_id: 'project',
          user_id: 'user',
          instance_id: uuid,
          display_name: 'server-1',
          reservation_id: null,
          hostname: 'server-1',
          instance_type: 'm1.tiny',
          instance_type_id: 1,
          instance_flavor_id: '1',
          architecture: null,
          memory_mb: 512,
          disk_gb: 1,
          vcpus: 1,
          root_gb: 1,
          ephemeral_gb: 0,
          host: 'compute-1',
          node: 'compute-1',
          availability_zone: instance.availabilityZone,
          cell_name: '',
          created_at: '',
          terminated_at: '',
          deleted_at: '',
          launched_at: '',
          image_ref_url: 'image',
          os_type: null,
          kernel_id: null,
          ramdisk_id: null,
          state: 'active',
          state_description: '',
          progress: '',
          access_ip_v4: null,
          access_ip_v6: null,
          image_meta: {},
          metadata: {},
          fixed_ips: [],
          message: 'Success',
        },
      )
    })

    it('tell of what is done to it, and of its end', async () => {
      await cloud.servers.pause(await cloud.asked(uuid))
      await cloud.settled(uuid, 'paused')
      await cloud.servers.unpause(await cloud.asked(uuid))
      await cloud.settled(uuid, 'active')
      await cloud.delete(uuid)
      await eventually('deleted', async () => ((await cloud.find(uuid)) ? undefined : true))
      const host = 'nova-compute:compute-1'
      const name = 'InstanceActionPayload 1.8'
      assert.deepEqual((await told('instance.delete.end')).slice(2), [
        ['instance.pause.start', host, name, 'active', 'pausing'],
        ['instance.pause.end', host, name, 'paused', null],
        ['instance.unpause.start', host, name, 'paused', 'unpausing'],
        ['instance.unpause.end', host, name, 'active', null],
        ['instance.delete.start', host, name, 'active', 'deleting'],
        ['instance.shutdown.start', host, name, 'active', 'deleting'],
        ['instance.shutdown.end', host, name, 'active', 'deleting'],
        ['instance.delete.end', host, name, 'deleted', null],
      ])
    })
  })
}
