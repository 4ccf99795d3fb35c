import {
  type Message,
  plainSerializer,
  RpcClient,
  type RpcClientOptions,
  type SendOptions,
  type Serializer,
  type Target,
  type Transport,
} from '../../lib/rpc/index.js'

export interface Sent {
  readonly target: Target
  readonly message: Message
  readonly options: SendOptions
}

/** Keeps what is sent; every call is answered by null. */
export class SentMessages {
  readonly sent: Sent[] = []

  readonly transport: Transport = {
    url: 'kept://',
    send: async (target, message, options) => {
      this.sent.push({ target, message, options })
      return null
    },
    listen: async () => {
      throw new Error('nobody listens here')
    },
    close: async () => {},
  }

  client(target: Target, options: Partial<RpcClientOptions<object>> = {}): RpcClient<object> {
    return new RpcClient(this.transport, target, {
      serializer: plainSerializer as Serializer<object>,
      ...options,
    })
  }

  /** The only one since the last time. */
  take(): Sent {
    const [only, ...others] = this.sent.splice(0)
    if (!only || others.length) throw new Error(`${others.length + 1} messages, expected one`)
    return only
  }
}
