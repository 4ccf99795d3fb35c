import { type ExtendsTarget, type MethodMeta, noMeta, type Ranged } from './metadata.js'
import { type SchemaLike, SchemaTable } from './schema.js'
import { windowOf } from './window.js'

type Versions = readonly [min?: string, max?: string]

/**
 * What decorators say, as a table: for controllers in plain JavaScript.
 *
 *     static wsgi = {
 *       lock: { action: 'lock', response: 202, expectedErrors: [404], body: [[v1, '2.1', '2.72'], [v73, '2.73']] },
 *     }
 */
export interface MethodTable {
  readonly action?: string
  readonly serves?: string
  readonly extends?: string | { readonly action: string }
  readonly apiVersion?: readonly [min: string, max?: string]
  /** `[]`: at every version */
  readonly deprecated?: readonly [min?: string, max?: string]
  /** `[]`: at every version */
  readonly removed?: readonly [min?: string, max?: string]
  readonly response?: number | readonly (readonly [code: number, ...Versions])[]
  readonly expectedErrors?:
    | readonly number[]
    | readonly (readonly [codes: readonly number[], ...Versions])[]
  readonly body?: SchemaLike | readonly (readonly [SchemaLike, ...Versions])[]
  readonly query?: SchemaLike | readonly (readonly [SchemaLike, ...Versions])[]
}

/** By name of the method. */
export type WsgiTable = Readonly<Record<string, MethodTable>>

const known = [
  'action',
  'serves',
  'extends',
  'apiVersion',
  'deprecated',
  'removed',
  'response',
  'expectedErrors',
  'body',
  'query',
]

/** @throws TypeError that names class, method and key, when the table says what nothing means */
export const metaOfTable = (owner: string, method: string, table: MethodTable): MethodMeta => {
  for (const key of Object.keys(table)) {
    if (!known.includes(key)) {
      throw new TypeError(
        `${owner}.wsgi.${method}: '${key}' means nothing; known are ${known.join(', ')}`,
      )
    }
  }
  return {
    ...noMeta,
    action: table.action ?? null,
    serves: table.serves ?? null,
    extends: table.extends === undefined ? null : extendsTarget(table.extends),
    window: table.apiVersion ? windowOf(...table.apiVersion) : null,
    deprecated: table.deprecated ? windowOf(...table.deprecated) : null,
    removed: table.removed ? windowOf(...table.removed) : null,
    codes: codesOf(table.response),
    expected: expectedOf(table.expectedErrors),
    bodies: schemasOf(table.body),
    queries: schemasOf(table.query),
  }
}

const extendsTarget = (target: string | { readonly action: string }): ExtendsTarget =>
  typeof target === 'object'
    ? { kind: 'action', name: target.action }
    : { kind: 'method', name: target }

const codesOf = (response: MethodTable['response']): Ranged<number>[] =>
  response === undefined
    ? []
    : typeof response === 'number'
      ? [{ window: windowOf(), value: response }]
      : response.map(([value, ...versions]) => ({ window: windowOf(...versions), value }))

const expectedOf = (expected: MethodTable['expectedErrors']): Ranged<readonly number[]>[] => {
  if (expected === undefined) return []
  return isCodes(expected)
    ? [{ window: windowOf(), value: expected }]
    : expected.map(([value, ...versions]) => ({ window: windowOf(...versions), value }))
}

const isCodes = (
  expected: NonNullable<MethodTable['expectedErrors']>,
): expected is readonly number[] => expected.every(code => typeof code === 'number')

const schemasOf = (schemas: MethodTable['body']): Ranged<SchemaLike>[] => {
  if (schemas === undefined) return []
  return isList(schemas)
    ? schemas.map(([value, ...versions]) => ({ window: windowOf(...versions), value }))
    : [{ window: windowOf(), value: schemas }]
}

const isList = (
  schemas: NonNullable<MethodTable['body']>,
): schemas is readonly (readonly [SchemaLike, ...Versions])[] =>
  Array.isArray(schemas) && !(schemas instanceof SchemaTable)
