import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Random } from '../fuzz/random.js'
import type { SeparateCloud, Worker } from '../support/separate-cloud.js'

const run = promisify(execFile)

export type Trouble = 'kill' | 'broker' | 'database' | 'hole'

const controllers: readonly Worker[] = ['nova-api', 'nova-conductor', 'nova-scheduler']

/** Makes one kind of trouble, and ends it; resolves with what it was. */
export class Troublemaker {
  readonly #cloud: SeparateCloud
  readonly #random: Random
  readonly #restartServices: boolean
  /** How often each worker was killed. */
  readonly kills = new Map<string, number>()

  /** @param restartServices  restart broker and database themselves, whoever else uses them */
  constructor(cloud: SeparateCloud, random: Random, restartServices: boolean) {
    this.#cloud = cloud
    this.#random = random
    this.#restartServices = restartServices
  }

  make(trouble: Trouble): Promise<string> {
    switch (trouble) {
      case 'kill':
        return this.#kill()
      case 'broker':
        return this.#broker()
      case 'database':
        return this.#database()
      case 'hole':
        return this.#hole()
    }
  }

  async #kill(): Promise<string> {
    const name = this.#random.pick([...controllers, ...this.#cloud.computes])
    await this.#cloud.kill(name)
    this.kills.set(name, (this.kills.get(name) ?? 0) + 1)
    await sleep(this.#random.int(0, 2000))
    if (controllers.some(one => one === name)) await this.#cloud.startWorker(name as Worker)
    else await this.#cloud.startCompute(name)
    return `killed ${name}`
  }

  async #broker(): Promise<string> {
    if (this.#restartServices) {
      await run('rabbitmqctl', ['stop_app'], { timeout: 120_000 })
      await run('rabbitmqctl', ['start_app'], { timeout: 120_000 })
      return 'restarted the broker'
    }
    const brokers = [this.#cloud.broker, ...this.#cloud.computes.map(h => this.#cloud.brokerOf(h))]
    const seconds = await this.#away(brokers)
    return `broker away for ${seconds} s`
  }

  async #database(): Promise<string> {
    if (this.#restartServices) {
      await run('systemctl', ['restart', 'mariadb'], { timeout: 120_000 })
      return 'restarted the database'
    }
    const seconds = await this.#away([this.#cloud.database])
    return `database away for ${seconds} s`
  }

  async #away(
    proxies: readonly { refuse(refusing: boolean): void; cut(): void }[],
  ): Promise<number> {
    const seconds = this.#random.int(1, 6)
    for (const proxy of proxies) {
      proxy.refuse(true)
      proxy.cut()
    }
    await sleep(seconds * 1000)
    for (const proxy of proxies) proxy.refuse(false)
    return seconds
  }

  /** The network between one worker, or all controllers, and the broker loses everything. */
  async #hole(): Promise<string> {
    const where = this.#random.pick(['controllers', ...this.#cloud.computes])
    const broker = where === 'controllers' ? this.#cloud.broker : this.#cloud.brokerOf(where)
    const seconds = this.#random.int(5, 15)
    broker.swallow(true)
    await sleep(seconds * 1000)
    broker.swallow(false)
    return `nothing passed between ${where} and the broker for ${seconds} s`
  }
}
