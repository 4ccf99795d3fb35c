import type { RequestContext } from '../../context/index.js'
import { NovaException } from '../../exception/index.js'
import { decodeEntity, encodeEntity } from './entity.js'
import { toCamel, toSnake } from './naming.js'
import type { NovaObject, NovaObjectClass } from './object.js'

/** A remotable method's parameters as nova names them, the context left out. */
export interface RemotableSignature {
  readonly wireName: string
  readonly kind: 'instance' | 'class'
  /** Taken by position here; by position or by name on the wire. */
  readonly positional: readonly string[]
  /** Keys of the trailing options object here; by name (or by position) on the wire. */
  readonly options: readonly string[]
}

/** A method that {@link remotable} or {@link remotableClassMethod} made: how to call it from a message. */
export interface RemotableFunction {
  (...args: never[]): Promise<unknown>
  readonly remotable: RemotableSignature
}

/**
 * A method that runs where the database is: here when the object's context is direct, at the
 * conductor (`object_action`) when it is not. What the conductor changed is applied to the object.
 *
 *     @remotable([], ['expected_vm_state', 'expected_task_state'])
 *     async save(options: SaveOptions = {}): Promise<void> { … }
 *
 * @param positional  wire names of the arguments taken by position
 * @param options  wire names of the keys of the trailing options object, in nova's order
 */
export const remotable =
  (positional: readonly string[] = [], options: readonly string[] = [], wireName?: string) =>
  <This extends NovaObject, Args extends unknown[], R>(
    method: (this: This, ...args: Args) => Promise<R>,
    decorated: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Promise<R>>,
  ): ((this: This, ...args: Args) => Promise<R>) & { readonly remotable: RemotableSignature } => {
    const signature = signatureOf('instance', decorated.name, positional, options, wireName)

    async function run(this: This, ...args: Args): Promise<R> {
      const context = this.requireContext(signature.wireName)
      if (context.data.kind === 'direct') return method.apply(this, args)

      const sent = toWire(signature, args)
      const [updates, result] = await context.data.indirection.objectAction(
        context,
        this.toPrimitive(),
        signature.wireName,
        sent.args,
        sent.kwargs,
      )
      this.readPrimitive(updates)
      this.resetChanges()
      const changed = updates.obj_what_changed
      if (Array.isArray(changed)) this.replaceChanges(changed.map(String))
      return decodeEntity(result, context, [classOf(this)]) as R
    }
    return Object.assign(run, { remotable: signature })
  }

/**
 * The same for a class's own method (`object_class_action_versions`); its first argument is the
 * context.
 */
export const remotableClassMethod =
  (positional: readonly string[] = [], options: readonly string[] = [], wireName?: string) =>
  <This extends NovaObjectClass, Args extends unknown[], R>(
    method: (this: This, context: RequestContext, ...args: Args) => Promise<R>,
    decorated: ClassMethodDecoratorContext,
  ): ((this: This, context: RequestContext, ...args: Args) => Promise<R>) & {
    readonly remotable: RemotableSignature
  } => {
    const signature = signatureOf('class', decorated.name, positional, options, wireName)

    async function run(this: This, context: RequestContext, ...args: Args): Promise<R> {
      if (context.data.kind === 'direct') return method.call(this, context, ...args)

      const sent = toWire(signature, args)
      const result = await context.data.indirection.objectClassActionVersions(
        context,
        this.objectType.name,
        signature.wireName,
        this.objectType.manifest(),
        sent.args,
        sent.kwargs,
      )
      return decodeEntity(result, context, [this]) as R
    }
    return Object.assign(run, { remotable: signature })
  }

const classOf = (object: NovaObject): NovaObjectClass => object.constructor as NovaObjectClass

const signatureOf = (
  kind: RemotableSignature['kind'],
  name: string | symbol,
  positional: readonly string[],
  options: readonly string[],
  wireName: string | undefined,
): RemotableSignature =>
  Object.freeze({ wireName: wireName ?? toSnake(String(name)), kind, positional, options })

interface WireArguments {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

/** Arguments as written here → as sent. */
const toWire = (signature: RemotableSignature, given: readonly unknown[]): WireArguments => {
  const { positional, options } = signature
  const trailing = given[positional.length]
  const kwargs: Record<string, unknown> = {}
  if (typeof trailing === 'object' && trailing !== null) {
    const values = trailing as Readonly<Record<string, unknown>>
    for (const name of options) {
      const value = values[toCamel(name)]
      if (value !== undefined) kwargs[name] = encodeEntity(value)
    }
  }
  return { args: given.slice(0, positional.length).map(value => encodeEntity(value)), kwargs }
}

/**
 * Arguments as received (already decoded) → as a method here takes them. As in Python, each may come
 * by position or by name.
 *
 * @throws TypeError for an argument that the method does not have, or too few of them
 */
export const fromWire = (
  signature: RemotableSignature,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): readonly unknown[] => {
  const names = [...signature.positional, ...signature.options]
  if (args.length > names.length) {
    throw new TypeError(
      `${signature.wireName}() takes ${names.length} arguments but ${args.length} were given`,
    )
  }
  const values = new Map(args.map((value, at) => [names[at], value]))
  for (const [name, value] of Object.entries(kwargs)) {
    if (!names.includes(name)) {
      throw new TypeError(`${signature.wireName}() got an unexpected keyword argument '${name}'`)
    }
    if (values.has(name)) {
      throw new TypeError(`${signature.wireName}() got multiple values for argument '${name}'`)
    }
    values.set(name, value)
  }
  const positional = signature.positional.map(name => {
    if (!values.has(name)) {
      throw new TypeError(`${signature.wireName}() missing required argument: '${name}'`)
    }
    return values.get(name)
  })
  const options = signature.options
    .filter(name => values.has(name))
    .map(name => [toCamel(name), values.get(name)])
  return signature.options.length > 0 ? [...positional, Object.fromEntries(options)] : positional
}

const isRemotable = (value: unknown): value is RemotableFunction =>
  typeof value === 'function' && 'remotable' in value

/**
 * The remotable method of that name on the wire.
 *
 * @throws NovaException naming class and method when there is none
 */
export const remotableOf = (
  holder: NovaObject | NovaObjectClass,
  wireName: string,
  kind: RemotableSignature['kind'],
): RemotableFunction => {
  const method: unknown = Reflect.get(holder, toCamel(wireName))
  if (!isRemotable(method) || method.remotable.kind !== kind) {
    const name = holder.objectType.name
    throw new NovaException(`Object ${name} has no remotable method '${wireName}'`)
  }
  return method
}
