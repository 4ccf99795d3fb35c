import type { Log } from '../../log/log.js'

/**
 * Says once that the broker is away, and once that it is back, however many connections notice and
 * however often they try.
 */
export class ConnectionStatus {
  readonly #log: Log
  /** The connections that are down now. */
  readonly #down = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  down(connection: string, reason: string, retrySeconds: number): void {
    const first = !this.#down.size
    this.#down.add(connection)
    const text = `AMQP server is unreachable: ${reason}. Trying again every ${retrySeconds} seconds or more`
    if (first) this.#log.warn({ connection }, text)
    else this.#log.debug({ connection }, text)
  }

  up(connection: string, host: string): void {
    if (!this.#down.delete(connection) || this.#down.size) return
    this.#log.info({ connection }, `Reconnected to AMQP server ${host}`)
  }

  /** The broker takes nothing from this connection for now: it is short of memory or disk. */
  blocked(connection: string, host: string, reason: string): void {
    this.#log.error({ connection }, `AMQP server ${host} has blocked the connection: ${reason}`)
  }

  unblocked(connection: string, host: string): void {
    this.#log.info({ connection }, `AMQP server ${host} has unblocked the connection`)
  }
}
