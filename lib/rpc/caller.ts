/** What one call may differ in from its client's target. */
export interface PrepareOptions {
  readonly server?: string | undefined
  readonly fanout?: boolean | undefined
  readonly version?: string | undefined
  /** Nothing above it is sent; undefined: no limit. */
  readonly versionCap?: string | undefined
  /** Seconds until MessagingTimeout. */
  readonly timeout?: number | undefined
  /** Seconds without a keep-alive until MessagingTimeout. */
  readonly callMonitorTimeout?: number | undefined
}

/** The client side of a topic, as an `rpcapi` needs it; `RpcClient` is one. */
export interface RpcCaller {
  prepare(options: PrepareOptions): RpcCaller
  /** Waits for the answer; rejects with the far side's exception or MessagingTimeout. */
  call(context: object, method: string, args: Readonly<Record<string, unknown>>): Promise<unknown>
  /** Resolves when the message was handed over. */
  cast(context: object, method: string, args: Readonly<Record<string, unknown>>): Promise<void>
  canSendVersion(version: string): boolean
}
