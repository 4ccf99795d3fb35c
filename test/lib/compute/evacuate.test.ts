import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EvacuateRequest } from '../../../lib/compute/actions/evacuate.js'
import { ComputeServiceInUse } from '../../../lib/exception/index.js'
import { Service } from '../../../lib/objects/index.js'
import { eachWithMoves } from '../../support/move-cloud.js'
import { eventually } from '../../support/worker-cloud.js'

describe('an evacuation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilonova-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  let round = 0
  beforeEach(() => {
    round += 1
  })
  const at = eachWithMoves({ stateFiles: host => join(folder, `${round}-${host}.json`) })

  const evacuate = async (request: Partial<EvacuateRequest> = {}) =>
    at.cloud.servers.evacuate(await at.asked(), {
      host: null,
      force: false,
      onSharedStorage: null,
      adminPassword: 'secret',
      targetState: null,
      ...request,
    })
  const forceDown = async (isDown: boolean) => {
    const service = await Service.getByHostAndBinary(at.cloud.context, at.source, 'nova-compute')
    assert.ok(service)
    service.forcedDown = isDown
    await service.save()
  }
  const crash = async () => {
    await at.cloud.stopHost(at.source)
    await forceDown(true)
  }
  const done = () =>
    eventually('the evacuation ended', async () => {
      const [, status] = await at.migration()
      return ['done', 'failed', 'error'].includes(status ?? '') ? status : undefined
    })
  const others = () => [...at.cloud.hosts.keys()].filter(host => host !== at.source)

  it('is refused while the host is up', async () => {
    await assert.rejects(evacuate(), ComputeServiceInUse)
    assert.deepEqual(await at.migrations(), [])
  })

  it('builds the server anew elsewhere; its old host clears away when it is back', async () => {
    await crash()
    await evacuate()
    assert.equal(await done(), 'done')
    const after = await at.settled('active')
    const { host } = after
    assert.ok(host && host !== at.source)
    assert.deepEqual(await at.guests(), [host])
    assert.deepEqual(await at.actions(['evacuate']), [
      ['evacuate', 'rebuild_server=Success', 'compute_rebuild_instance=Success'],
    ])
    assert.deepEqual(await at.migration(), ['evacuation', 'done', at.source, host])
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0], [host]: [1, 0] })
    assert.equal(at.cloud.networks.hosts.get(at.uuid), host)

    const running = await at.cloud.addHost(at.hostOptions(at.source))
    assert.deepEqual(await running.driver.listInstanceUuids(), [])
    assert.deepEqual(await at.guests(), [host])
    assert.deepEqual(await at.claims(), { [host]: [1, 0] })
    assert.equal((await at.migration())[1], 'completed')
    assert.deepEqual(await at.usage(), { [host]: 1 })
  })

  it('of a server that was off leaves it off, as does one that is asked for so', async () => {
    await at.cloud.servers.stop(await at.asked())
    await at.settled('stopped')
    await crash()
    await evacuate()
    assert.equal(await done(), 'done')
    assert.equal((await at.settled('stopped')).powerState, 4)
  })

  it('ends stopped when it is told so', async () => {
    await crash()
    await evacuate({ targetState: 'stopped' })
    assert.equal(await done(), 'done')
    const { powerState, host } = await at.settled('stopped')
    assert.equal(powerState, 4)
    assert.notEqual(host, at.source)
  })

  it('goes to the host that is named, checked or forced', async () => {
    await crash()
    const [first = '', second = ''] = others()
    await evacuate({ host: second })
    assert.equal(await done(), 'done')
    assert.equal((await at.settled('active')).host, second)
    assert.notEqual(first, second)
  })

  it('claims on a forced host what the server has on its own', async () => {
    await crash()
    const [, second = ''] = others()
    await evacuate({ host: second, force: true })
    assert.equal(await done(), 'done')
    await at.settled('active')
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0], [second]: [1, 0] })
  })

  it('that finds no host is an error', async () => {
    await crash()
    for (const host of others()) {
      const service = await Service.getByHostAndBinary(at.cloud.context, host, 'nova-compute')
      assert.ok(service)
      service.disabled = true
      await service.save()
    }
    await evacuate()
    await at.settled('error')
    assert.equal((await at.migration())[1], 'error')
    assert.match((await at.fault())?.message ?? '', /^No valid host was found/)
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
  })

  it('that its new host cannot build is an error, and nothing stays claimed there', async () => {
    await crash()
    at.failing.add('spawn')
    await evacuate()
    assert.equal(await done(), 'failed')
    await at.settled('error')
    await at.actions(['evacuate'])
    assert.deepEqual(await at.claims(), { [at.source]: [1, 0] })
    assert.equal((await at.asked()).host, at.source)
    at.failing.clear()
    await evacuate()
    assert.equal(await done(), 'done')
    await at.settled('active')
  })

  it('from shared storage is refused by a host that does not share it', async () => {
    await crash()
    await evacuate({ onSharedStorage: true })
    assert.equal(await done(), 'failed')
    await at.settled('error')
  })
})
