import { InvalidTarget, RemoteError, RPCVersionCapError } from './errors.js'
import { type ErrorRegistry, rebuildError } from './failure.js'
import type { Serializer } from './serializer.js'
import type { Target, Transport } from './transport.js'
import { checkVersion, versionIsCompatible } from './version.js'

export interface RpcClientOptions<Context> {
  readonly serializer: Serializer<Context>
  /** Nothing above this version is sent; undefined: no limit. */
  readonly versionCap?: string | undefined
  /** Seconds for a call's answer (`rpc_response_timeout`); 60 when absent. */
  readonly timeout?: number | undefined
  /** Seconds without a keep-alive; undefined: calls are not monitored. */
  readonly callMonitorTimeout?: number | undefined
  /** See SendOptions. */
  readonly retry?: number | undefined
  /** See SendOptions. */
  readonly atLeastOnce?: boolean | undefined
  /** Failures that come back as the classes they were. */
  readonly errors?: ErrorRegistry | undefined
}

/** What one call does otherwise than its client. */
export interface PrepareOptions {
  readonly exchange?: string | undefined
  readonly topic?: string | undefined
  readonly namespace?: string | undefined
  readonly version?: string | undefined
  readonly server?: string | undefined
  readonly fanout?: boolean | undefined
  /** seconds */
  readonly timeout?: number | undefined
  /** seconds */
  readonly callMonitorTimeout?: number | undefined
  readonly versionCap?: string | undefined
  readonly retry?: number | undefined
  readonly atLeastOnce?: boolean | undefined
}

/**
 * Calls methods of servers on a topic.
 *
 *     const client = new RpcClient(transport, { topic: 'compute', version: '6.0' }, { serializer })
 *     await client.prepare({ server: 'rack3-07', version: '6.1' }).call(context, 'get_diagnostics', { instance })
 *
 * Immutable and cheap: `prepare` gives another one.
 */
export class RpcClient<Context> {
  readonly target: Target
  readonly #transport: Transport
  readonly #options: RpcClientOptions<Context>

  /** @throws InvalidVersion when the target's version or the cap is no version */
  constructor(transport: Transport, target: Target, options: RpcClientOptions<Context>) {
    if (target.version !== undefined) checkVersion(target.version)
    if (options.versionCap !== undefined) checkVersion(options.versionCap)
    this.#transport = transport
    this.target = target
    this.#options = options
  }

  /**
   * The same client with some values changed; a key that is present but undefined clears its value.
   *
   * @throws InvalidVersion
   */
  prepare(changes: PrepareOptions): RpcClient<Context> {
    const { exchange, topic, namespace, version, server, fanout, ...rest } = changes
    const target: Record<string, unknown> = { ...this.target }
    for (const [key, value] of Object.entries({
      exchange,
      topic,
      namespace,
      version,
      server,
      fanout,
    })) {
      if (key in changes) target[key] = value
    }
    return new RpcClient(
      this.#transport,
      { ...target, topic: topic ?? this.target.topic },
      { ...this.#options, ...rest },
    )
  }

  /** Whether a version (the target's, unless given) may be sent under the cap. */
  canSendVersion(version: string | undefined = this.target.version): boolean {
    return versionIsCompatible(this.#options.versionCap, version)
  }

  /**
   * Waits for the answer.
   *
   * @throws RPCVersionCapError, InvalidTarget before anything is sent
   * @throws MessagingTimeout, MessageDeliveryFailure, MessageUndeliverable, TransportClosed
   * @throws what the method threw: a class of `errors`, else a RemoteError
   */
  async call(
    context: Context,
    method: string,
    args: Readonly<Record<string, unknown>> = {},
  ): Promise<unknown> {
    if (this.target.fanout) throw new InvalidTarget('A call cannot be used with fanout')
    const message = await this.#message(context, method, args)
    const { timeout = 60, callMonitorTimeout, retry, atLeastOnce } = this.#options
    const { serializer, errors } = this.#options
    try {
      const result = await this.#transport.send(this.target, message, {
        wait: true,
        timeout,
        callMonitorTimeout,
        retry,
        atLeastOnce,
      })
      return await serializer.deserializeEntity(context, result)
    } catch (error) {
      throw errors && error instanceof RemoteError ? rebuildError(error, errors) : error
    }
  }

  /**
   * Hands a message over; nobody answers.
   *
   * @throws RPCVersionCapError, MessageDeliveryFailure, MessageUndeliverable, TransportClosed
   */
  async cast(
    context: Context,
    method: string,
    args: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const message = await this.#message(context, method, args)
    const { retry, atLeastOnce } = this.#options
    await this.#transport.send(this.target, message, { retry, atLeastOnce })
  }

  async #message(
    context: Context,
    method: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, unknown>> {
    const { version, namespace } = this.target
    const { serializer, versionCap } = this.#options
    if (!versionIsCompatible(versionCap, version)) throw new RPCVersionCapError(version, versionCap)
    const serialized: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(args)) {
      // An option left undefined is an argument left out: its default applies at the far end.
      if (value === undefined) continue
      const entity = serializer.serializeEntity(context, value)
      serialized[name] = entity instanceof Promise ? await entity : entity
    }
    const message: Record<string, unknown> = { method, args: serialized }
    if (namespace !== undefined) message.namespace = namespace
    if (version !== undefined) message.version = version
    for (const [key, value] of Object.entries(serializer.serializeContext(context))) {
      message[`_context_${key}`] = value
    }
    return message
  }
}
