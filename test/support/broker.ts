import { randomUUID } from 'node:crypto'
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { type ConfirmChannel, connect } from 'amqplib'

const host = '127.0.0.1'
const port = 5672

/** The RabbitMQ that tests use. */
export const rabbitUrl = `rabbit://guest:guest@${host}:${port}/`

/** A name that no other test, nor another run of this one, has. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`

/** For a `before`: skips aloud where there is no RabbitMQ; on CI it has to be there. */
export const needsRabbit = async (test: Mocha.Context): Promise<void> => {
  if (await brokerIsThere()) return
  if (process.env.CI === 'true') throw new Error(`no RabbitMQ at ${host}:${port}`)
  console.log(`      skipped: no RabbitMQ at ${host}:${port}`)
  test.skip()
}

const brokerIsThere = (): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connectSocket(port, host)
    socket.once('connect', () => socket.destroy() && resolve(true))
    socket.once('error', () => resolve(false))
  })

/** A bare channel, to look at what lies in the broker. */
export const withChannel = async <T>(work: (channel: ConfirmChannel) => Promise<T>): Promise<T> => {
  const connection = await connect(`amqp://guest:guest@${host}:${port}`)
  // A refused declaration ends the channel; what matters is the promise that it rejects.
  connection.on('error', () => {})
  try {
    const channel = await connection.createConfirmChannel()
    channel.on('error', () => {})
    return await work(channel)
  } finally {
    await connection.close().catch(() => {})
  }
}

/**
 * Takes away what transports leave behind, as nova's do: the exchange, the queues, the fanouts. Where there
 * is no broker (hooks run after skipped tests too), nothing was left.
 */
export const removeTopology = async (
  exchange: string,
  queues: readonly string[],
): Promise<void> => {
  if (!(await brokerIsThere())) return
  await withChannel(async channel => {
    for (const queue of queues) {
      await channel.deleteQueue(queue)
      await channel.deleteExchange(`${queue}_fanout`)
    }
    await channel.deleteExchange(exchange)
  })
}

/** Stands between a transport and the broker, to be cut. */
export class BrokerProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #refusing = false

  private constructor() {
    this.#server = createServer(client => {
      if (this.#refusing) {
        client.destroy()
        return
      }
      const upstream = connectSocket(port, host)
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          this.#sockets.delete(socket)
          client.destroy()
          upstream.destroy()
        })
      }
      client.pipe(upstream)
      upstream.pipe(client)
    })
  }

  /** How many connections pass through it. */
  get connections(): number {
    return this.#sockets.size / 2
  }

  static async start(): Promise<BrokerProxy> {
    const proxy = new BrokerProxy()
    await new Promise<void>(resolve => proxy.#server.listen(0, host, resolve))
    return proxy
  }

  get url(): string {
    return this.urlOf('')
  }

  /** @param vhost  '' for the default one */
  urlOf(vhost: string): string {
    const address = this.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('the proxy does not listen')
    return `rabbit://guest:guest@${host}:${address.port}/${vhost}`
  }

  /** Cuts every connection; those that come later pass, unless refused. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  refuse(refusing: boolean): void {
    this.#refusing = refusing
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }
}
