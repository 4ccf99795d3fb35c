/** The root of what this library throws of its own accord. */
export class MessagingError extends Error {
  override readonly name: string = 'MessagingError'
}

/** No reply, or no keep-alive, within the time given. */
export class MessagingTimeout extends MessagingError {
  static readonly module = 'oslo_messaging.exceptions'
  override readonly name = 'MessagingTimeout'
}

/** The broker did not take a message: it is away, refused it, or too many are waiting already. */
export class MessageDeliveryFailure extends MessagingError {
  static readonly module = 'oslo_messaging.exceptions'
  override readonly name = 'MessageDeliveryFailure'
}

/** No queue took a message that had to be taken (`atLeastOnce`): no such server was ever there. */
export class MessageUndeliverable extends MessagingError {
  static readonly module = 'oslo_messaging.exceptions'
  override readonly name = 'MessageUndeliverable'
}

/** A target that cannot be used as asked: a call to a fanout, a server without a name. */
export class InvalidTarget extends MessagingError {
  static readonly module = 'oslo_messaging.exceptions'
  override readonly name = 'InvalidTarget'
}

/** The transport was closed while this was under way. */
export class TransportClosed extends MessagingError {
  override readonly name = 'TransportClosed'
}

/** A `transport_url`, or an option of the transport, that makes no sense. */
export class TransportConfigError extends MessagingError {
  override readonly name = 'TransportConfigError'
}

/** A version that is not `major.minor` in whole numbers. */
export class InvalidVersion extends MessagingError {
  override readonly name = 'InvalidVersion'
  constructor(version: unknown) {
    super(`Version must contain a major and minor integer. Got ${String(version)}`)
  }
}

/** The client was asked to send a version above what it may send (`[upgrade_levels]`). */
export class RPCVersionCapError extends MessagingError {
  static readonly module = 'oslo_messaging.rpc.client'
  override readonly name = 'RPCVersionCapError'
  constructor(
    readonly version: string | undefined,
    readonly versionCap: string | undefined,
  ) {
    super(
      `Requested message version, ${version} is incompatible.  It needs to be equal in major ` +
        'version and less than or equal in minor version as the specified version cap ' +
        `${versionCap}.`,
    )
  }
}

/** A server has no endpoint of that namespace and a compatible version. */
export class UnsupportedVersion extends MessagingError {
  static readonly module = 'oslo_messaging.rpc.dispatcher'
  override readonly name = 'UnsupportedVersion'
  constructor(version: string, method: string) {
    super(`Endpoint does not support RPC version ${version}. Attempted method: ${method}`)
  }
}

/** A server has a fitting endpoint, but no such method on it. */
export class NoSuchMethod extends MessagingError {
  static readonly module = 'oslo_messaging.rpc.dispatcher'
  override readonly name = 'NoSuchMethod'
  constructor(method: string) {
    super(`Endpoint does not support RPC method ${method}`)
  }
}

/** What came back from a server as its failure, decoded (contract: messaging.md section 6). */
export interface RemoteFailure {
  readonly class: string
  readonly module: string
  readonly message: string
  /** Lines of the traceback, may be empty. */
  readonly tb: readonly string[]
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

/** A server failed with something that the client has no class for. */
export class RemoteError extends MessagingError {
  static readonly module = 'oslo_messaging.rpc.client'
  override readonly name = 'RemoteError'
  constructor(readonly failure: RemoteFailure) {
    super(`Remote error: ${failure.class} ${failure.message}`)
    if (failure.tb.length) this.stack = `${this.stack}\nRemote traceback:\n${failure.tb.join('\n')}`
  }

  /** The class's name at the far end: `ValueError`. */
  get excType(): string {
    return this.failure.class
  }

  /** The text at the far end. */
  get value(): string {
    return this.failure.message
  }
}
