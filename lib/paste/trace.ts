import type { Request, Response } from 'express'
import type { Plan } from './plan.js'
import type { App } from './types.js'

/** What a section is called in a trace: `filter:cors`. */
export interface TracedSection {
  readonly name: string
  readonly kind: 'app' | 'composite' | 'filter'
}

/** Told of every step of a request; each must be quick and must not throw. */
export interface Tracer {
  /** The request comes to a section. */
  enter(section: TracedSection, req: Request, res: Response): void
  /** A filter hands it to what stands further in. */
  pass(section: TracedSection, req: Request, res: Response): void
  /** A section gives it up: with an error, or as not its own. */
  leave(section: TracedSection, error: unknown, req: Request, res: Response): void
}

const sectionOf = (plan: Plan): TracedSection => {
  const first = plan.chain.findLastIndex(
    (_link, index) => plan.chain[index - 1]?.ref?.option !== 'use',
  )
  const name = plan.chain[first]?.section.section ?? plan.section?.section
  const composite = plan.type === 'factory' && plan.protocol?.startsWith('paste.composit')
  return {
    name: name ?? (plan.type === 'factory' ? plan.reference : plan.type),
    kind: plan.want === 'filter' ? 'filter' : composite ? 'composite' : 'app',
  }
}

const entering =
  (tracer: Tracer, section: TracedSection, app: App): App =>
  (req, res, next) => {
    tracer.enter(section, req, res)
    app(req, res, (error?: unknown) => {
      tracer.leave(section, error, req, res)
      next(error)
    })
  }

export const tracedApp = (tracer: Tracer | undefined, plan: Plan, app: App): App =>
  tracer ? entering(tracer, sectionOf(plan), app) : app

export const tracedFilter = (
  tracer: Tracer,
  plan: Plan,
  filter: (app: App) => App | Promise<App>,
): ((app: App) => App | Promise<App>) => {
  const section = sectionOf(plan)
  return app => {
    const made = filter((req, res, next) => {
      tracer.pass(section, req, res)
      app(req, res, next)
    })
    return made instanceof Promise
      ? made.then(one => entering(tracer, section, one))
      : entering(tracer, section, made)
  }
}
