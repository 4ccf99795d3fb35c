import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../fuzz/random.js'
import { OwnMariadb, OwnRabbit } from '../support/own-engines.js'
import type { SeparateCloud, Worker } from '../support/separate-cloud.js'
import type { TcpProxy } from '../support/tcp-proxy.js'

export type Trouble = 'kill' | 'broker' | 'database' | 'cut' | 'hole'

const controllers: readonly Worker[] = ['nova-api', 'nova-conductor', 'nova-scheduler']

/** Makes one kind of trouble, and ends it; resolves with what it was. */
export class Troublemaker {
  readonly #cloud: SeparateCloud
  readonly #random: Random
  /** What was done, and how often. */
  readonly made = new Map<string, number>()

  constructor(cloud: SeparateCloud, random: Random) {
    this.#cloud = cloud
    this.#random = random
  }

  make(trouble: Trouble): Promise<string> {
    switch (trouble) {
      case 'kill':
        return this.#kill()
      case 'broker':
        return this.#broker()
      case 'database':
        return this.#database()
      case 'cut':
        return this.#cut()
      case 'hole':
        return this.#hole()
    }
  }

  #count(what: string): void {
    this.made.set(what, (this.made.get(what) ?? 0) + 1)
  }

  async #kill(): Promise<string> {
    const name = this.#random.pick([...controllers, ...this.#cloud.computes])
    await this.#cloud.kill(name)
    this.#count(`${name} killed`)
    await sleep(this.#random.int(0, 2000))
    // What it needs may be away as well: the start waits for it.
    if (controllers.some(one => one === name)) await this.#cloud.startWorker(name as Worker)
    else await this.#cloud.startCompute(name)
    return `killed ${name}`
  }

  async #broker(): Promise<string> {
    const { rabbit } = this.#cloud.engines
    const how = this.#random.pick(['stop_app', 'SIGKILL'] as const)
    const ms = this.#random.int(0, 5000)
    if (!(rabbit instanceof OwnRabbit)) return this.#away('the broker', this.#brokers, ms)
    await rabbit.restart(how, ms)
    this.#count(`broker restarted (${how})`)
    return `restarted the broker (${how}), ${ms} ms between`
  }

  async #database(): Promise<string> {
    const { mariadb } = this.#cloud.engines
    const how = this.#random.pick(['SIGTERM', 'SIGKILL'] as const)
    const ms = this.#random.int(0, 5000)
    if (!(mariadb instanceof OwnMariadb)) {
      return this.#away('the database', [this.#cloud.database], ms)
    }
    await mariadb.restart(how, ms)
    this.#count(`database restarted (${how})`)
    return `restarted the database (${how}), ${ms} ms between`
  }

  get #brokers(): readonly TcpProxy[] {
    return [this.#cloud.broker, ...this.#cloud.computes.map(h => this.#cloud.brokerOf(h))]
  }

  async #away(what: string, proxies: readonly TcpProxy[], ms: number): Promise<string> {
    this.#count(`${what} out of reach`)
    await cutOff(proxies, ms)
    return `${what} out of reach for ${ms} ms`
  }

  /** Connections break, and new ones are refused for a while. */
  async #cut(): Promise<string> {
    const ms = this.#random.int(0, 6000)
    const cloud = this.#cloud
    const [what, proxy] = this.#random.pick([
      ['controllers and database', cloud.database],
      ['controllers and broker', cloud.broker],
      ...cloud.computes.map(host => [`${host} and broker`, cloud.brokerOf(host)] as const),
    ] as const)
    this.#count('network cut')
    await cutOff([proxy], ms)
    return `cut ${what} for ${ms} ms`
  }

  /** The network between one worker, or all controllers, and the broker loses everything. */
  async #hole(): Promise<string> {
    const where = this.#random.pick(['controllers', ...this.#cloud.computes])
    const broker = where === 'controllers' ? this.#cloud.broker : this.#cloud.brokerOf(where)
    const seconds = this.#random.int(5, 15)
    this.#count('network a black hole')
    broker.swallow(true)
    await sleep(seconds * 1000)
    broker.swallow(false)
    return `nothing passed between ${where} and the broker for ${seconds} s`
  }
}

/** Ends all that passes there, and lets nobody in for a while. */
export const cutOff = async (proxies: readonly TcpProxy[], ms: number): Promise<void> => {
  for (const proxy of proxies) {
    proxy.refuse(true)
    proxy.cut()
  }
  await sleep(ms)
  for (const proxy of proxies) proxy.refuse(false)
}
