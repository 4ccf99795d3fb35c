import type { NextFunction, Request, Response } from 'express'
import { nearest } from '../util/nearest.js'
import { OptionError } from './declare.js'
import type { OptionDeclarations, OptionProblem } from './declared-options.js'
import { knownMiddleware } from './known-middleware.js'
import { markedOptions, markedValue, markerNames } from './middleware-options.js'
import type { App, Filter, GlobalConf, LocalConf } from './types.js'

type Callable = (...args: unknown[]) => unknown

const isCallable = (value: unknown): value is Callable => typeof value === 'function'

/** Finds what `!import ./keys.js:byUser` names. */
export type ImportValue = (reference: string) => Promise<unknown>

/** A package of npm that knows nothing of Paste; its export becomes what a section asks for. */
export interface Middleware {
  /** `egg:helmet#main` */
  readonly reference: string
  /** A function that makes a middleware of options, a middleware, a router or an application. */
  readonly exported: unknown
  readonly declared: OptionDeclarations
  readonly positional: readonly string[]
  /** Whether something is known of its options. */
  readonly known: boolean
}

const factories = new WeakMap<object, Middleware>()

/** Of a factory that {@link middlewareFactory} made. */
export const middlewareOf = (factory: unknown): Middleware | undefined =>
  typeof factory === 'function' ? factories.get(factory) : undefined

/**
 * A factory of an Express middleware or application.
 *
 * @param want  a filter passes on to the app behind it, an application to nobody
 */
export const middlewareFactory = (
  name: string,
  entry: string,
  exported: unknown,
  want: 'app' | 'filter',
  importValue: ImportValue,
): ((globalConf: GlobalConf, localConf: LocalConf) => Promise<App | Filter>) => {
  const known = knownMiddleware[`${name}#${entry}`]
  const middleware: Middleware = {
    reference: `egg:${name}#${entry}`,
    exported,
    declared: known?.options ?? {},
    positional: known?.positional ?? [],
    known: known !== undefined,
  }
  const factory = async (_globalConf: GlobalConf, localConf: LocalConf): Promise<App | Filter> => {
    const handler = await make(middleware, localConf, importValue)
    return want === 'app' ? asApp(handler) : asFilter(handler)
  }
  Object.defineProperty(factory, 'name', { value: name })
  factories.set(factory, middleware)
  return factory
}

/** What is wrong with the options that a section gives, and what is doubtful. */
export const middlewareProblems = (
  { reference, declared, exported }: Middleware,
  localConf: LocalConf,
): { readonly problems: readonly OptionProblem[]; readonly doubts: readonly OptionProblem[] } => {
  const { problems, doubtful } = markedOptions(localConf, declared)
  const names = Object.keys(declared)
  const missing = names.filter(name => declared[name]?.required && !Object.hasOwn(localConf, name))
  const keys = Object.keys(localConf)
  const idle = isHandler(exported) && keys[0] !== undefined
  return {
    problems: [
      ...problems.map(({ key, reason, marker }): OptionProblem => {
        const meant = marker === undefined ? undefined : nearest(marker, markerNames)
        const suggestion = meant === undefined ? undefined : `!${meant}`
        return { what: 'bad-value', key, reason, suggestion }
      }),
      ...missing.map((key): OptionProblem => {
        const reason = `${reference} needs the option '${key}', and it is not given`
        return { what: 'missing', key, reason }
      }),
      ...(idle
        ? [
            {
              what: 'unknown' as const,
              key: keys[0] ?? '',
              reason: `${reference} is a middleware as it stands and takes no options`,
            },
          ]
        : []),
    ],
    doubts: [
      ...doubtful.map(([key, marker]): OptionProblem => {
        const reason = `'${key}' is handed on as the text '${localConf[key]}'; as a value it is written '!${marker} ${localConf[key]}', as a text '!text ${localConf[key]}'`
        return { what: 'bad-value', key, reason }
      }),
      ...keys.flatMap((key): OptionProblem[] => {
        const first = key.split('.', 1)[0] ?? key
        if (names.includes(first) || markedValue(localConf[key] ?? '')) return []
        const suggestion = nearest(first, names)
        const reason = `nothing is known of an option '${key}' of ${reference}.`
        return suggestion === undefined ? [] : [{ what: 'unknown', key, reason, suggestion }]
      }),
    ],
  }
}

/**
 * An express app or router, or a function of (req, res, next) or (error, req, res, next), is
 * the handler itself. Anything else makes one of options.
 */
const isHandler = (exported: unknown): boolean =>
  isCallable(exported) &&
  (typeof Reflect.get(exported, 'handle') === 'function' ||
    exported.length === 3 ||
    exported.length === 4)

const make = async (
  middleware: Middleware,
  localConf: LocalConf,
  importValue: ImportValue,
): Promise<Callable> => {
  const { exported, reference, declared, positional } = middleware
  const { problems } = middlewareProblems(middleware, localConf)
  const [problem] = problems
  if (problem) {
    const hint = problem.suggestion ? `. Did you mean '${problem.suggestion}'?` : ''
    throw new OptionError(problem.key, problem.reason + hint)
  }
  if (!isCallable(exported)) throw new TypeError(`${reference} is ${typeof exported}, no function`)
  if (isHandler(exported)) return exported
  const imported = new Map<string, unknown>()
  for (const [key, raw] of Object.entries(localConf)) {
    const marked = markedValue(String(raw))
    if (marked?.marker === 'import') imported.set(key, await importValue(marked.text))
  }
  const { values, positional: numbered } = markedOptions(localConf, declared, imported)
  const args = positional.map(name => {
    const value = values[name]
    delete values[name]
    return value
  })
  for (const [index, value] of numbered.entries()) args[index] = value
  if (Object.keys(values).length) args.push(values)
  const made: unknown = await exported(...args)
  if (isCallable(made)) return made
  throw new TypeError(`${reference} gave ${made === null ? 'null' : typeof made}, no middleware`)
}

type Next = (error?: unknown) => void

/** Calls it; a promise that it gives may fail. */
const run = (handler: Callable, args: readonly unknown[], next: Next): void => {
  const result = handler(...args)
  if (result instanceof Promise) result.catch(next)
}

const asApp =
  (handler: Callable): App =>
  (req, res, next) =>
    run(handler, [req, res, next], next)

const asFilter =
  (handler: Callable): Filter =>
  app => {
    if (handler.length === 4) {
      return (req, res, next) =>
        app(req, res, (error?: unknown) => {
          if (error === undefined || error === null) next()
          else run(handler, [error, req, res, next], next)
        })
    }
    return function middleware(req: Request, res: Response, next: NextFunction): void {
      run(
        handler,
        [
          req,
          res,
          (error?: unknown) => {
            if (error === undefined || error === null) app(req, res, next)
            else next(error)
          },
        ],
        next,
      )
    }
  }
