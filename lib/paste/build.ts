import { checkedOptions } from './checked-options.js'
import { childPlan } from './children.js'
import { annotate, PasteError, type Source } from './errors.js'
import { protocolOfCall, type Want } from './kinds.js'
import { lintAround } from './lint.js'
import { notCallable } from './not-callable.js'
import type { FactoryPlan, FilterWithPlan, Plan } from './plan.js'
import type { Session } from './session.js'
import { globalsFrom, toGlobalConf } from './settings.js'
import { sectionOf, tracedApp, tracedFilter } from './trace.js'
import type { App, Filter, GlobalConf, Loader, Server } from './types.js'

/** A filter whose factory may be async even where it goes around its app. */
type Around = (app: App) => App | Promise<App>

/** Makes an application. Whatever is made is awaited before the next factory is called. */
export const buildApp = async (session: Session, plan: Plan): Promise<App> => {
  switch (plan.type) {
    case 'pipeline': {
      const app = await buildApp(session, plan.app)
      const filters: Around[] = []
      for (const filter of plan.filters) filters.push(await buildFilter(session, filter))
      let made = app
      for (const filter of filters.toReversed()) made = await filter(made)
      return made
    }
    case 'filter-app': {
      const next = await buildApp(session, plan.next)
      return (await buildFilter(session, plan.filter))(next)
    }
    case 'filter-with': {
      const filter = await buildFilter(session, plan.filter)
      return filter(await buildApp(session, plan.next))
    }
    case 'factory':
      return appFromFactory(session, plan)
  }
}

const appFromFactory = (session: Session, plan: FactoryPlan): Promise<App> => {
  const call = callable(session, plan)
  const { protocol } = call
  return guarded(plan, async () => {
    const made: unknown =
      protocol === 'paste.composite_factory' || protocol === 'paste.composit_factory'
        ? await call.factory(loaderOf(session, plan), call.globalConf, call.localConf)
        : await call.factory(call.globalConf, call.localConf)
    session.made?.(made)
    return tracedApp(session.tracer, plan, demand<App>(made, plan, 'an application'))
  })
}

/** Makes a filter; a `filter_app_factory` is called only when it is put around its app. */
export const buildFilter = async (session: Session, plan: Plan): Promise<Around> => {
  if (plan.type === 'filter-with') return filterAroundFilter(session, plan)
  const made = await filterFromFactory(session, plan)
  const around = session.lint ? lintAround(made, sectionOf(plan).name, session.lint) : made
  return session.tracer ? tracedFilter(session.tracer, plan, around) : around
}

const filterFromFactory = async (session: Session, plan: Plan): Promise<Around> => {
  if (plan.type !== 'factory') throw new TypeError(`a ${plan.type} cannot be a filter`)
  const { factory, protocol, globalConf, localConf } = callable(session, plan)
  const note = (app: unknown): unknown => {
    session.made?.(app)
    return app
  }
  if (protocol === 'paste.filter_app_factory') {
    return app => {
      const made = guardedNow(plan, () => factory(app, globalConf, localConf))
      return made instanceof Promise
        ? guarded(plan, async () => demand<App>(note(await made), plan, 'an application'))
        : demand<App>(note(made), plan, 'an application')
    }
  }
  const made = await guarded(plan, async () => factory(globalConf, localConf))
  session.made?.(made)
  const filter = demandFunction<Filter>(made, plan, 'a filter, a function of an application')
  return app => guardedNow(plan, () => demand<App>(note(filter(app)), plan, 'an application'))
}

const filterAroundFilter = async (session: Session, plan: FilterWithPlan): Promise<Around> => {
  const outer = await buildFilter(session, plan.filter)
  const inner = await buildFilter(session, plan.next)
  return app => {
    const made = inner(app)
    return made instanceof Promise ? made.then(outer) : outer(made)
  }
}

