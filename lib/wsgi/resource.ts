import { placed } from '../util/source-places.js'
import { type ControllerTable, extended } from './controller-table.js'
import { type Extender, type Operation, whoServes } from './operation.js'

/** Verbs that an action of the same name may serve, when the controller has no such method. */
const VERBS = ['create', 'delete', 'show', 'update']

/**
 * A controller with what extensions added to it. Built at load; what serves requests is made by {@link
 * finish}.
 */
export class Resource {
  readonly #methods: Map<string, Operation>
  readonly #actions: Map<string, Operation>
  /** `method show`, `action lock` → what runs around it, in order of registration. */
  readonly #around = new Map<string, Extender[]>()

  constructor({ methods, actions, extenders, name }: ControllerTable) {
    this.#methods = new Map(methods)
    this.#actions = new Map(actions)
    if (extenders.length) {
      throw new TypeError(`${name} is a resource's own controller: only extensions use @extends_`)
    }
  }

  /** @throws TypeError naming both, when an action is there already */
  extend({ actions, extenders }: ControllerTable): void {
    for (const [name, operation] of actions) {
      const before = this.#actions.get(name)
      if (before) {
        const both = [before, operation].map(whoServes).join(' and ')
        throw new TypeError(`the action '${name}' is served twice: by ${both}`)
      }
      this.#actions.set(name, operation)
    }
    for (const { kind, target, extender } of extenders) {
      const key = `${kind} ${target}`
      this.#around.set(key, [...(this.#around.get(key) ?? []), extender])
    }
  }

  /**
   * What serves requests, with all that runs around it.
   *
   * @throws TypeError when something extends what is not there
   */
  finish(): {
    readonly methods: ReadonlyMap<string, Operation>
    readonly actions: Map<string, Operation>
  } {
    const wrap = (kind: string, operations: ReadonlyMap<string, Operation>) =>
      new Map(
        [...operations].map(([name, operation]) => [
          name,
          extended(operation, this.#around.get(`${kind} ${name}`) ?? []),
        ]),
      )
    const methods = wrap('method', this.#methods)
    const actions = wrap('action', this.#actions)
    for (const verb of VERBS) {
      const operation = actions.get(verb)
      if (operation && !methods.has(verb)) methods.set(verb, operation)
    }
    for (const [key, [extender]] of this.#around) {
      const known = [...methods.keys()].map(name => `method ${name}`)
      known.push(...[...actions.keys()].map(name => `action ${name}`))
      if (!known.includes(key)) {
        const who = placed(extender?.label ?? '', extender?.source.method)
        throw new TypeError(
          `${who} extends the ${key}, which is not there; there are: ${known.join(', ')}`,
        )
      }
    }
    return { methods, actions }
  }
}
