import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { type Log, silentLog } from '../log/log.js'
import {
  InvalidTarget,
  MessageDeliveryFailure,
  MessageUndeliverable,
  MessagingTimeout,
  RemoteError,
  TransportClosed,
} from './errors.js'
import { parseFailure, serializeFailure } from './failure.js'
import { hexId, RecentIds } from './ids.js'
import { textOf } from './text.js'
import type {
  IncomingMessage,
  Listener,
  ListenOptions,
  Message,
  SendOptions,
  Target,
  Transport,
} from './transport.js'
import type { Address, Consumption, Delivery, Wire } from './wire.js'

export interface RpcTransportOptions {
  readonly log?: Log | undefined
  /** Exchange of targets that name none; `nova` when absent (`[DEFAULT] control_exchange`). */
  readonly controlExchange?: string | undefined
  /** Seconds until the broker must have taken a cast; 60 when absent. */
  readonly publishTimeout?: number | undefined
  /** Calls that may wait for their answer at once; 10000 when absent. */
  readonly maxCalls?: number | undefined
  /** Seconds between two tries while the broker is away, for `retry`; 1 when absent. */
  readonly retryInterval?: number | undefined
  /** Seconds that a reply is tried again when its caller's queue is missing; 60 when absent. */
  readonly missingReplyQueueTimeout?: number | undefined
}

/** What of a request is the transport's, not the method's. */
const ownKeys = new Set(['_msg_id', '_reply_q', '_timeout', '_unique_id'])

/** A call that waits. */
interface Waiter {
  settle(outcome: () => void): void
  keepAlive(): void
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** ms between two tries to reach a missing reply queue, as oslo.messaging has it. */
const REPLY_RETRY = 250

/**
 * Calls, casts and replies in oslo.messaging's manner, over any wire (contract: messaging.md
 * sections 5 to 8).
 */
export class RpcTransport implements Transport {
  readonly #wire: Wire
  readonly #log: Log
  readonly #exchange: string
  readonly #publishTimeout: number // ms
  readonly #maxCalls: number
  readonly #retryInterval: number // ms
  readonly #missingReplyQueueTimeout: number // ms
  readonly #waiters = new Map<string, Waiter>()
  readonly #replyQueue = `reply_${hexId()}`
  readonly #closing = new AbortController()
  // Callers that are gone: their queue was missing for so long that further replies are dropped.
  readonly #deadReplyQueues = new LRUCache<string, true>({ max: 200, ttl: 60_000 })
  #replies: Promise<Consumption> | null = null

  constructor(wire: Wire, options: RpcTransportOptions = {}) {
    this.#wire = wire
    this.#log = options.log ?? silentLog
    this.#exchange = options.controlExchange ?? 'nova'
    this.#publishTimeout = (options.publishTimeout ?? 60) * 1000
    this.#maxCalls = options.maxCalls ?? 10_000
    this.#retryInterval = (options.retryInterval ?? 1) * 1000
    this.#missingReplyQueueTimeout = (options.missingReplyQueueTimeout ?? 60) * 1000
  }

  get url(): string {
    return this.#wire.url
  }

  async send(target: Target, message: Message, options: SendOptions): Promise<unknown> {
    if (this.#closing.signal.aborted) throw closedError()
    if (options.wait) return this.#call(target, message, options)
    const payload = JSON.stringify({ ...message, _unique_id: hexId() })
    await this.#publish(target, payload, options)
    return undefined
  }

  /** @throws MessageUndeliverable where it had to be taken, and nobody did */
  async #publish(
    target: Target,
    payload: string,
    options: SendOptions,
    expiration?: number,
  ): Promise<void> {
    const { atLeastOnce: mandatory = false } = options
    const timeout = this.#sendLimit(options)
    const address = this.#address(target)
    const taken = await this.#wire.publish(address, payload, { expiration, timeout, mandatory })
    if (mandatory && !taken)
      throw new MessageUndeliverable(`No queue took a message to ${nameOf(target)}`)
  }

