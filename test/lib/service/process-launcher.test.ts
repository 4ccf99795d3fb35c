import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { type LaunchedProcess, ProcessLauncher } from '../../../lib/service/index.js'
import { MemoryLog } from '../../support/log.js'

/** Lets what is already due happen. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await turn()
}

describe('process launcher', () => {
  class FakeProcess extends EventEmitter implements LaunchedProcess {
    readonly signals: string[] = []
    constructor(readonly pid: number) {
      super()
    }
    kill(signal: NodeJS.Signals): void {
      this.signals.push(signal)
    }
    onReady(listener: () => void): void {
      this.once('ready', listener)
    }
    onExit(listener: (code: number | null, signal: NodeJS.Signals | null) => void): void {
      this.once('exit', listener)
    }
  }
  const launch = (workers: number, minBackoff = 0.001) => {
    const log = new MemoryLog()
    const forked: FakeProcess[] = []
    const launcher = new ProcessLauncher({
      workers,
      log,
      minBackoff,
      fork: () => {
        const worker = new FakeProcess(forked.length + 1)
        forked.push(worker)
        return worker
      },
    })
    return { log, forked, launcher, status: launcher.run() }
  }

  it("puts another in a dead worker's place, and passes signals on", async () => {
    const { log, forked, launcher, status } = launch(2)
    for (const worker of forked) worker.emit('ready')
    forked[0]?.emit('exit', null, 'SIGKILL')
    await log.seen(/was killed by SIGKILL; starting another/)
    const started = () => log.texts('info').length
    while (started() < 3) await turn()
    launcher.signal('SIGHUP')
    const stopped = launcher.stop()
    assert.deepEqual(
      forked.map(({ signals }) => signals),
      [[], ['SIGHUP', 'SIGTERM'], ['SIGHUP', 'SIGTERM']],
    )
    forked[1]?.emit('exit', 0, null)
    forked[2]?.emit('exit', 0, null)
    await stopped
    assert.equal(await status, 0)
  })

  it('waits twice as long from death to death, in the place of who dies young alone', async () => {
    const { log, forked, launcher, status } = launch(2, 0.002)
    for (const worker of forked) worker.emit('ready')
    const die = async (at: number) => {
      const before = forked.length
      forked[at]?.emit('exit', null, 'SIGKILL')
      while (forked.length === before) await turn()
    }
    await die(0)
    await die(2)
    await die(3)
    await die(1)
    assert.deepEqual(
      log.texts('warn').map(text => /in (.*) seconds/.exec(text)?.[1]),
      ['0.002', '0.004', '0.008', '0.002'],
    )
    const stopped = launcher.stop()
    for (const worker of forked.slice(4)) worker.emit('exit', 0, null)
    await stopped
    assert.equal(await status, 0)
  })

  it('gives up when the first workers cannot start', async () => {
    const { log, forked, status } = launch(2)
    forked[0]?.emit('exit', 1, null)
    await settle()
    forked[1]?.emit('exit', 1, null)
    assert.equal(await status, 1)
    assert.equal(forked.length, 2)
    assert.match(log.texts('error').join(), /exited with status 1 before it served; giving up/)
  })
})
