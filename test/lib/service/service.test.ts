import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  createTransport,
  FakeBroker,
  type PlainContext,
  RpcClient,
  plainSerializer as serializer,
} from '../../../lib/rpc/index.js'
import { PeriodicTasks, Service, waitFor } from '../../../lib/service/index.js'
import { MemoryLog } from '../../support/log.js'

/** Lets what is already due happen. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await turn()
}

describe('service', () => {
  const open = () => {
    const log = new MemoryLog()
    const broker = new FakeBroker()
    const transport = createTransport('fake://', { broker, log })
    return { log, broker, transport }
  }

  it("starts in nova's order, and stops in reverse", async () => {
    const { broker, transport, log } = open()
    const steps: string[] = []
    const step = (name: string) => () => {
      const consumers = broker.queues().filter(({ name }) => name === 'compute')[0]?.consumers ?? 0
      steps.push(`${name} ${consumers ? 'serving' : 'closed'}`)
    }
    const service = new Service<PlainContext>({
      host: 'a',
      binary: 'nova-compute',
      topic: 'compute',
      transport,
      serializer,
      log,
      endpoints: [{ version: '6.1', methods: { hello: () => 'hi' } }],
      record: { create: async () => step('create')(), beat: async () => {} },
      manager: {
        initHost: step('initHost'),
        preStartHook: step('preStartHook'),
        postStartHook: step('postStartHook'),
        cleanupHost: step('cleanupHost'),
      },
    })
    await service.start()
    const client = new RpcClient<PlainContext>(
      transport,
      { topic: 'compute', version: '6.0' },
      { serializer },
    )
    assert.equal(await client.call({}, 'hello'), 'hi')
    const base = client.prepare({ namespace: 'baseapi', version: '1.0' })
    assert.deepEqual(await base.call({}, 'ping', { arg: 'x' }), { service: 'compute', arg: 'x' })
    await service.stop()
    assert.deepEqual(steps, [
      'initHost closed',
      'create closed',
      'preStartHook closed',
      'postStartHook serving',
      'cleanupHost closed',
    ])
    await transport.close()
  })

  it('lets what runs end, and leaves what does not end in time', async () => {
    const { transport, log } = open()
    const begun = Promise.withResolvers<void>()
    const service = new Service<PlainContext>({
      host: 'a',
      binary: 'nova-compute',
      topic: 'compute',
      transport,
      serializer,
      log,
      gracefulShutdownTimeout: 0.01,
      endpoints: [
        {
          version: '1.0',
          methods: {
            never: () => {
              begun.resolve()
              return new Promise(() => {})
            },
          },
        },
      ],
    })
    await service.start()
    const client = new RpcClient<PlainContext>(
      transport,
      { topic: 'compute', version: '1.0' },
      { serializer },
    )
    await client.cast({ request_id: 'req-1' }, 'never')
    await begun.promise
    const [about, rpc] = service.report()
    assert.equal(about?.lines.at(-1), 'RPC: 1 of 64 run, 0 wait')
    assert.match(rpc?.lines.join() ?? '', /^never \(req-1\) for \d+\.\d s$/)
    await service.stop()
    assert.match(log.texts('warn').join(), /Leaving work behind: never \(req-1\) for/)
    await transport.close()
  })

  describe('with a moved clock', () => {
    beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
    afterEach(() => mock.timers.reset())
    const tick = async (seconds: number) => {
      mock.timers.tick(seconds * 1000)
      await settle()
    }

    it('beats as soon as it serves and every ten seconds, through failures told once', async () => {
      const { transport, log } = open()
      let beats = 0
      let failing = false
      const service = new Service<PlainContext>({
        host: 'a',
        binary: 'nova-scheduler',
        topic: 'scheduler',
        transport,
        serializer,
        log,
        endpoints: [{ version: '4.5', methods: {} }],
        record: {
          create: async () => {},
          beat: async () => {
            if (failing) throw new Error('no conductor')
            beats++
          },
        },
      })
      await service.start()
      assert.equal(beats, 1)
      await tick(9.9)
      assert.equal(beats, 1)
      await tick(0.2)
      assert.equal(beats, 2)
      failing = true
      await tick(10)
      await tick(10)
      failing = false
      await tick(10)
      assert.equal(beats, 3)
      assert.equal(log.texts('warn').length, 1)
      assert.match(log.texts('info').join(), /Recovered from being unable to report/)
      await service.stop()
      await tick(60)
      assert.equal(beats, 3)
    })

    it('tells what its periodic tasks do, and adds up to a twentieth to long intervals', async () => {
      let runs = 0
      const ended = Promise.withResolvers<void>()
      const tasks = new PeriodicTasks(
        [
          { name: 'update', spacing: 100, run: () => void runs++ },
          { name: 'endless', spacing: 60, runImmediately: true, run: () => ended.promise },
        ],
        { fuzzyDelay: 10, random: () => 1 },
      )
      tasks.start()
      await tick(0)
      const [update = '', endless = ''] = tasks.report()
      assert.match(update, /^update: every 100 s, has not run, due in \d+ s$/)
      assert.match(endless, /^endless: every 60 s, running for \d+\.\d s$/)
      await tick(10)
      assert.equal(runs, 1)
      assert.match(tasks.report()[0] ?? '', /^update: every 100 s, last took 0\.0 s, due in \d+ s$/)
      await tick(104)
      assert.equal(runs, 1)
      await tick(1)
      assert.equal(runs, 2)
      ended.resolve()
      await tasks.stop()
    })

    it('runs periodic tasks apart, never beside themselves, and logs what they throw', async () => {
      const log = new MemoryLog()
      const runs: string[] = []
      const release = Promise.withResolvers<void>()
      const tasks = new PeriodicTasks(
        [
          {
            name: 'slow',
            spacing: 10,
            run: () => {
              runs.push('slow')
              return release.promise
            },
          },
          { name: 'first', spacing: 20, runImmediately: true, run: () => void runs.push('first') },
          { name: 'off', spacing: -1, run: () => void runs.push('off') },
          {
            name: 'bad',
            spacing: 0,
            run: () => {
              runs.push('bad')
              throw new Error('no')
            },
          },
        ],
        { log, fuzzyDelay: 8, random: () => 0.5 },
      )
      tasks.start()
      await tick(0)
      assert.deepEqual(runs, ['first'])
      await tick(4)
      assert.deepEqual(runs, ['first', 'slow', 'bad'])
      assert.deepEqual(log.texts('error'), ['Error during bad'])
      await tick(30)
      assert.deepEqual(runs, ['first', 'slow', 'bad', 'first'])
      assert.deepEqual(tasks.running(), ['slow'])
      release.resolve()
      await settle()
      await tick(10)
      assert.deepEqual(runs.filter(name => name === 'slow').length, 2)
      await tick(60)
      assert.deepEqual(runs.filter(name => name === 'bad').length, 2)
      await tasks.stop()
      const before = runs.length
      await tick(100)
      assert.equal(runs.length, before)
    })
  })
})

describe('waitFor', () => {
  it('tries until it works, and says so twice', async () => {
    const log = new MemoryLog()
    let tries = 0
    const attempt = async () => {
      if (++tries < 4) throw new Error('connection refused')
      return 'there'
    }
    assert.equal(await waitFor('the database', attempt, { log, interval: 0.001 }), 'there')
    assert.deepEqual(log.texts('warn'), ['Waiting for the database: connection refused'])
    assert.deepEqual(log.texts('info'), ['The database is back'])
  })

  it('tells of each try where there is an end to them, and rejects with the last', async () => {
    const log = new MemoryLog()
    let tries = 0
    const attempt = async () => {
      throw new Error(`refused ${++tries}`)
    }
    const waiting = waitFor('the database', attempt, { log, interval: 0.001, retries: 2 })
    await assert.rejects(waiting, /^Error: refused 3$/)
    assert.deepEqual(log.texts('warn'), [
      'Waiting for the database: refused 1; 2 attempts left',
      'Waiting for the database: refused 2; 1 attempts left',
    ])
  })

  it('ends when told, and at once for what waiting does not mend', async () => {
    const log = new MemoryLog()
    const stop = new AbortController()
    const waiting = waitFor('it', () => Promise.reject(new Error('no')), {
      log,
      signal: stop.signal,
    })
    stop.abort(new Error('stopped'))
    await assert.rejects(waiting, /stopped/)
    const fatal = () => Promise.reject(new Error('Access denied'))
    await assert.rejects(waitFor('it', fatal, { log, isFatal: () => true }), /Access denied/)
  })
})
