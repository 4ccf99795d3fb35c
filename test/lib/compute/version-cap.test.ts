import assert from 'node:assert/strict'
import { AutomaticCap, computeRpcVersion } from '../../../lib/compute/version-cap.js'
import { ServiceTooOld } from '../../../lib/exception/index.js'
import { MemoryLog } from '../../support/log.js'

describe('the version that every compute understands', () => {
  const cases: [serviceVersion: number, rpc: string][] = [
    [52, '5.11'],
    [54, '5.13'],
    [57, '6.0'],
    [61, '6.0'],
    [64, '6.1'],
    [65, '6.1'],
    [66, '6.2'],
    [67, '6.3'],
    [70, '6.4'],
    [72, '6.5'],
    [73, '6.5'],
  ]
  for (const [serviceVersion, rpc] of cases) {
    it(`is ${rpc} for service version ${serviceVersion}`, () => {
      assert.equal(computeRpcVersion(serviceVersion, 64), rpc)
    })
  }

  it('is not known of one that is newer than this process', () => {
    assert.throws(() => computeRpcVersion(74, 64), {
      constructor: ServiceTooOld,
      message:
        'This service is older (v64) than the minimum (v74) version of the rest of the deployment. Unable to continue.',
    })
  })

  const capOf = (...minima: (number | Error)[]) => {
    const log = new MemoryLog()
    let asked = 0
    const minimum = async () => {
      const next = minima[asked++]
      if (next instanceof Error) throw next
      return next ?? 0
    }
    const cap = new AutomaticCap({ minimum, own: 64, log })
    return { cap, log, asked: () => asked }
  }

  it('is asked once, however many ask at once', async () => {
    const { cap, log, asked } = capOf(61, 64)
    assert.deepEqual(await Promise.all([cap.current(), cap.current()]), ['6.0', '6.0'])
    assert.equal(await cap.current(), '6.0')
    assert.equal(asked(), 1)
    assert.deepEqual(log.texts('info'), [
      'Automatically selected compute RPC version 6.0 from minimum service version 61',
    ])
  })

  it('is asked anew after a refresh, also where one was just being asked', async () => {
    const { cap } = capOf(61, 64, 66)
    const before = cap.current()
    cap.refresh()
    assert.equal(await cap.current(), '6.1')
    assert.equal(await before, '6.0')
    assert.equal(await cap.current(), '6.1')
    cap.refresh()
    assert.equal(await cap.current(), '6.2')
  })

  it('is our own while there is no compute, and not remembered', async () => {
    const { cap } = capOf(0, 61)
    assert.equal(await cap.current(), '6.1')
    assert.equal(await cap.current(), '6.0')
  })

  it('is asked again after it could not be told', async () => {
    const { cap } = capOf(new Error('the database is away'), 64)
    await assert.rejects(async () => cap.current(), /the database is away/)
    assert.equal(await cap.current(), '6.1')
  })
})
