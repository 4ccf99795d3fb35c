import type { RequestContext } from '../context/index.js'
import { tellingFailure } from '../notifications/index.js'
import { Instance } from '../objects/index.js'
import type { EndpointMethod } from '../rpc/index.js'
import type { KeyedLock } from '../util/keyed-lock.js'
import { announcing } from './announced.js'
import {
  type InstanceArgs,
  type InstanceMethod,
  revertTaskState,
  wrapInstanceEvent,
  wrapInstanceFault,
} from './guards.js'
import { isOutage } from './outage.js'
import type { ComputeServices } from './services.js'
import { TaskState } from './states.js'

type OneMethod = InstanceMethod<InstanceArgs, unknown>

/** Wire name → what it does. */
type MethodTable = Readonly<Record<string, OneMethod>>

export type RpcMethods = Readonly<Record<string, EndpointMethod<unknown>>>

/** A method as an endpoint takes it; what stands in its arguments is its own affair. */
export const rpcMethod =
  <Args>(method: (context: RequestContext, args: Args) => unknown): EndpointMethod<unknown> =>
  (context, args) =>
    Reflect.apply(method, undefined, [context, args])

/** A method on an instance that takes more than the instance; as {@link rpcMethod}. */
export const taking =
  <Args extends InstanceArgs>(method: InstanceMethod<Args, unknown>): OneMethod =>
  (context, args) =>
    Reflect.apply(method, undefined, [context, args])

/**
 * Puts around the methods of a host that work on one instance what they have in common (contract:
 * rpc-apis.tsv, server_wrapping). Each kind takes a table and gives it back guarded.
 */
export class MethodGuards {
  readonly #services: ComputeServices
  readonly #locks: KeyedLock

  constructor(services: ComputeServices, locks: KeyedLock) {
    this.#services = services
    this.#locks = locks
  }

  /** Event, fault, an end to the task when it fails; and nothing else works on the instance meanwhile. */
  exclusive(methods: MethodTable): RpcMethods {
    return this.#each(methods, (name, method) => {
      return this.#endingTask(this.#recorded(name, this.#locked(method)))
    })
  }

  /** As exclusive; what an outage cuts short keeps its task, and is finished later. */
  lasting(methods: MethodTable): RpcMethods {
    const keepingTask = revertTaskState(this.#services.log, isOutage)
    return this.#each(methods, (name, method) =>
      keepingTask(this.#recorded(name, this.#locked(method))),
    )
  }

  /** As exclusive, without the lock: what may take long, and must not keep a deletion waiting. */
  shared(methods: MethodTable): RpcMethods {
    return this.#each(methods, (name, method) => this.#endingTask(this.#recorded(name, method)))
  }

  /** Event and fault, and nothing else works on the instance meanwhile: what has no task. */
  recordedExclusive(methods: MethodTable): RpcMethods {
    return this.#each(methods, (name, method) => this.#recorded(name, this.#locked(method)))
  }

  /** A fault when it fails, an end to the task, and nothing else meanwhile: a step of something greater. */
  faultedExclusive(methods: MethodTable): RpcMethods {
    const { host } = this.#services
    return this.#each(methods, (_name, method) =>
      this.#endingTask(wrapInstanceFault(host)(this.#locked(method))),
    )
  }

  #locked(method: OneMethod): OneMethod {
    return (context, args) =>
      this.#locks.run(args.instance.uuid, async () => {
        await checkTask(args.instance)
        return method(context, args)
      })
  }

  /** Event and fault: what has no task. */
  recorded(methods: MethodTable): RpcMethods {
    return this.#each(methods, (name, method) => this.#recorded(name, method))
  }

  /** A method that is a part of another, with an event of its own below the same action. */
  event(
    name: string,
    method: InstanceMethod<InstanceArgs, void>,
  ): (context: RequestContext, instance: Instance) => Promise<void> {
    const told = announcing(name, method)
    const recorded = wrapInstanceEvent(this.#services.host, `compute_${name}`)(told)
    return (context, instance) => recorded(context, { instance })
  }

  /** A fault when it fails; it changes nothing. */
  faulted(methods: MethodTable): RpcMethods {
    const { host } = this.#services
    return this.#each(methods, (_name, method) => wrapInstanceFault(host)(method))
  }

  #recorded(name: string, method: OneMethod): OneMethod {
    const { host } = this.#services
    return wrapInstanceEvent(host, `compute_${name}`)(wrapInstanceFault(host)(method))
  }

  #endingTask(method: OneMethod): OneMethod {
    return revertTaskState(this.#services.log)(method)
  }

  #each(methods: MethodTable, guard: (name: string, method: OneMethod) => OneMethod): RpcMethods {
    return Object.fromEntries(
      Object.entries(methods).map(([name, method]) => {
        const guarded = guard(name, announcing(name, method))
        const checked = rpcMethod(async (context, args: InstanceArgs) => {
          if (!(args.instance instanceof Instance)) throw new TypeError(`${name} needs an Instance`)
          const told = { source: 'nova-compute', method: name, args: { ...args } } as const
          return tellingFailure(context, told, () => guarded(context, args))
        })
        return [name, checked]
      }),
    )
  }
}

/**
 * A message may come late: after a start of the service that has put its instance right, and after
 * its owner has asked for something else. What it asks for must not happen to the guest then.
 *
 * @throws UnexpectedTaskStateError when the row is at another task than the message
 */
const checkTask = async (instance: Instance): Promise<void> => {
  const { taskState } = instance
  // A deletion is never overtaken, and one that finds nothing left is no error.
  if (taskState === null || taskState === TaskState.deleting) return
  await instance.save({ expectedTaskState: taskState })
}
