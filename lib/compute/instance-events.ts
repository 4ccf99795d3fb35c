import { NovaException } from '../exception/index.js'
import { type AwaitedEvent, InstanceEventTimeout, type VirtApi } from '../virt/driver.js'

/** What came, as far as who waits needs to know. */
export interface ArrivedEvent extends AwaitedEvent {
  /** `completed`, `failed` or `in-progress` */
  readonly status: string
}

type Waiter = PromiseWithResolvers<ArrivedEvent>

/**
 * Who waits for what other services tell of an instance: `network-vif-plugged` of a port, say. An event
 * that nobody waits for is dropped, so waiting begins before that which causes it.
 */
export class InstanceEvents implements VirtApi {
  /** By instance, then by event. */
  readonly #waiting = new Map<string, Map<string, Waiter>>()
  #isClosed = false

  async waitForInstanceEvent<T>(
    { uuid }: { readonly uuid: string },
    events: readonly AwaitedEvent[],
    timeoutSeconds: number,
    work: () => Promise<T>,
  ): Promise<T> {
    const waiters = events.map(event => [keyOf(event), this.#expect(uuid, event)] as const)
    let timer: NodeJS.Timeout | undefined
    try {
      const arrived = Promise.all(waiters.map(([, { promise }]) => promise)).then(all => {
        const failed = all.find(({ status }) => status === 'failed')
        if (failed) throw new NovaException(`Instance event failed: ${keyOf(failed)}`)
      })
      // Told by the race below, or of no interest any more.
      arrived.catch(() => {})
      const done = await work()
      const late = Promise.withResolvers<never>()
      timer = setTimeout(
        () =>
          late.reject(
            new InstanceEventTimeout(`no events of ${uuid} within ${timeoutSeconds} seconds`),
          ),
        timeoutSeconds * 1000,
      )
      await Promise.race([arrived, late.promise])
      return done
    } finally {
      clearTimeout(timer)
      for (const [key, waiter] of waiters) this.#forget(uuid, key, waiter)
    }
  }

  /** @returns whether somebody waited for it */
  deliver(uuid: string, event: ArrivedEvent): boolean {
    const key = keyOf(event)
    const waiter = this.#waiting.get(uuid)?.get(key)
    if (!waiter) return false
    this.#forget(uuid, key, waiter)
    waiter.resolve(event)
    return true
  }

  /** Nobody waits for the instance's events any more: those who did are told so. */
  clear(uuid: string): void {
    for (const [key, waiter] of this.#waiting.get(uuid) ?? []) {
      this.#forget(uuid, key, waiter)
      waiter.reject(new NovaException(`Waiting for ${key} of instance ${uuid} was given up`))
    }
  }

  /** The service ends. */
  close(): void {
    this.#isClosed = true
    for (const uuid of [...this.#waiting.keys()]) this.clear(uuid)
  }

  #expect(uuid: string, event: AwaitedEvent): Waiter {
    if (this.#isClosed) throw new NovaException('In shutdown, no new events can be scheduled')
    const known = this.#waiting.get(uuid) ?? new Map<string, Waiter>()
    this.#waiting.set(uuid, known)
    const key = keyOf(event)
    const waiter = known.get(key) ?? Promise.withResolvers<ArrivedEvent>()
    known.set(key, waiter)
    return waiter
  }

  #forget(uuid: string, key: string, waiter: Waiter): void {
    const known = this.#waiting.get(uuid)
    if (known?.get(key) !== waiter) return
    known.delete(key)
    if (known.size === 0) this.#waiting.delete(uuid)
  }
}

const keyOf = ({ name, tag }: AwaitedEvent): string => (tag === null ? name : `${name}-${tag}`)
