import assert from 'node:assert/strict'
import { type ConfOverrides, defaultConf } from '../../../../lib/conf/index.js'
import { plainSerializer, RPCVersionCapError, type Serializer } from '../../../../lib/rpc/index.js'
import { RpcClients } from '../../../../lib/service/compose/rpc-clients.js'
import { upgradeLevelsOf } from '../../../../lib/service/compose/upgrade-levels.js'
import { SentMessages } from '../../../support/sent-messages.js'

describe('the clients of the workers', () => {
  const bus = new SentMessages()
  const instance = { uuid: 'i-1', host: 'one' }

  const clientsOf = (overrides: ConfOverrides, minimumComputeVersion = async () => 0) => {
    const conf = defaultConf(overrides)
    const serializer = plainSerializer as Serializer<unknown>
    return new RpcClients(conf, bus.transport, serializer, {
      levels: upgradeLevelsOf(conf),
      minimumComputeVersion,
    })
  }

  it('send computes what the oldest one understands, which SIGHUP has asked anew', async () => {
    let minimum = 52
    const rpc = clientsOf({ upgrade_levels: { compute: 'auto' } }, async () => minimum)
    const versionNow = async () => {
      await rpc.compute.pauseInstance({}, instance)
      return bus.take().message.version
    }
    assert.equal(await versionNow(), '5.0')
    minimum = 64
    assert.equal(await versionNow(), '5.0')
    rpc.refresh()
    assert.equal(await versionNow(), '6.0')
  })

  it('send each topic no more than its level', async () => {
    const levels = { compute: 'victoria', conductor: '2.9', scheduler: 'pike', baseapi: '0.9' }
    const rpc = clientsOf({ upgrade_levels: levels })
    await rpc.compute.pauseInstance({}, instance)
    assert.equal(bus.take().message.version, '5.0')
    await rpc.scheduler.selectDestinations({}, { spec_obj: {} })
    assert.equal(bus.take().message.version, '4.4')
    await assert.rejects(rpc.conductor.objectAction({}, {}, 'save', [], {}), RPCVersionCapError)
    await assert.rejects(
      rpc.conductorBase.prepare({ version: '1.0' }).call({}, 'ping'),
      RPCVersionCapError,
    )
    // As in nova, this namespace has no level.
    await rpc.computeTask.unshelveInstance({}, { instance })
    assert.equal(bus.take().message.version, '1.14')
  })

  it('watch calls of computes that may take longer than a minute', async () => {
    for (const [timeout, monitored] of [
      [60, undefined],
      [90, 60],
    ] as const) {
      const rpc = clientsOf({ DEFAULT: { rpc_response_timeout: timeout } })
      await rpc.compute.getDiagnostics({}, instance)
      const { options } = bus.take()
      assert.deepEqual([options.timeout, options.callMonitorTimeout], [timeout, monitored])
    }
  })
})
