/** Where a text goes. */
export type Address =
  | { readonly kind: 'topic'; readonly exchange: string; readonly key: string }
  | { readonly kind: 'fanout'; readonly topic: string }
  | { readonly kind: 'reply'; readonly queue: string }
  /** `queue` is made unless it is there: what is sent before anybody listens waits in it. */
  | { readonly kind: 'notification'; readonly exchange: string; readonly queue: string }

/** What is consumed: a server's three queues, this process's replies, or a queue of notifications. */
export type Source =
  | {
      readonly kind: 'server'
      readonly exchange: string
      readonly topic: string
      readonly server: string
    }
  | { readonly kind: 'reply'; readonly queue: string }
  | { readonly kind: 'notification'; readonly exchange: string; readonly queue: string }

export interface PublishOptions {
  /** ms that the message is worth anything */
  readonly expiration?: number | undefined
  /** Tell whether a queue took it. */
  readonly mandatory?: boolean | undefined
  /** False: the payload is the whole body, as oslo.messaging's format 1.0 has it. */
  readonly enveloped?: boolean | undefined
  /** ms until the broker must have taken it */
  readonly timeout?: number | undefined
}

export interface Delivery {
  /** The payload's JSON, decoded. */
  readonly payload: Record<string, unknown>
  /** @returns false when the message is no longer ours to take */
  acknowledge(): boolean
}

export interface Consumption {
  /** Ends deliveries; what was not acknowledged goes back. A fanout queue of a server is deleted. */
  stop(): Promise<void>
}

/**
 * The lower half of a transport: queues and texts, without calls. The upper half (RpcTransport) is
 * the same over every wire.
 */
export interface Wire {
  readonly url: string
  /**
   * Resolves when the broker has it.
   *
   * @param payload  JSON text
   * @returns false for a mandatory message that no queue took
   * @throws MessageDeliveryFailure, TransportClosed
   */
  publish(address: Address, payload: string, options: PublishOptions): Promise<boolean>
  /** Resolves when it is consumed. @param prefetch  deliveries unacknowledged at once; 0: no bound */
  consume(
    source: Source,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumption>
  close(): Promise<void>
}