  async listen(
    target: Target,
    onMessage: (incoming: IncomingMessage) => void,
    options: ListenOptions = {},
  ): Promise<Listener> {
    if (this.#closing.signal.aborted) throw closedError()
    const { server, topic } = target
    if (!server) throw new InvalidTarget(`A server of topic '${topic}' needs a name`)
    const recent = new RecentIds()
    return this.#wire.consume(
      { kind: 'server', exchange: target.exchange ?? this.#exchange, topic, server },
      options.prefetch ?? 0,
      delivery => onMessage(this.#incoming(delivery, recent)),
    )
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    for (const waiter of [...this.#waiters.values()]) {
      waiter.settle(() => waiter.reject(closedError()))
    }
    await this.#wire.close()
  }

  #address(target: Target): Address {
    const { topic, server } = target
    if (target.fanout) return { kind: 'fanout', topic }
    const key = server ? `${topic}.${server}` : topic
    return { kind: 'topic', exchange: target.exchange ?? this.#exchange, key }
  }

  /** ms that the broker has to take a message. */
  #sendLimit({ retry = -1, timeout }: SendOptions): number {
    const wanted = retry < 0 ? this.#publishTimeout : (retry + 1) * this.#retryInterval
    return Math.min(wanted, timeout === undefined ? wanted : timeout * 1000)
  }

  #call(target: Target, message: Message, options: SendOptions): Promise<unknown> {
    if (this.#waiters.size >= this.#maxCalls) {
      throw new MessageDeliveryFailure(`${this.#maxCalls} RPC calls wait for an answer already`)
    }
    const msgId = hexId()
    const { timeout, callMonitorTimeout } = options
    return new Promise((resolve, reject) => {
      this.#waiters.set(msgId, this.#waiter(msgId, options, resolve, reject))
      const payload = {
        ...message,
        _msg_id: msgId,
        _reply_q: this.#replyQueue,
        _timeout: callMonitorTimeout ?? null,
        _unique_id: hexId(),
      }
      this.#sendCall(target, payload, options).catch(error => {
        const waiter = this.#waiters.get(msgId)
        // Where the broker is away for as long as the caller waits, the answer is a timeout.
        const timedOut = timeout !== undefined && timeout * 1000 <= this.#publishTimeout
        if (timedOut && error instanceof MessageDeliveryFailure && isPublishTimeout(error)) return
        waiter?.settle(() => reject(error))
      })
    })
  }