export const buildServer = async (session: Session, plan: Plan): Promise<Server> => {
  if (plan.type !== 'factory') throw new TypeError(`a ${plan.type} cannot be a server`)
  const { factory, protocol, globalConf, localConf } = callable(session, plan)
  if (protocol === 'paste.server_runner') {
    return app => guardedNow(plan, () => factory(app, globalConf, localConf))
  }
  const made = await guarded(plan, async () => factory(globalConf, localConf))
  return demandFunction<Server>(made, plan, 'a server, a function of an application')
}

/** A factory of any protocol; what it is called with and gives, its protocol says. */
type AnyFactory = (...args: unknown[]) => unknown

const callable = (session: Session, plan: FactoryPlan) => {
  const { factory, reference } = plan
  if (!isFunction(factory)) throw notCallable(plan)
  const name = factory.name || reference
  return {
    factory,
    protocol: plan.protocol ?? protocolOfCall(plan.want),
    globalConf: toGlobalConf(plan.globals),
    localConf: checkedOptions(factory, name, plan, session.warn),
  }
}

const isFunction = (value: unknown): value is AnyFactory => typeof value === 'function'

/** Where an error of the factory is told to come from: the option that it names, or the section. */
const placeOf = (plan: FactoryPlan, error: unknown): Source | undefined => {
  const named = error instanceof Error ? Reflect.get(error, 'option') : undefined
  const option = typeof named === 'string' ? plan.options.get(named)?.source : undefined
  return option ?? plan.section ?? plan.at
}

const guarded = async <Made>(plan: FactoryPlan, make: () => Promise<Made>): Promise<Made> => {
  try {
    return await make()
  } catch (error) {
    throw annotate(error, placeOf(plan, error), plan.chain)
  }
}

const guardedNow = <Made>(plan: FactoryPlan, make: () => Made): Made => {
  try {
    return make()
  } catch (error) {
    throw annotate(error, placeOf(plan, error), plan.chain)
  }
}

/** The protocol says what it is; only nothing at all is refused, the commonest slip. */
const demand = <Made>(made: unknown, plan: FactoryPlan, what: string): Made => {
  if (made !== undefined && made !== null) return settled(made) as Made
  throw new PasteError(
    'not-callable',
    `the factory '${plan.reference}' gave ${made}, not ${what}`,
    {
      at: plan.at ?? plan.section,
      chain: plan.chain,
    },
  )
}

/**
 * An `async` handler fails by rejecting, which nobody further out would see: its rejections go to
 * `next`, where every other error goes.
 */
const settled = (app: unknown): unknown => {
  if (Object.prototype.toString.call(app) !== '[object AsyncFunction]') return app
  const handler = app as (...args: Parameters<App>) => Promise<unknown>
  const settling: App = (req, res, next) => {
    handler(req, res, next).catch(next)
  }
  return settling
}

const demandFunction = <Made extends Filter | Server>(
  made: unknown,
  plan: FactoryPlan,
  what: string,
): Made => {
  if (typeof made === 'function') return made as Made
  throw new PasteError(
    'not-callable',
    `the factory '${plan.reference}' gave ${typeof made}, not ${what}`,
    { at: plan.at ?? plan.section, chain: plan.chain },
  )
}

/** What a composite asks for its children. */
const loaderOf = (session: Session, plan: FactoryPlan): Loader => {
  const resolve = (want: Want, name?: string, globalConf?: GlobalConf): Promise<Plan> => {
    const globals = globalConf ? globalsFrom(globalConf, plan.globals) : undefined
    return childPlan(session, plan, want, name, globals)
  }
  return {
    getApp: async (name, globalConf) => buildApp(session, await resolve('app', name, globalConf)),
    // one whose filter_app_factory is async gives a promise where it is put around
    getFilter: async (name, globalConf) =>
      (await buildFilter(session, await resolve('filter', name, globalConf))) as Filter,
    getServer: async (name, globalConf) =>
      buildServer(session, await resolve('server', name, globalConf)),
  }
}
