import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { handleSignals } from '../../../lib/service/index.js'
import { MemoryLog } from '../../support/log.js'

/** Lets what is already due happen. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await turn()
}

describe('signals', () => {
  const make = (stop: () => Promise<void>, limit = 10) => {
    const log = new MemoryLog()
    const exits: number[] = []
    let reloads = 0
    let reports = 0
    const source = Object.assign(new EventEmitter(), {
      exit: (code: number) => exits.push(code),
    })
    const reload = () => {
      if (++reloads === 2) throw new Error('bad file')
    }
    const report = () => {
      if (++reports === 2) throw new Error('no report')
    }
    const untie = handleSignals({ stop, reload, report, log, limit }, source)
    return { log, exits, source, untie, reloads: () => reloads, reports: () => reports }
  }

  it('stop cleanly at the first, at once at the second', async () => {
    const release = Promise.withResolvers<void>()
    const { source, exits } = make(() => release.promise)
    source.emit('SIGTERM', 'SIGTERM')
    await settle()
    assert.deepEqual(exits, [])
    source.emit('SIGINT', 'SIGINT')
    assert.deepEqual(exits, [130])
    release.resolve()
    await settle()
    assert.deepEqual(exits, [130, 0])
  })

  it('end a stop that takes too long', async () => {
    const { source, exits, log } = make(() => new Promise(() => {}), 0.005)
    source.emit('SIGINT', 'SIGINT')
    await log.seen(/without coming to a clean end/)
    await settle()
    assert.deepEqual(exits, [1])
  })

  it('reload, and go on when that fails; report', async () => {
    const { source, log, reloads, reports, untie } = make(async () => {})
    source.emit('SIGHUP')
    source.emit('SIGHUP')
    await settle()
    assert.equal(reloads(), 2)
    assert.deepEqual(log.texts('error'), ['Cannot reload; going on as before'])
    source.emit('SIGUSR2')
    source.emit('SIGUSR2')
    assert.equal(reports(), 2)
    assert.deepEqual(log.texts('error').slice(1), ['Cannot report'])
    untie()
    assert.deepEqual(source.eventNames(), [])
  })
})
