import type { NextFunction, Request, Response } from 'express'
import type { Plan } from './plan.js'
import type { App } from './types.js'

/** What a section is called in a trace: `filter:cors`. */
export interface TracedSection {
  readonly name: string
  readonly kind: 'app' | 'composite' | 'filter'
}

/**
 * Told of every step of a request. Each calls `go` exactly once, before it returns, and so may put what
 * comes next into a context of its own; it must be quick, and must not throw by itself.
 */
export interface Tracer {
  /** The request comes to a section. */
  enter(section: TracedSection, req: Request, res: Response, go: () => void): void
  /** A filter hands it to what stands further in, which is told of by `enter` at once. */
  pass(section: TracedSection, req: Request, res: Response, go: () => void): void
  /** A section gives it up: with an error, or as not its own. */
  leave(section: TracedSection, error: unknown, req: Request, res: Response, go: () => void): void
}

/** Several as one; the first is the outermost. Undefined for none at all: then nothing is traced. */
export const combineTracers = (...tracers: readonly (Tracer | undefined)[]): Tracer | undefined =>
  tracers
    .filter(one => one !== undefined)
    .reduceRight<Tracer | undefined>(
      (inner, outer) => (inner ? both(outer, inner) : outer),
      undefined,
    )

const both = (outer: Tracer, inner: Tracer): Tracer => ({
  enter: (section, req, res, go) =>
    outer.enter(section, req, res, () => inner.enter(section, req, res, go)),
  pass: (section, req, res, go) =>
    outer.pass(section, req, res, () => inner.pass(section, req, res, go)),
  leave: (section, error, req, res, go) =>
    outer.leave(section, error, req, res, () => inner.leave(section, error, req, res, go)),
})

export const sectionOf = (plan: Plan): TracedSection => {
  const first = plan.chain.findLastIndex(
    (_link, index) => plan.chain[index - 1]?.ref?.option !== 'use',
  )
  // what a reference names belongs to no section; the last of its way is the one that refers to it
  const name = plan.section && (plan.chain[first]?.section.section ?? plan.section.section)
  const composite = plan.type === 'factory' && plan.protocol?.startsWith('paste.composit')
  return {
    name: name ?? (plan.type === 'factory' ? plan.reference : plan.type),
    kind: plan.want === 'filter' ? 'filter' : composite ? 'composite' : 'app',
  }
}

const entering = (tracer: Tracer, section: TracedSection, app: App): App =>
  function traced(req, res, next) {
    let isLeft = false
    const leave = (error: unknown, go: () => void): void => {
      const isFirst = !isLeft
      isLeft = true
      if (isFirst) tracer.leave(section, error, req, res, go)
      else go()
    }
    const left: NextFunction = (error?: unknown) => leave(error, () => next(error))
    tracer.enter(section, req, res, () => {
      try {
        app(req, res, left)
      } catch (error) {
        leave(error, () => {})
        throw error
      }
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
    const made = filter((req, res, next) =>
      tracer.pass(section, req, res, () => app(req, res, next)),
    )
    return made instanceof Promise
      ? made.then(one => entering(tracer, section, one))
      : entering(tracer, section, made)
  }
}
