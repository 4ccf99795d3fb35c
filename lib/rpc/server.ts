import { type Log, silentLog } from '../log/log.js'
import { Dispatcher } from './dispatcher.js'
import { type Endpoint, serverPingEndpoint } from './endpoint.js'
import { InvalidTarget } from './errors.js'
import type { Serializer } from './serializer.js'
import { textOf } from './text.js'
import type { IncomingMessage, Listener, Target, Transport } from './transport.js'
import { checkVersion } from './version.js'

export interface RpcServerOptions<Context> {
  readonly serializer: Serializer<Context>
  readonly log?: Log | undefined
  /** Methods run at once (`executor_thread_pool_size`); 64 when absent. */
  readonly concurrency?: number | undefined
  /**
   * Messages held and not yet begun, by queue; as many as `concurrency` when absent. What is not
   * held waits at the broker, where another server of the topic may take it.
   */
  readonly prefetch?: number | undefined
  /** `[DEFAULT] rpc_ping_enabled` */
  readonly ping?: boolean | undefined
  /** Failures that belong to the business and are not logged as errors. */
  readonly isExpected?: ((error: unknown) => boolean) | undefined
  /** Runs around every method: to give it a log context, a trace, a measurement. */
  readonly around?:
    | ((
        context: Context,
        method: string,
        run: () => Promise<unknown>,
        args: Readonly<Record<string, unknown>>,
      ) => Promise<unknown>)
    | undefined
}

/** A method that is running now, for reports. */
export interface RunningDispatch {
  readonly method: string
  readonly requestId: string | null
  /** ms since 1970 */
  readonly since: number
}

/**
 * Serves a topic: `topic` (shared with its other servers), `topic.server`, and the fanout.
 *
 *     const server = new RpcServer(transport, { topic: 'compute', server: 'rack3-07' },
 *       [endpointOf(manager, { version: '6.1', methods: ['ping'] })], { serializer })
 *     await server.start()
 *     …
 *     await server.stop()   // takes no more
 *     await server.wait(60) // what runs may end, and reply
 */
export class RpcServer<Context> {
  readonly target: Target
  readonly #transport: Transport
  readonly #dispatcher: Dispatcher<Context>
  readonly #options: RpcServerOptions<Context>
  readonly #log: Log
  readonly #concurrency: number
  readonly #running = new Set<RunningDispatch>()
  // Bounded by the prefetch: what is here is not acknowledged, and goes back at a stop.
  #pending: IncomingMessage[] = []
  #listening: Promise<Listener> | null = null
  #listener: Listener | null = null
  #stopped = false
  #idle: (() => void)[] = []

  /**
   * @throws InvalidTarget without a server's name
   * @throws InvalidVersion of an endpoint
   */
  constructor(
    transport: Transport,
    target: Target,
    endpoints: readonly Endpoint<Context>[],
    options: RpcServerOptions<Context>,
  ) {
    if (!target.server) throw new InvalidTarget(`A server of topic '${target.topic}' needs a name`)
    for (const endpoint of endpoints) checkVersion(endpoint.version)
    this.target = target
    this.#transport = transport
    this.#options = options
    this.#log = options.log ?? silentLog
    this.#concurrency = options.concurrency ?? 64
    this.#dispatcher = new Dispatcher(
      options.ping ? [...endpoints, serverPingEndpoint] : endpoints,
      options.serializer,
    )
  }

  /** Resolves when the queues are there and consumed. Waits for a broker that is away. */
  async start(): Promise<void> {
    if (this.#stopped) throw new Error('an RpcServer cannot be started again')
    this.#listening ??= this.#transport.listen(this.target, message => this.#receive(message), {
      prefetch: this.#options.prefetch ?? this.#concurrency,
    })
    this.#listener = await this.#listening
  }

  /** Takes no more messages; what was not begun goes back to the broker. What runs goes on. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#pending = []
    if (this.#listener) return this.#listener.stop()
    // Where the broker was never there, it is not waited for.
    this.#listening?.then(listener => listener.stop()).catch(() => {})
  }

  /**
   * Waits for the methods that run.
   *
   * @param seconds  limit; without it, as long as it takes
   * @returns whether all of them ended
   */
  async wait(seconds?: number): Promise<boolean> {
    if (!this.#running.size) return true
    let timer: NodeJS.Timeout | undefined
    const ended = new Promise<boolean>(resolve => this.#idle.push(() => resolve(true)))
    const limit = new Promise<boolean>(resolve => {
      if (seconds !== undefined) timer = setTimeout(() => resolve(false), seconds * 1000)
    })
    try {
      return await Promise.race([ended, limit])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Messages held that wait for their turn. */
  get waiting(): number {
    return this.#pending.length
  }

  /** What runs now. */
  running(): readonly RunningDispatch[] {
    return [...this.#running]
  }

  #receive(incoming: IncomingMessage): void {
    if (this.#stopped) return
    if (this.#running.size < this.#concurrency) void this.#dispatch(incoming)
    else this.#pending.push(incoming)
  }

  async #dispatch(incoming: IncomingMessage): Promise<void> {
    if (!incoming.acknowledge()) return this.#next()
    const { request_id: requestId } = incoming.context
    const running: RunningDispatch = {
      method: textOf(incoming.message.method),
      requestId: typeof requestId === 'string' ? requestId : null,
      since: Date.now(),
    }
    this.#running.add(running)
    const stopKeepAlive = this.#keepAlive(incoming, running.method)
    try {
      await this.#answer(incoming, running)
    } catch (error) {
      // The caller, if it still waits, times out.
      this.#log.error({ err: error, method: running.method }, 'cannot send an RPC reply')
    } finally {
      stopKeepAlive()
      this.#running.delete(running)
      this.#next()
    }
  }

  async #answer(incoming: IncomingMessage, { method, requestId }: RunningDispatch): Promise<void> {
    let result: unknown
    try {
      const dispatch = this.#dispatcher.find(incoming.message, incoming.context)
      const { around } = this.#options
      result = around
        ? await around(dispatch.context, dispatch.method, dispatch.run, dispatch.args)
        : await dispatch.run()
    } catch (error) {
      const fields = { err: error, method, request_id: requestId }
      if (this.#options.isExpected?.(error)) {
        this.#log.debug(fields, 'expected exception during message handling')
      } else {
        this.#log.error(fields, 'Exception during message handling')
      }
      return incoming.fail(error)
    }
    return incoming.reply(result)
  }

  /** Starts telling the caller that the work goes on; gives what stops it. */
  #keepAlive(incoming: IncomingMessage, method: string): () => void {
    const { clientTimeout } = incoming
    if (clientTimeout === null) return () => {}
    // Python reads the number as an int, and leaves out what would mean more than one a second.
    const interval = Math.trunc(clientTimeout) / 2
    if (!(interval >= 1)) {
      this.#log.warn(
        { method, timeout: clientTimeout },
        'client gave an invalid call monitor timeout',
      )
      return () => {}
    }
    const timer = setInterval(() => {
      incoming.keepAlive().catch(error => {
        this.#log.debug({ err: error, method }, 'call monitor keep-alive failed')
        clearInterval(timer)
      })
    }, interval * 1000)
    return () => clearInterval(timer)
  }

  #next(): void {
    const incoming = this.#pending.shift()
    if (incoming) {
      void this.#dispatch(incoming)
    } else if (!this.#running.size) {
      const idle = this.#idle
      this.#idle = []
      for (const resolve of idle) resolve()
    }
  }
}
