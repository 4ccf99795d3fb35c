import { clip, declare, type ExtendsTarget, type MethodMeta } from './metadata.js'
import type { SchemaLike } from './schema.js'
import { minorOf, windowOf } from './window.js'

/** Works on any public method; the method itself stays as it is. */
export type MethodDecorator = (method: unknown, context: ClassMethodDecoratorContext) => void

const mark =
  (what: string, change: (meta: MethodMeta, method: string) => MethodMeta): MethodDecorator =>
  (_method, { name, private: isPrivate, static: isStatic, metadata }) => {
    if (typeof name !== 'string' || isPrivate || isStatic) {
      throw new TypeError(`@${what} stands on ${String(name)}: only public methods serve requests`)
    }
    declare(metadata, name, meta => change(meta, name))
  }

const once = <T>(what: string, method: string, before: T | null, value: T): T => {
  if (before !== null) throw new TypeError(`${method}: @${what} is given twice`)
  return value
}

/** The method serves `POST …/{id}/action` with this one key in the body. */
export const action = (name: string): MethodDecorator =>
  mark('action', (meta, method) => ({ ...meta, action: once('action', method, meta.action, name) }))

/** The method serves a verb that has another name: a second `show` for other versions. */
export const serves = (name: string): MethodDecorator =>
  mark('serves', (meta, method) => ({ ...meta, serves: once('serves', method, meta.serves, name) }))

/**
 * The method runs around another resource's: `@extends_('show')`, `@extends_({ action: 'lock' })`;
 * without an argument around the one of its own name.
 *
 * A plain method runs afterwards, as `(req, resp, subject)`. A generator runs to its first `yield`
 * before; what it yields there, if anything, is the answer; else it is resumed with the response.
 */
export const extends_ = (target?: string | { readonly action: string }): MethodDecorator =>
  mark('extends_', (meta, method) => {
    const value: ExtendsTarget =
      typeof target === 'object'
        ? { kind: 'action', name: target.action }
        : { kind: 'method', name: target ?? method }
    return { ...meta, extends: once('extends_', method, meta.extends, value) }
  })

/** The versions that the method serves; outside of them it is not there (404). */
export const apiVersion = (min: string, max?: string): MethodDecorator => {
  const window = windowOf(min, max)
  return mark('apiVersion', (meta, method) => ({
    ...meta,
    window: once('apiVersion', method, meta.window, window),
  }))
}

/**
 * On a class: nothing that it serves, or inherits, is there after this version. For a controller that
 * serves under another name what goes on elsewhere.
 */
export const lastVersion =
  (max: string) =>
  (_type: unknown, { metadata }: ClassDecoratorContext): void =>
    clip(metadata, minorOf(max))

/**
 * The versions at which the method is still there, but not for new clients; all, without any. Answers are the same:
 * descriptions tell it.
 */
export const deprecated = (min?: string, max?: string): MethodDecorator => {
  const window = windowOf(min, max)
  return mark('deprecated', (meta, method) => ({
    ...meta,
    deprecated: once('deprecated', method, meta.deprecated, window),
  }))
}

/**
 * The versions at which the method is given up, and answers 410 whatever it is sent; all, without any. Outside of
 * `@apiVersion` it is not there (404) all the same.
 */
export const removed = (min?: string, max?: string): MethodDecorator => {
  const window = windowOf(min, max)
  return mark('removed', (meta, method) => ({
    ...meta,
    removed: once('removed', method, meta.removed, window),
  }))
}

/** Status of a success; 200 without. */
export const response = (code: number, min?: string, max?: string): MethodDecorator => {
  const window = windowOf(min, max)
  return mark('response', meta => ({ ...meta, codes: [...meta.codes, { window, value: code }] }))
}

/**
 * Statuses of the faults that the method throws on purpose; others become 500. What breaks a schema (400), 401
 * and 403 need no mention.
 *
 *     @expectedErrors(404, 409)
 *     @expectedErrors([400, 404], '2.1', '2.35')
 */
export function expectedErrors(...codes: number[]): MethodDecorator
export function expectedErrors(
  codes: readonly number[],
  min?: string,
  max?: string,
): MethodDecorator
export function expectedErrors(
  ...args: number[] | [readonly number[], string?, string?]
): MethodDecorator {
  const [first, min, max] = args as [number | readonly number[], string?, string?]
  const ranged =
    typeof first === 'object'
      ? { window: windowOf(min, max), value: first }
      : { window: windowOf(), value: args as number[] }
  return mark('expectedErrors', meta => ({ ...meta, expected: [...meta.expected, ranged] }))
}

/**
 * The body must be of this schema. Under /v2 the one that names no first version, or `'2.0'`,
 * counts, else the one of 2.1; unknown keys are dropped there.
 */
export const body = (schema: SchemaLike, min?: string, max?: string): MethodDecorator => {
  const window = windowOf(min, max)
  return mark('body', meta => ({ ...meta, bodies: [...meta.bodies, { window, value: schema }] }))
}

/** The query string must be of this schema, whose properties are arrays: keys may repeat. */
export const query = (schema: SchemaLike, min?: string, max?: string): MethodDecorator => {
  const window = windowOf(min, max)
  return mark('query', meta => ({ ...meta, queries: [...meta.queries, { window, value: schema }] }))
}
