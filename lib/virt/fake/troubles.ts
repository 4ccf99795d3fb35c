import { setTimeout as sleep } from 'node:timers/promises'
import type { DriverInstance } from '../driver.js'
import type { FakeFailure, FakeMethod } from './behaviour.js'

export interface FakeTroubleOptions {
  /** Seconds that a method takes. */
  readonly delays?: ReadonlyMap<FakeMethod, number>
  readonly failures?: readonly FakeFailure[]
  /** Awaited at the start of a method, before delay and failure; for tests. */
  readonly hook?: (method: FakeMethod, instance: DriverInstance) => Promise<void> | void
  /** From 0 to below 1, for failures that come now and then; Math.random when absent. */
  readonly random?: () => number
}

/** The time that a fake hypervisor takes for things, and what it fails at. */
export class FakeTroubles {
  readonly #delays: ReadonlyMap<FakeMethod, number>
  readonly #failures: { readonly failure: FakeFailure; left: number }[]
  readonly #hook: FakeTroubleOptions['hook']
  readonly #random: () => number
  readonly #closing = new AbortController()

  constructor({ delays, failures = [], hook, random = Math.random }: FakeTroubleOptions) {
    this.#delays = delays ?? new Map()
    this.#failures = failures.map(failure => ({ failure, left: failure.times }))
    this.#hook = hook
    this.#random = random
  }

  /** Cuts short the delays that are running. */
  close(): void {
    this.#closing.abort()
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Seconds */
  delayOf(method: FakeMethod): number {
    return this.#delays.get(method) ?? 0
  }

  /** Hook, delay and planned failure. @throws Error as planned */
  async begin(method: FakeMethod, instance: DriverInstance, host: string): Promise<void> {
    await this.meet(method, instance, host, this.delayOf(method))
  }

  /** The same of a method that takes its time by itself. */
  async meet(
    method: FakeMethod,
    instance: DriverInstance,
    host: string,
    seconds = 0,
  ): Promise<void> {
    await this.#hook?.(method, instance)
    if (seconds > 0) await sleep(seconds * 1000, undefined, { signal: this.#closing.signal })
    const planned = this.#failures.find(
      ({ failure, left }) =>
        failure.method === method && left > 0 && (failure.host ?? host) === host,
    )
    if (!planned || (planned.failure.rate < 1 && this.#random() >= planned.failure.rate)) return
    planned.left -= 1
    throw new Error(`the fake hypervisor was told to fail ${method} (see [fake] failures)`)
  }
}
