import { setImmediate as turn } from 'node:timers/promises'

/** What runs on a host that dies is never heard of again. */
export class HostDied extends Error {
  override readonly name = 'HostDied'
}

const forever = new Promise<never>(() => {})

/**
 * The life of one nova-compute: everything it does to the world (messages, the hypervisor, the services
 * beside nova) goes through {@link do}, and so can be counted, stopped for a while, or end at any point, as
 * a process ends at SIGKILL: what was done is done, what comes after never happens.
 */
export class Life {
  /** Points passed, two for each deed: ahead of it and after it. */
  points = 0
  /** Deeds that are under way. */
  underWay = 0
  readonly #end = Promise.withResolvers<never>()
  #isOver = false
  #watch: ((point: string) => Promise<void> | undefined) | undefined

  constructor() {
    this.#end.promise.catch(() => {})
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Rejects when it ends. */
  get end(): Promise<never> {
    return this.#end.promise
  }

  finish(): void {
    this.#isOver = true
    this.#end.reject(new HostDied('the process was killed'))
  }

  /** Is asked at each point; what it gives is waited for. It may also {@link finish} this life. */
  watch(watch: ((point: string) => Promise<void> | undefined) | undefined): void {
    this.#watch = watch
  }

  async do<T>(name: string, deed: () => Promise<T>): Promise<T> {
    await this.#pass(`before ${name}`)
    this.underWay += 1
    let outcome: T
    try {
      outcome = await deed()
    } finally {
      this.underWay -= 1
      await this.#pass(`after ${name}`)
    }
    return outcome
  }

  async #pass(point: string): Promise<void> {
    if (this.#isOver) return forever
    this.points += 1
    await this.#watch?.(point)
    if (this.#isOver) return forever
  }
}

/** The same object, whose asynchronous methods are deeds of this life. */
export const within = <T extends object>(life: Life, name: string, part: T): T =>
  new Proxy(part, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value === 'object' && value !== null) {
        return within(life, `${name} ${String(key)}`, value)
      }
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (syncMethods.has(String(key))) return Reflect.apply(value, target, args)
        return life.do(`${name} ${String(key)}`, async () => Reflect.apply(value, target, args))
      }
    },
  })

/** Of drivers: what is asked for nothing but an object's own state. */
const syncMethods: ReadonlySet<string> = new Set(['registerEventListener', 'useVirtApi'])

/**
 * Resolves when nothing moves any more.
 *
 * @param signs  what changes while something moves
 * @throws Error when it goes on and on
 */
export const stillness = async (signs: () => string, isAtRest: () => boolean): Promise<void> => {
  const limit = performance.now() + 5_000
  let last = ''
  let same = 0
  while (same < TURNS) {
    await turn()
    const now = signs()
    same = now === last && isAtRest() ? same + 1 : 0
    last = now
    if (performance.now() > limit) throw new Error(`it never came to rest: ${now} ${isAtRest()}`)
  }
}

/** Of the loop, without a sign of change, that count as rest. */
const TURNS = 6