  async #sendCall(
    target: Target,
    payload: Record<string, unknown>,
    options: SendOptions,
  ): Promise<void> {
    const text = JSON.stringify(payload)
    await this.#openReplyQueue()
    const expiration = options.timeout === undefined ? undefined : Math.ceil(options.timeout * 1000)
    await this.#publish(target, text, options, expiration)
  }

  #openReplyQueue(): Promise<Consumption> {
    if (!this.#replies) {
      const recent = new RecentIds()
      this.#replies = this.#wire.consume(
        { kind: 'reply', queue: this.#replyQueue },
        0,
        delivery => {
          if (delivery.acknowledge()) this.#onReply(delivery.payload, recent)
        },
      )
      // A next call tries again.
      this.#replies.catch(() => {
        this.#replies = null
      })
    }
    return this.#replies
  }

  #onReply(payload: Record<string, unknown>, recent: RecentIds): void {
    const { _msg_id: msgId, _unique_id: uniqueId, result = null, failure, ending } = payload
    if (typeof uniqueId === 'string' && recent.seen(uniqueId)) return
    const waiter = typeof msgId === 'string' ? this.#waiters.get(msgId) : undefined
    if (!waiter) {
      this.#log.info({ msg_id: msgId }, `No calling threads waiting for msg_id : ${textOf(msgId)}`)
      return
    }
    if (failure) waiter.settle(() => waiter.reject(new RemoteError(parseFailure(failure))))
    else if (ending) waiter.settle(() => waiter.resolve(result))
    else waiter.keepAlive()
  }

  #waiter(
    msgId: string,
    { timeout, callMonitorTimeout }: SendOptions,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ): Waiter {
    const timers: NodeJS.Timeout[] = []
    const settle = (outcome: () => void) => {
      for (const timer of timers) clearTimeout(timer)
      if (this.#waiters.delete(msgId)) outcome()
    }
    const expire = () =>
      settle(() =>
        reject(new MessagingTimeout(`Timed out waiting for a reply to message ID ${msgId}`)),
      )
    if (timeout !== undefined) timers.push(setTimeout(expire, timeout * 1000))
    if (callMonitorTimeout === undefined) return { settle, keepAlive: () => {}, resolve, reject }
    const monitor = setTimeout(expire, callMonitorTimeout * 1000)
    timers.push(monitor)
    return { settle, keepAlive: () => monitor.refresh(), resolve, reject }
  }

  #incoming(delivery: Delivery, recent: RecentIds): IncomingMessage {
    const message: Record<string, unknown> = {}
    const context: Record<string, unknown> = {}
    const { payload } = delivery
    for (const key of Object.keys(payload)) {
      if (key.startsWith('_context_')) context[key.slice('_context_'.length)] = payload[key]
      else if (!ownKeys.has(key)) message[key] = payload[key]
    }
    const { _msg_id: msgId, _reply_q: replyQueue, _unique_id: uniqueId } = payload
    const timeout = typeof payload._timeout === 'number' ? payload._timeout : 0
    const isCall = typeof msgId === 'string' && typeof replyQueue === 'string'

    const reply = async (body: { result: unknown; failure: string | null; ending: boolean }) => {
      if (!isCall) return
      const ids = { _msg_id: msgId, _unique_id: hexId() }
      let text: string
      try {
        text = JSON.stringify({ ...body, ...ids })
      } catch (error) {
        this.#log.error({ err: error, method: message.method }, 'an RPC result is no JSON')
        text = JSON.stringify({ ...body, result: null, failure: serializeFailure(error), ...ids })
      }
      await this.#reply(replyQueue, msgId, text, body.ending)
    }
    return {
      message,
      context,
      clientTimeout: isCall && timeout !== 0 ? timeout : null,
      acknowledge: () => {
        if (!delivery.acknowledge()) return false
        if (typeof uniqueId !== 'string' || !recent.seen(uniqueId)) return true
        this.#log.warn({ unique_id: uniqueId }, 'Dropped a message that came twice')
        return false
      },
      keepAlive: () => reply({ result: null, failure: null, ending: false }),
      reply: result => reply({ result: result ?? null, failure: null, ending: true }),
      fail: error => reply({ result: null, failure: serializeFailure(error), ending: true }),
    }
  }

  /** Replies to a queue that may be about to come back: its owner's broker was away, say. */
  async #reply(queue: string, msgId: string, text: string, ending: boolean): Promise<void> {
    if (this.#deadReplyQueues.has(queue)) {
      this.#log.debug({ msg_id: msgId, queue }, 'dropped a reply, for its caller is gone')
      return
    }
    const deadline = performance.now() + this.#missingReplyQueueTimeout
    for (;;) {
      const taken = await this.#wire.publish({ kind: 'reply', queue }, text, {
        mandatory: true,
        timeout: this.#publishTimeout,
      })
      if (taken) return
      if (!ending) throw new MessageDeliveryFailure('Heartbeat send failed. Missing queue')
      if (performance.now() >= deadline || this.#closing.signal.aborted) break
      await sleep(REPLY_RETRY, undefined, { signal: this.#closing.signal }).catch(() => {})
    }
    this.#deadReplyQueues.set(queue, true)
    this.#log.warn({ msg_id: msgId, queue }, `The reply to ${msgId} was dropped: no queue ${queue}`)
  }
}

const nameOf = ({ topic, server, fanout }: Target): string => {
  if (fanout) return `the fanout of ${topic}`
  return server ? `${topic}.${server}` : topic
}

const closedError = () => new TransportClosed('The message transport is closed')

/** Text of the failure a wire gives when the broker did not take a message in time. */
export const PUBLISH_TIMEOUT = 'The broker did not take a message in time'
const isPublishTimeout = (error: Error): boolean => error.message.startsWith(PUBLISH_TIMEOUT)
