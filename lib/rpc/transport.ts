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
  /** How often a send is tried again; -1 or undefined: for ever (within `timeout`). */
  readonly retry?: number | undefined
}

/** A message as a server sees it. */
export interface IncomingMessage {
  readonly message: Message
  readonly context: Readonly<Record<string, unknown>>
  reply(result: unknown): Promise<void>
  fail(error: unknown): Promise<void>
}

export interface Listener {
  /** Resolves when no further message will be handed out (those under way go on). */
  stop(): Promise<void>
}

/**
 * Carries messages: RabbitMQ in oslo.messaging's format, or this process only. Both have the same
 * semantics; what crosses is JSON text in either.
 */
export interface Transport {
  readonly url: string
  /** Resolves with the reply's result for a call; when it was handed over, for a cast. */
  send(target: Target, message: Message, options: SendOptions): Promise<unknown>
  /** Consumes `topic`, `topic.server` and the topic's fanout. */
  listen(target: Target, onMessage: (incoming: IncomingMessage) => void): Promise<Listener>
  /** Ends connections; what waits for a reply is rejected. */
  close(): Promise<void>
}
