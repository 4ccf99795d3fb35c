import { Agent, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createComputeRouter, loadExtensions } from '../../controllers/router.js'
import { standInServices } from '../../controllers/stand-in-services.js'
import { defaultConf } from '../../lib/conf/index.js'
import { type Furnished, furnished } from './furnish.js'
import { type FuzzAnswer, faultOfAnswer } from './judge.js'
import { Random } from './random.js'
import { type FuzzRequest, requestOf, type Target, targetsOf } from './requests.js'

export interface FuzzOptions {
  readonly count: number
  readonly seed: number
  /** Requests after which a new API takes over; the figures of memory are taken between two. */
  readonly perApi?: number
  /** Labels that are asked for; all when absent. */
  readonly only?: RegExp | undefined
  readonly onProgress?: (done: number) => void
}

export interface FuzzFailure {
  /** Of the request, from 0: the same seed makes it again. */
  readonly number: number
  readonly request: FuzzRequest
  readonly fault: string
  /** What the API logged of it. */
  readonly logged: string | null
}

export interface FuzzReport {
  readonly failures: readonly FuzzFailure[]
  /** Answers, by status. */
  readonly statuses: ReadonlyMap<number, number>
  /** Requests that a schema refused. */
  readonly broken: number
  /** Methods at their ranges of versions that were asked. */
  readonly targets: number
  /** MiB in use after each API is closed and its garbage gone (--expose-gc). */
  readonly heap: readonly number[]
  /** Open handles then, and file descriptors where the system tells them. */
  readonly handles: readonly number[]
}

/** An answer has to come within this time, ms. */
const PATIENCE = 10_000

/** Asks an API in process with requests from its own schemas, valid ones and broken ones. */
export const fuzz = async (options: FuzzOptions): Promise<FuzzReport> => {
  const { count, seed, perApi = 1000, only } = options
  const random = new Random(seed)
  const targets = (await allTargets()).filter(({ route: { method, path, action } }) =>
    only ? only.test(`${method} ${path} ${action ?? ''}`) : true,
  )
  const report = {
    failures: [] as FuzzFailure[],
    statuses: new Map<number, number>(),
    broken: 0,
    targets: targets.length,
    heap: [] as number[],
    handles: [] as number[],
  }
  for (let number = 0; number < count; ) {
    const cloud = await furnished()
    const ask = await serve(cloud)
    try {
      for (let inApi = 0; inApi < perApi && number < count; inApi++, number++) {
        // Each in turn, so that none is left to chance.
        const target = targets[number % targets.length]
        if (!target) return report
        const request = requestOf(target, cloud, random)
        if (request.broken) report.broken++
        cloud.log.lines.length = 0
        const answer = await ask.send(request)
        report.statuses.set(answer.status, (report.statuses.get(answer.status) ?? 0) + 1)
        const fault = faultOfAnswer(request, answer)
        if (fault) report.failures.push({ number, request, fault, logged: loggedIn(cloud) })
      }
    } finally {
      await ask.close()
      await cloud.close()
    }
    options.onProgress?.(number)
    collectGarbage()
    report.heap.push(process.memoryUsage().heapUsed / 2 ** 20)
    report.handles.push(process.getActiveResourcesInfo().length)
  }
  return report
}

/** Code of functions that are gone too, which V8 keeps for some time yet. */
const collectGarbage = (): void => {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

const allTargets = async (): Promise<readonly Target[]> => {
  const log = { warn: () => undefined, error: () => undefined }
  const services = standInServices(await loadExtensions(), defaultConf({}))
  return targetsOf(createComputeRouter(services, log).routes)
}

const loggedIn = ({ log }: Furnished): string | null => {
  const line = log.lines.find(({ level }) => level === 'error')
  if (!line) return null
  const { err } = line.fields as { err?: unknown }
  return err instanceof Error ? (err.stack ?? err.message) : line.text
}

/** Over a socket of its own, for clients of HTTP mend paths that ought to arrive as they are. */
const serve = async ({ api }: Furnished) => {
  const server = createServer(api.app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const send = ({ method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> =>
    new Promise(resolve => {
      const type = body === null ? {} : { 'content-type': 'application/json' }
      const signal = AbortSignal.timeout(PATIENCE)
      const asking = httpRequest(
        { port, host: '127.0.0.1', method, path, agent, headers: { ...type, ...headers }, signal },
        res => {
          const chunks: Buffer[] = []
          res.on('data', (chunk: Buffer) => chunks.push(chunk))
          res.on('end', () =>
            resolve({ status: res.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
          )
          res.on('error', error => resolve({ status: 599, text: `no whole answer: ${error}` }))
        },
      )
      asking.on('error', error => resolve({ status: 599, text: `no answer: ${error.message}` }))
      asking.end(body ?? undefined)
    })
  return {
    send,
    close: async () => {
      agent.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
