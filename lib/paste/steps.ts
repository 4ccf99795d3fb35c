import type { OutgoingHttpHeaders } from 'node:http'
import type { Request, Response } from 'express'
import type { TracedSection, Tracer } from './trace.js'

/** What one section did with one request. */
export interface Step {
  readonly section: string
  readonly kind: TracedSection['kind']
  /** Milliseconds from its being asked until it passed the request on, gave it up, or answered. */
  ownMs: number
  outcome: 'answered' | 'passed' | 'gave up' | 'failed'
  /** `status 429`, `+x-took`, `~vary`, `-etag`: what it changed before it passed the request on. */
  readonly changes: string[]
  readonly error?: string | undefined
}

interface OpenStep extends Step {
  readonly at: number
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  error?: string | undefined
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
  const all = new WeakMap<Response, OpenStep[]>()

  const begin = (req: Request, res: Response): OpenStep[] => {
    const steps: OpenStep[] = []
    all.set(res, steps)
    if (serverTiming) announce(res, steps, now)
    res.once('close', () => {
      for (const step of steps) if (step.outcome === 'answered') step.ownMs ||= now() - step.at
      done?.(steps, req, res)
    })
    return steps
  }
  const close = (res: Response, name: string, outcome: Step['outcome'], error?: unknown): void => {
    const step = all.get(res)?.findLast(one => one.section === name && one.outcome === 'answered')
    if (!step) return
    step.outcome = outcome
    step.ownMs = now() - step.at
    step.changes.push(...changesOf(step, res))
    if (outcome === 'failed') step.error = error instanceof Error ? error.message : String(error)
  }
  return {
    enter: ({ name, kind }, req, res) => {
      const steps = all.get(res) ?? begin(req, res)
      const { statusCode: status } = res
      const headers = { ...res.getHeaders() }
      const changes: string[] = []
      steps.push({
        section: name,
        kind,
        at: now(),
        ownMs: 0,
        outcome: 'answered',
        status,
        headers,
        changes,
      })
    },
    pass: ({ name }, _req, res) => close(res, name, 'passed'),
    leave: ({ name }, error, _req, res) =>
      close(res, name, error === undefined || error === null ? 'gave up' : 'failed', error),
    stepsOf: res => all.get(res) ?? [],
  }
}

const changesOf = ({ status, headers }: OpenStep, res: Response): string[] => {
  const after = res.getHeaders()
  const changed = Object.keys(after).filter(
    name => name in headers && String(headers[name]) !== String(after[name]),
  )
  return [
    ...(res.statusCode === status ? [] : [`status ${res.statusCode}`]),
    ...Object.keys(after)
      .filter(name => !(name in headers))
      .map(name => `+${name}`),
    ...changed.map(name => `~${name}`),
    ...Object.keys(headers)
      .filter(name => !(name in after))
      .map(name => `-${name}`),
  ]
}

/** Adds the header at the last moment at which there can be one. */
const announce = (res: Response, steps: readonly OpenStep[], now: () => number): void => {
  const writeHead = res.writeHead
  const patched: typeof res.writeHead = (...args: unknown[]) => {
    res.writeHead = writeHead
    if (!res.headersSent) {
      const value = steps
        .map(({ section, ownMs, at, outcome }) => {
          const ms = outcome === 'answered' ? now() - at : ownMs
          return `${section.replaceAll(/[^\w.-]/g, '_')};dur=${ms.toFixed(2)}`
        })
        .join(', ')
      if (value) res.setHeader('server-timing', value)
    }
    return Reflect.apply(writeHead, res, args)
  }
  res.writeHead = patched
}
