import assert from 'node:assert/strict'
import { Instance, ShareMappingList } from '../../../lib/objects/index.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

describe('shares of guests', () => {
  let cloud: WorkerCloud
  let uuid = ''
  let failing: string | null = null

  beforeEach(async () => {
    failing = null
    cloud = await WorkerCloud.start([
      {
        host: 'compute-1',
        options: { mySharedFsStorageIp: '192.0.2.7' },
        hook: method => {
          if (method === failing) throw new Error('the hypervisor is on strike')
        },
      },
    ])
    uuid = await stopped()
  })
  afterEach(() => cloud.stop())

  const stopped = async () => {
    const [id = ''] = await cloud.boot()
    await cloud.settled(id, 'active')
    await cloud.servers.stop(await cloud.asked(id))
    await cloud.settled(id, 'stopped')
    return id
  }
  const attach = async (shareId: string, to = uuid) =>
    cloud.servers.shares.attach(await cloud.asked(to), shareId, null)
  const detach = async (shareId: string, from = uuid) =>
    cloud.servers.shares.detach(await cloud.asked(from), shareId)
  const statusOf = async (shareId: string, of = uuid) => {
    const { objects } = await ShareMappingList.getByShareId(cloud.context, shareId)
    return objects.find(({ instanceUuid }) => instanceUuid === of)?.status ?? null
  }
  const becomes = (shareId: string, status: string | null, of = uuid) =>
    eventually(`share ${shareId} ${status}`, async () =>
      (await statusOf(shareId, of)) === status ? true : undefined,
    )
  const mounted = () => cloud.hosts.get('compute-1')?.driver.sharesOf({ uuid }) ?? {}
  const start = async () => cloud.servers.start(await cloud.asked(uuid))

  it('are opened to the host, and mounted while the guest is on', async () => {
    const { id } = cloud.shares.add()
    await attach(id)
    await becomes(id, 'inactive')
    assert.deepEqual(cloud.shares.clientsOf(id), [{ type: 'ip', to: '192.0.2.7' }])
    assert.deepEqual(mounted(), {})
    await start()
    await cloud.settled(uuid, 'active')
    assert.equal(await statusOf(id), 'active')
    assert.deepEqual(mounted(), { [id]: id })
    await cloud.servers.stop(await cloud.asked(uuid))
    await cloud.settled(uuid, 'stopped')
    assert.equal(await statusOf(id), 'inactive')
    assert.deepEqual(mounted(), {})
    await detach(id)
    await becomes(id, null)
    assert.deepEqual(cloud.shares.clientsOf(id), [])
  })

  it('of CEPHFS are opened to nova as a user', async () => {
    const { id } = cloud.shares.add({ protocol: 'CEPHFS' })
    await attach(id)
    await becomes(id, 'inactive')
    assert.deepEqual(cloud.shares.clientsOf(id), [{ type: 'user', to: 'nova' }])
  })

  it('stay open as long as another server of the host has them', async () => {
    const other = await stopped()
    const { id } = cloud.shares.add()
    await attach(id)
    await attach(id, other)
    await becomes(id, 'inactive')
    await becomes(id, 'inactive', other)
    await detach(id)
    await becomes(id, null)
    assert.equal(cloud.shares.clientsOf(id).length, 1)
    await detach(id, other)
    await becomes(id, null, other)
    assert.deepEqual(cloud.shares.clientsOf(id), [])
  })

  it('are in error when they cannot be opened, and can be taken away then', async () => {
    const { id } = cloud.shares.add()
    const { allow } = cloud.shares
    cloud.shares.allow = () => Promise.reject(new Error('no'))
    await attach(id)
    await becomes(id, 'error')
    cloud.shares.allow = allow
    // Its access is not there, nor need the share be.
    cloud.shares.remove(id)
    await detach(id)
    await becomes(id, null)
  })

  it('that cannot be mounted leave the guest off', async () => {
    const { id } = cloud.shares.add()
    await attach(id)
    await becomes(id, 'inactive')
    failing = 'mount_share'
    await start()
    await becomes(id, 'error')
    await cloud.settled(uuid, 'stopped')
    failing = null
    await start()
    await cloud.settled(uuid, 'active')
    assert.equal(await statusOf(id), 'active')
  })

  it('are closed when their server goes', async () => {
    const { id } = cloud.shares.add()
    await attach(id)
    await becomes(id, 'inactive')
    await start()
    await cloud.settled(uuid, 'active')
    await cloud.servers.delete(cloud.context, await Instance.getByUuid(cloud.context, uuid))
    await becomes(id, null)
    assert.deepEqual(cloud.shares.clientsOf(id), [])
  })
})
