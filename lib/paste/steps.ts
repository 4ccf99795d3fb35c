import type { Request, Response } from 'express'
import { changesBetween, type Headers, headersOf, watchHead } from './header-changes.js'
import type { TracedSection, Tracer } from './trace.js'

/**
 * What became of a request in a section:
 *
 * - `answered`: it ended the answer, at once or after what is further in gave up or failed
 * - `passed`: it handed the request on, and no more than handed back what came of it
 * - `gave up`: it called `next` without handing it on; or a cascade threw its answer away
 * - `failed`: it threw, or called `next` with an error of its own
 * - `aborted`: the client was gone before there was an answer
 */
export type Outcome = 'answered' | 'passed' | 'gave up' | 'failed' | 'aborted'

/** What one section did with one request. */
export interface Step {
  /** `filter:cors` */
  readonly section: string
  readonly kind: TracedSection['kind']
  /** The section that handed the request to this one; absent for the outermost. */
  readonly within?: Step | undefined
  /** Milliseconds in which the request was in its hands, not in those of what is further in. */
  readonly ownMs: number
  readonly outcome: Outcome
  /** `status 429`, `+x-took`, `~vary`, `-etag`: what it changed, before it passed the request on or after. */
  readonly changes: readonly string[]
  readonly error?: unknown
}

type OpenStep = { -readonly [Key in keyof Step]: Step[Key] } & {
  within?: OpenStep | undefined
  changes: string[]
  /** When it was given the request (back); null while what is further in has it. */
  since: number | null
  before: Headers
  passing?: (() => void) | undefined
}

/** One request, on its way. */
interface Passage {
  readonly steps: OpenStep[]
  /** Who has the request, or handed it on last. */
  holder: OpenStep | undefined
  /** A filter that has just handed it on. */
  passing: OpenStep | undefined
  /** What the section further in ended with. */
  error: unknown
}

export interface StepTracer extends Tracer {
  /** In the order in which the sections were asked. */
  stepsOf(res: Response): readonly Step[]
}

export interface StepOptions {
  /** True: each answer carries a `Server-Timing` header with the time of each section. */
  readonly serverTiming?: boolean | undefined
  /** Told when an answer has been sent, or its client is gone. */
  readonly done?: ((steps: readonly Step[], req: Request, res: Response) => void) | undefined
  /** Milliseconds. */
  readonly now?: (() => number) | undefined
}

/** Notes by section name who answered, who changed what, and how long each took. */
export const stepTracer = ({
  serverTiming = false,
  done,
  now = () => performance.now(),
}: StepOptions = {}): StepTracer => {
  const all = new WeakMap<Response, Passage>()

  const begin = (req: Request, res: Response): Passage => {
    const passage: Passage = { steps: [], holder: undefined, passing: undefined, error: undefined }
    all.set(res, passage)
    if (serverTiming) announce(res, passage.steps, now)
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      const { holder } = passage
      if (holder && holder.since !== null) {
        letGo(holder, res)
        holder.outcome = res.writableEnded ? 'answered' : 'aborted'
      }
      done?.(passage.steps, req, res)
    }
    res.once('finish', over)
    res.once('close', over)
    return passage
  }
  const take = (step: OpenStep, res: Response): void => {
    step.since = now()
    step.before = headersOf(res)
  }
  const letGo = (step: OpenStep, res: Response): void => {
    if (step.since === null) return
    step.ownMs += now() - step.since
    step.since = null
    if (!res.headersSent) step.changes.push(...changesBetween(step.before, headersOf(res)))
  }

  /** Whoever handed the request on; a cascade may do that again behind the back of the last one. */
  const parentOf = (passage: Passage, res: Response): OpenStep | undefined => {
    const { passing, holder } = passage
    if (passing) return passing
    let outer = holder
    while (outer && outer.kind !== 'composite') outer = outer.within
    if (outer === undefined) outer = holder
    if (holder && holder.since !== null) {
      // what a cascade throws away leaves no change behind
      if (holder !== outer) holder.before = headersOf(res)
      letGo(holder, res)
      holder.outcome = holder === outer ? 'passed' : 'gave up'
    }
    return outer
  }
  const byName = (passage: Passage, name: string): OpenStep | undefined => {
    let step = passage.holder
    while (step && step.section !== name) step = step.within
    return step
  }

  return {
    enter: ({ name, kind }, req, res, go) => {
      const passage = all.get(res) ?? begin(req, res)
      const step: OpenStep = {
        section: name,
        kind,
        within: parentOf(passage, res),
        ownMs: 0,
        outcome: 'answered',
        changes: [],
        since: null,
        before: headersOf(res),
      }
      passage.passing = undefined
      passage.steps.push(step)
      passage.holder = step
      if (kind === 'filter') {
        step.passing = watchHead(res, changes => step.changes.push(...changes))
      }
      step.since = now()
      go()
    },
    pass: ({ name }, _req, res, go) => {
      const passage = all.get(res)
      const step = passage && byName(passage, name)
      if (passage && step) {
        letGo(step, res)
        step.outcome = 'passed'
        step.passing?.()
        step.passing = undefined
        passage.passing = step
        passage.holder = step
      }
      go()
    },
    leave: ({ name }, error, _req, res, go) => {
      const passage = all.get(res)
      const step = passage && byName(passage, name)
      if (passage && step) {
        letGo(step, res)
        const isNone = error === undefined || error === null || error === 'route'
        const isOwn = step.outcome !== 'passed' || error !== passage.error
        if (isOwn) step.outcome = isNone ? 'gave up' : 'failed'
        if (isOwn && !isNone) step.error = error
        step.passing?.()
        step.passing = undefined
        passage.error = error
        passage.passing = undefined
        passage.holder = step.within
        if (step.within) take(step.within, res)
      }
      go()
    },
    stepsOf: res => all.get(res)?.steps ?? [],
  }
}

/** Adds the header at the last moment at which there can be one. */
const announce = (res: Response, steps: readonly OpenStep[], now: () => number): void => {
  const writeHead = res.writeHead
  const patched: typeof res.writeHead = (...args: unknown[]) => {
    res.writeHead = writeHead
    if (!res.headersSent) {
      const value = steps
        .map(({ section, ownMs, since }) => {
          const ms = ownMs + (since === null ? 0 : now() - since)
          return `${section.replaceAll(/[^\w.-]/g, '_')};dur=${ms.toFixed(2)}`
        })
        .join(', ')
      if (value) res.appendHeader('server-timing', value)
    }
    return Reflect.apply(writeHead, res, args)
  }
  res.writeHead = patched
}
