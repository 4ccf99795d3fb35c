import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { median } from './median.js'

/** Requests of a round; each server answers as many. */
const count = 20_000
const rounds = 15
const sockets = 16

interface Row {
  readonly name: string
  readonly kind: string
  readonly filters: number
}

const rows: readonly Row[] = [
  { name: 'node:http alone', kind: 'node:http', filters: 0 },
  ...['closures', 'paste', 'reloadable', 'fastify', 'koa', 'express'].flatMap(kind => [
    ...(kind === 'closures' ? [] : [{ name: `${kind}, no filter`, kind, filters: 0 }]),
    { name: `${kind}, ten`, kind, filters: 10 },
  ]),
]

/** A server of the comparison in a process of its own. */
class MeasuredServer {
  readonly row: Row
  readonly #child: ChildProcess
  readonly #port: number
  readonly samples: number[] = []

  private constructor(row: Row, child: ChildProcess, port: number) {
    this.row = row
    this.#child = child
    this.#port = port
  }

  static async start(row: Row): Promise<MeasuredServer> {
    const child = fork(join(import.meta.dirname, 'paste-server.js'), [row.kind, `${row.filters}`])
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return new MeasuredServer(row, child, port)
  }

  async #cpu(): Promise<number> {
    this.#child.send('cpu')
    const [{ microseconds }] = (await once(this.#child, 'message')) as [{ microseconds: number }]
    return microseconds
  }

  /** Microseconds of its processor time for one request. */
  async measure(): Promise<number> {
    const before = await this.#cpu()
    await Promise.all(Array.from({ length: sockets }, () => this.#ask(count / sockets)))
    return ((await this.#cpu()) - before) / count
  }

  /** One connection, one request at a time. The client costs little, for it does not parse. */
  #ask(times: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1').setNoDelay()
      const asked = 'GET / HTTP/1.1\r\nhost: bench\r\naccept: */*\r\n\r\n'
      let left = times
      socket.on('error', reject)
      socket.on('data', data => {
        if (!data.includes('HTTP/1.1 200') || !data.includes('hello\n')) {
          socket.destroy(new Error(`${this.row.name} answered: ${data.toString('latin1')}`))
        } else if (--left) {
          socket.write(asked)
        } else {
          socket.destroy()
          resolve()
        }
      })
      socket.write(asked)
    })
  }

  stop(): void {
    this.#child.disconnect()
  }
}

/** Ten filters, beside the same ten elsewhere: processor time of the server for a request. */
export const pasteRequests = async (): Promise<void> => {
  const servers: MeasuredServer[] = []
  try {
    for (const row of rows) servers.push(await MeasuredServer.start(row))
    for (const server of servers) await server.measure()
    for (let round = 0; round < rounds; round++) {
      for (const server of servers) server.samples.push(await server.measure())
    }
    const floor = median(servers[0]?.samples ?? [])
    console.log('microseconds of CPU a request; over node:http alone; the ten by themselves')
    for (const { row, samples } of servers) {
      const mid = median(samples)
      const without = servers.find(
        one =>
          one.row.filters === 0 &&
          one.row.kind === (row.kind === 'closures' ? 'node:http' : row.kind),
      )
      const ten = row.filters ? mid - median(without?.samples ?? []) : undefined
      console.log(
        row.name.padEnd(24) +
          [mid, mid - floor, ten]
            .map(n => (n === undefined ? '' : n.toFixed(1)).padStart(8))
            .join('') +
          `   ${Math.min(...samples).toFixed(1)} to ${Math.max(...samples).toFixed(1)}`,
      )
    }
  } finally {
    for (const server of servers) server.stop()
  }
}
