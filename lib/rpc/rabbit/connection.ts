import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import amqp, { type AmqpConnectionManager } from 'amqp-connection-manager'
import { type Channel, type ConfirmChannel, credentials } from 'amqplib'
import { messageOf } from '../../util/message-of.js'
import type { TransportHost, TransportUrl } from '../transport-url.js'
import { coalesceWrites } from './coalesce.js'
import type { ConnectionStatus } from './connection-status.js'
import type { RabbitSettings } from './options.js'

/** ms to open a socket and say hello */
const CONNECT_TIMEOUT = 10_000
/** ms for closing politely */
const CLOSE_TIMEOUT = 2_000

export interface OpenChannel {
  close(): Promise<void>
}

/**
 * One connection to whichever host answers, brought back for ever with growing pauses. A channel
 * that fails takes its connection with it, so that there is one way to come back, not two.
 */
export class RabbitConnection {
  readonly #manager: AmqpConnectionManager
  readonly #settings: RabbitSettings
  readonly #status: ConnectionStatus
  readonly #name: string
  readonly #hostCount: number
  #host = ''
  /** Hosts that were tried in vain since the last good one. */
  #tried = 0
  #works = false
  #lastError = ''
  #closed = false

  /** @param name  what it is for, in logs */
  constructor(name: string, url: TransportUrl, settings: RabbitSettings, status: ConnectionStatus) {
    this.#name = name
    this.#settings = settings
    this.#status = status
    const hosts: readonly TransportHost[] = url.hosts.length
      ? url.hosts
      : [{ hostname: 'localhost', port: null, username: null, password: null }]
    this.#hostCount = hosts.length
    const inOrder = shuffled(hosts).map(host => hostOptions(host, url, settings))
    this.#manager = amqp.connect(inOrder, {
      heartbeatIntervalInSeconds: settings.heartbeat,
      // Asked for the hosts at the beginning of each round.
      findServers: async () =>
        settings.reconnect.strategy === 'shuffle' ? shuffled(inOrder) : inOrder,
    })
    this.#manager.on('connect', ({ connection, url: connected }) => {
      coalesceWrites(connection)
      this.#host = hostOf(connected)
    })
    this.#manager.on('connectFailed', ({ err, url: tried }) => {
      this.#tried++
      const isRoundOver = this.#tried % hosts.length === 0
      this.#failed(`${hostOf(tried)}: ${err.message}`, isRoundOver ? this.#pause() : 0)
    })
    this.#manager.on('blocked', ({ reason }) => status.blocked(name, this.#host, reason))
    this.#manager.on('unblocked', () => status.unblocked(name, this.#host))
    this.#manager.on('disconnect', ({ err }) => {
      // A channel's failure closed it: that reason is the better one.
      const reason = this.#lastError || (err ? err.message : 'connection closed')
      this.#lastError = ''
      this.#failed(`${this.#host}: ${reason}`, this.#pause())
      // A host that can be reached, but on which nothing works, is one that failed.
      if (!this.#works) this.#tried += hosts.length
      this.#works = false
    })
  }

  /**
   * @param setup  runs on the channel now, and on its successor after each reconnection
   */
  openChannel(confirm: boolean, setup: (channel: ConfirmChannel) => Promise<void>): OpenChannel {
    let closing = false
    const wrapper = this.#manager.createChannel({
      confirm,
      setup: async (channel: ConfirmChannel) => {
        channel.on('error', error => {
          this.#lastError = error.message
        })
        channel.once('close', () => {
          if (!closing) this.#dropConnection()
        })
        try {
          await setup(channel)
        } catch (error) {
          if (closing || this.#closed) return
          this.#lastError ||= messageOf(error)
          this.#dropConnection()
          return
        }
        this.#tried = 0
        this.#works = true
        this.#status.up(this.#name, this.#host)
      },
    })
    wrapper.on('error', error => {
      this.#lastError = error.message
      this.#dropConnection()
    })
    return {
      close: async () => {
        closing = true
        // A channel that is gone already is as closed as we want it.
        await within(CLOSE_TIMEOUT, wrapper.close()).catch(() => {})
      },
    }
  }

  /** Ends the connection under a channel that no longer works; the manager brings both back. */
  drop(reason: string): void {
    this.#lastError = reason
    this.#dropConnection()
  }

  async close(): Promise<void> {
    this.#closed = true
    await within(CLOSE_TIMEOUT, this.#manager.close()).catch(() => {})
  }

  #dropConnection(): void {
    const { connection } = this.#manager
    // Where the connection itself went, its own end is told in a moment, and this finds nothing to do.
    setImmediate(() => {
      if (this.#closed || !connection || this.#manager.connection !== connection) return
      connection.close().catch(() => {})
    })
  }

  /** Seconds to the next round: the longer, the more of them failed. */
  #pause(): number {
    const { interval, backoff, max, delay, splay } = this.#settings.reconnect
    const rounds = Math.floor(this.#tried / this.#hostCount)
    const growing = rounds === 0 ? 0 : Math.min(max, interval + (rounds - 1) * backoff)
    return growing + delay + Math.random() * splay
  }

  #failed(reason: string, pause: number): void {
    if (this.#closed) return
    // Read by the manager right after this event.
    this.#manager.reconnectTimeInSeconds = pause
    const { interval, delay } = this.#settings.reconnect
    this.#status.down(this.#name, reason, interval + delay)
  }
}

const hostOptions = (host: TransportHost, url: TransportUrl, settings: RabbitSettings) => {
  const { tls, heartbeat } = settings
  const hostname = host.hostname.includes(':') ? `[${host.hostname}]` : host.hostname
  // Also with TLS: oslo.messaging's preset is one.
  const port = host.port ?? 5672
  const vhost = encodeURIComponent(url.virtualHost)
  const program = basename(process.argv[1] ?? 'node').replace(/\.js$/, '')
  return {
    // amqp-connection-manager would put 0 (off) aside for its preset, so it is said here
    url: `${tls ? 'amqps' : 'amqp'}://${hostname}:${port}/${vhost}?heartbeat=${heartbeat}`,
    connectionOptions: {
      noDelay: true,
      keepAlive: true,
      timeout: CONNECT_TIMEOUT,
      credentials: credentialsOf(host, settings.loginMethod),
      clientProperties: { connection_name: `${program}:${process.pid}:${randomUUID()}` },
      ...(tls ?? {}),
    },
  }
}

const credentialsOf = (
  { username, password }: TransportHost,
  method: RabbitSettings['loginMethod'],
) => {
  const user = username ?? 'guest'
  const secret = password ?? (username === null ? 'guest' : '')
  switch (method) {
    case 'PLAIN':
      return credentials.plain(user, secret)
    case 'AMQPLAIN':
      return credentials.amqplain(user, secret)
    case 'EXTERNAL':
      return credentials.external()
  }
}

/** `host:port`, for logs */
const hostOf = (url: unknown): string => {
  try {
    return new URL(String(url)).host
  } catch {
    return 'broker'
  }
}

/** In any order: so that many processes do not all choose the first host. */
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map(item => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)

const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

export type { Channel, ConfirmChannel }
