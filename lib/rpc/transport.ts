/** Where a message goes (oslo.messaging's Target). */
export interface Target {
  readonly exchange?: string | undefined
  readonly topic: string
  readonly namespace?: string | undefined
  /** `major.minor` asked for by a client, offered by an endpoint. */
  readonly version?: string | undefined
  /** One server of the topic, by its host name. */
  readonly server?: string | undefined
  readonly fanout?: boolean | undefined
}

/** The decoded payload of a request: `method`, `args`, `version`, `namespace`, `_context_*`. */
export type Message = Readonly<Record<string, unknown>>

export interface SendOptions {
  /** True: wait for the answer (a call). */
  readonly wait?: boolean | undefined
  /** Seconds until MessagingTimeout. */
  readonly timeout?: number | undefined
  /** Seconds without a keep-alive until MessagingTimeout; undefined: no monitoring. */
  readonly callMonitorTimeout?: number | undefined
  /**
   * How often a send is tried again while the broker is away, at the transport's retry interval.
   * -1 or undefined: until `timeout`, or the transport's publish timeout, is over.
   */
  readonly retry?: number | undefined
  /** A message that no queue takes is a MessageUndeliverable, rather than nothing. */
  readonly atLeastOnce?: boolean | undefined
}

/** A message as a server sees it. */
export interface IncomingMessage {
  /** Without `_context_*` and the underscored keys of the transport's own. */
  readonly message: Message
  readonly context: Readonly<Record<string, unknown>>
  /** Seconds after which the caller gives up unless {@link keepAlive} is sent; null: not asked for. */
  readonly clientTimeout: number | null
  /**
   * Takes the message from the broker, to be called right before it is dispatched: at most once.
   *
   * @returns false when it must not be dispatched: the broker will hand it out again (the
   *          connection is gone), or it is a repeat of one that was dispatched
   */
  acknowledge(): boolean
  /** Tells the caller that the work goes on; nothing for a cast. */
  keepAlive(): Promise<void>
  /** Answers a call; nothing for a cast. A result that is no JSON is answered with a failure. */
  reply(result: unknown): Promise<void>
  fail(error: unknown): Promise<void>
}

export interface ListenOptions {
  /** Messages held here and not yet acknowledged, by queue; 0: no bound. */
  readonly prefetch?: number | undefined
}

export interface Listener {
  /**
   * Resolves when no further message will be handed out. Those not acknowledged go back to the
   * broker; those under way go on and may still reply.
   */
  stop(): Promise<void>
}

/**
 * Carries messages: RabbitMQ in oslo.messaging's format, or this process only. Both have the same
 * semantics; what crosses is JSON text in either.
 */
export interface Transport {
  /** Without credentials. */
  readonly url: string
  /** Resolves with the reply's result for a call; when it was handed over, for a cast. */
  send(target: Target, message: Message, options: SendOptions): Promise<unknown>
  /** Consumes `topic`, `topic.server` and the topic's fanout. Waits for a broker that is away. */
  listen(
    target: Target,
    onMessage: (incoming: IncomingMessage) => void,
    options?: ListenOptions,
  ): Promise<Listener>
  /** Ends connections; what waits for a reply is rejected. */
  close(): Promise<void>
}
