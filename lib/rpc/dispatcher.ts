import type { Endpoint } from './endpoint.js'
import { NoSuchMethod, UnsupportedVersion } from './errors.js'
import type { Serializer } from './serializer.js'
import type { Message } from './transport.js'
import { versionIsCompatible } from './version.js'

/** What a message asks for, found and ready to run. */
export interface Dispatch<Context> {
  readonly method: string
  readonly context: Context
  /** As they came, not yet deserialized. */
  readonly args: Readonly<Record<string, unknown>>
  run(): Promise<unknown>
}

/** Finds the endpoint a message means, and runs its method between the serializer's two ways. */
export class Dispatcher<Context> {
  readonly #endpoints: readonly Endpoint<Context>[]
  readonly #serializer: Serializer<Context>

  constructor(endpoints: readonly Endpoint<Context>[], serializer: Serializer<Context>) {
    this.#endpoints = endpoints
    this.#serializer = serializer
  }

  /**
   * @throws UnsupportedVersion, NoSuchMethod, InvalidVersion, TypeError when the message is malformed
   */
  find(message: Message, contextDict: Readonly<Record<string, unknown>>): Dispatch<Context> {
    const { method, args = {}, version = '1.0', namespace = null } = message
    if (typeof method !== 'string') throw new TypeError('an RPC message must name its method')
    if (typeof version !== 'string')
      throw new TypeError('the version of an RPC message must be text')
    if (typeof args !== 'object' || args === null || Array.isArray(args)) {
      throw new TypeError(`the arguments of RPC method ${method} must be an object`)
    }
    const run = this.#method(method, namespace, version)
    const context = this.#serializer.deserializeContext(contextDict)
    return {
      method,
      context,
      args: args as Readonly<Record<string, unknown>>,
      run: async () => {
        const given: Record<string, unknown> = {}
        for (const [name, value] of Object.entries(args)) {
          const entity = this.#serializer.deserializeEntity(context, value)
          given[name] = entity instanceof Promise ? await entity : entity
        }
        const result = await run(context, given)
        return this.#serializer.serializeEntity(context, result === undefined ? null : result)
      },
    }
  }

  #method(
    method: string,
    namespace: unknown,
    version: string,
  ): Endpoint<Context>['methods'][string] {
    let compatible = false
    for (const endpoint of this.#endpoints) {
      if ((endpoint.namespace ?? null) !== namespace) continue
      if (!versionIsCompatible(endpoint.version, version)) continue
      compatible = true
      const found = Object.hasOwn(endpoint.methods, method) ? endpoint.methods[method] : undefined
      if (found && !method.startsWith('_')) return found
    }
    throw compatible ? new NoSuchMethod(method) : new UnsupportedVersion(version, method)
  }
}
