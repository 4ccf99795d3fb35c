import { randomUUID } from 'node:crypto'
import { connect as connectSocket } from 'node:net'
import { type ConfirmChannel, connect } from 'amqplib'
import { TcpProxy } from './tcp-proxy.js'

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
export class BrokerProxy extends TcpProxy {
  static override async start(upstream = port): Promise<BrokerProxy> {
    const proxy = new BrokerProxy(upstream)
    await proxy.listen()
    return proxy
  }

  get url(): string {
    return this.urlOf('')
  }

  /** @param vhost  '' for the default one */
  urlOf(vhost: string): string {
    return `rabbit://guest:guest@${host}:${this.port}/${vhost}`
  }
}
