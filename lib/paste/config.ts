import { AsyncLocalStorage } from 'node:async_hooks'

type Conf = Record<string, unknown>

/** Of one asynchronous context, the one pushed last at the end. */
const ofContext = new AsyncLocalStorage<readonly Conf[]>()
/** Of the whole process: the one thing here that all apps share, for that is what it is for. */
const ofProcess: Conf[] = []

const inForce = (): Conf | undefined => ofContext.getStore()?.at(-1) ?? ofProcess.at(-1)

const demanded = (): Conf => {
  const conf = inForce()
  if (conf) return conf
  throw new TypeError('no configuration is in force here: CONFIG is read outside of a request')
}

/**
 * The configuration in force: of the request that is being served (`egg:PasteDeploy#config`), through its awaits,
 * timers and streams; else what was pushed for the process.
 *
 *     CONFIG.colour
 *     'colour' in CONFIG
 *
 * @throws TypeError where none is in force
 */
export const CONFIG: Conf = new Proxy<Conf>(
  {},
  {
    get: (_target, key) => Reflect.get(demanded(), key),
    set: (_target, key, value) => Reflect.set(demanded(), key, value),
    has: (_target, key) => Reflect.has(demanded(), key),
    deleteProperty: (_target, key) => Reflect.deleteProperty(demanded(), key),
    ownKeys: () => Reflect.ownKeys(demanded()),
    getOwnPropertyDescriptor: (_target, key) => {
      const value: unknown = Reflect.get(demanded(), key)
      return Reflect.has(demanded(), key)
        ? { value, writable: true, enumerable: true, configurable: true }
        : undefined
    },
  },
)

/** Runs with a configuration in force, which ends with it and whatever it starts. */
export const withConfig = <Value>(conf: Conf, run: () => Value): Value =>
  ofContext.run([...(ofContext.getStore() ?? []), conf], run)

/** Runs as it would without the last one in force. */
export const withoutConfig = <Value>(run: () => Value): Value =>
  ofContext.run((ofContext.getStore() ?? []).slice(0, -1), run)

/** For the rest of this asynchronous context: Paste's thread. */
export const pushThreadConfig = (conf: Conf): void =>
  ofContext.enterWith([...(ofContext.getStore() ?? []), conf])

/** @throws RangeError when it is not the last; it stays then */
export const popThreadConfig = (conf: Conf): void => {
  const stack = ofContext.getStore() ?? []
  if (stack.at(-1) !== conf) throw new RangeError('this configuration is not the one in force')
  ofContext.enterWith(stack.slice(0, -1))
}

export const pushProcessConfig = (conf: Conf): void => {
  ofProcess.push(conf)
}

/** @throws RangeError when it is not the last; it stays then */
export const popProcessConfig = (conf: Conf): void => {
  if (ofProcess.at(-1) !== conf) {
    throw new RangeError('this configuration is not the one of the process')
  }
  ofProcess.pop()
}
