import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  createTransport,
  FakeBroker,
  type PlainContext,
  RpcClient,
  plainSerializer as serializer,
} from '../../../lib/rpc/index.js'
import {
  handleSignals,
  type LaunchedProcess,
  ListenError,
  PeriodicTasks,
  ProcessLauncher,
  Service,
  WsgiService,
  waitFor,
} from '../../../lib/service/index.js'
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

describe('wsgi service', () => {
  const get = (url: string, agent = false) =>
    new Promise<{ status: number | undefined; body: string; connection: string | undefined }>(
      (resolve, reject) => {
        const req = request(url, { agent, headers: { connection: 'keep-alive' } }, res => {
          let body = ''
          res.on('data', chunk => {
            body += chunk
          })
          res.on('end', () =>
            resolve({ status: res.statusCode, body, connection: res.headers.connection }),
          )
        })
        req.on('error', reject)
        req.end()
      },
    )

  it('serves an app, and a plain 500 for what leaves its pipeline', async () => {
    const log = new MemoryLog()
    const service = new WsgiService({
      name: 'osapi_compute',
      host: '127.0.0.1',
      port: 0,
      log,
      app: (req, res, next) => (req.url === '/bad' ? next(new Error('secret SQL')) : res.end('ok')),
    })
    await service.start()
    assert.equal((await get(`${service.url}/`)).body, 'ok')
    const { status, body } = await get(`${service.url}/bad`)
    assert.deepEqual([status, body], [500, 'Internal Server Error\n'])
    await service.stop()
  })

  it('says 404 where its app passes on, and 500 where it fails later', async () => {
    const log = new MemoryLog()
    const service = new WsgiService({
      name: 'osapi_compute',
      host: '127.0.0.1',
      port: 0,
      log,
      app: async (req, _res, next) => {
        await settle()
        if (req.url === '/bad') throw new Error('secret SQL')
        next()
      },
    })
    await service.start()
    assert.equal((await get(`${service.url}/`)).status, 404)
    assert.equal(log.lines.length, 1, 'only that it listens')
    const { status, body } = await get(`${service.url}/bad`)
    assert.deepEqual([status, body], [500, 'Internal Server Error\n'])
    await service.stop()
  })

  it('says in a sentence that its port is taken', async () => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const service = new WsgiService({ name: 'metadata', host: '127.0.0.1', port, app: () => {} })
    await assert.rejects(service.start(), {
      constructor: ListenError,
      message: `metadata: cannot listen on 127.0.0.1:${port}: another process listens there`,
    })
    await service.stop()
    other.close()
  })

  it('finishes requests under way at a stop, and closes what is idle', async () => {
    const begun = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const service = new WsgiService({
      name: 'osapi_compute',
      host: '127.0.0.1',
      port: 0,
      app: async (req, res) => {
        if (req.url === '/slow') {
          begun.resolve()
          await release.promise
        }
        res.end('done')
      },
    })
    await service.start()
    const { url } = service
    await get(`${url}/`)
    const slow = get(`${url}/slow`)
    await begun.promise
    const stopped = service.stop()
    await assert.rejects(get(`${url}/`))
    release.resolve()
    const { body, connection } = await slow
    assert.deepEqual([body, connection], ['done', 'close'])
    await stopped
  })

  it('cuts off what takes too long', async () => {
    const begun = Promise.withResolvers<void>()
    const service = new WsgiService({
      name: 'osapi_compute',
      host: '127.0.0.1',
      port: 0,
      gracefulShutdownTimeout: 0.01,
      app: () => begun.resolve(),
    })
    await service.start()
    const cut = assert.rejects(get(`${service.url}/`))
    await begun.promise
    await service.stop()
    await cut
  })
})

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
