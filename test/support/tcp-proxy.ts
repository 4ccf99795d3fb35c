import { connect, createServer, type Server, type Socket } from 'node:net'

const host = '127.0.0.1'

interface Pair {
  readonly client: Socket
  readonly upstream: Socket
}

/** Stands between a process and a server on this machine, to be cut, closed, or made a hole. */
export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  readonly #lost = new Set<Pair>()
  readonly #refusals: (() => void)[] = []
  #refusing = false
  #swallowing = false

  protected constructor(port: number) {
    this.#server = createServer(client => {
      if (this.#refusing) {
        client.destroy()
        for (const heard of this.#refusals.splice(0)) heard()
        return
      }
      const pair = { client, upstream: connect(port, host) }
      this.#pairs.add(pair)
      for (const socket of [pair.client, pair.upstream]) {
        socket.on('error', () => {})
        socket.on('close', () => {
          // In a hole nobody hears that the other has gone.
          if (this.#lost.has(pair) && this.#swallowing) return
          this.#end(pair)
        })
      }
      if (this.#swallowing) return this.#lose(pair)
      client.pipe(pair.upstream)
      pair.upstream.pipe(client)
    })
  }

  static async start(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port)
    await proxy.listen()
    return proxy
  }

  protected async listen(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, host, resolve))
  }

  get port(): number {
    const address = this.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('the proxy does not listen')
    return address.port
  }

  /** How many connections pass through it. */
  get connections(): number {
    return this.#pairs.size
  }

  /** Cuts every connection; those that come later pass, unless refused. */
  cut(): void {
    for (const pair of [...this.#pairs]) this.#end(pair)
  }

  refuse(refusing: boolean): void {
    this.#refusing = refusing
  }

  /** Resolves when the next one is turned away. */
  refused(): Promise<void> {
    return new Promise(resolve => this.#refusals.push(resolve))
  }

  /**
   * A black hole: connections stay open, and whatever is sent, either way, is lost. Afterwards the
   * connections that lost something are reset, as a peer that knows of no such connection would.
   */
  swallow(swallowing: boolean): void {
    this.#swallowing = swallowing
    if (swallowing) for (const pair of this.#pairs) this.#lose(pair)
    else for (const pair of [...this.#lost]) this.#end(pair)
  }

  async stop(): Promise<void> {
    this.#swallowing = false
    this.cut()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }

  #lose(pair: Pair): void {
    this.#lost.add(pair)
    for (const socket of [pair.client, pair.upstream]) {
      socket.unpipe()
      socket.on('data', () => {})
      socket.resume()
    }
  }

  #end(pair: Pair): void {
    this.#pairs.delete(pair)
    this.#lost.delete(pair)
    pair.client.destroy()
    pair.upstream.destroy()
  }
}
