import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  type Tracer as SpanMaker,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Request, Response } from 'express'
import { type Step, stepTracer } from './steps.js'
import type { Tracer } from './trace.js'

export interface SpanOptions {
  /** OpenTelemetry's global one when absent. */
  readonly tracer?: SpanMaker | undefined
  /** The route as it was written, for `http.route`; Express's own when absent. */
  readonly routeOf?: ((req: Request) => string | undefined) | undefined
}

interface Traced {
  /** What the first section's span stands in. */
  readonly base: Context
  /** Ours, unless the server makes one for each request already. */
  readonly root: Span | undefined
  readonly inside: Map<Step, { readonly span: Span; readonly context: Context; isOver: boolean }>
}

/**
 * OpenTelemetry spans: one for the request, with the attributes of its semantic conventions for HTTP
 * servers, and in it one for each section, named as the section is and inside that of the section further
 * out. What a section does while it has the request is in the context of its span.
 *
 * Where a span is active already (another instrumentation makes one for each request), the sections'
 * stand in that. Nothing is recorded until the process has an SDK.
 */
export const spanTracer = ({
  tracer = trace.getTracer('kilonova/paste'),
  routeOf = expressRoute,
}: SpanOptions = {}): Tracer => {
  const all = new WeakMap<Response, Traced>()

  const begin = (req: Request): Traced => {
    const active = context.active()
    if (trace.getSpan(active)) return { base: active, root: undefined, inside: new Map() }
    const parent = propagation.extract(active, req.headers)
    const root = tracer.startSpan(
      req.method,
      { kind: SpanKind.SERVER, attributes: requestAttributes(req) },
      parent,
    )
    return { base: trace.setSpan(parent, root), root, inside: new Map() }
  }
  const end = (traced: Traced, step: Step): void => {
    const known = traced.inside.get(step)
    if (!known || known.isOver) return
    known.isOver = true
    const { span } = known
    span.setAttributes({
      'paste.outcome': step.outcome,
      'paste.own_time': step.ownMs / 1000,
      ...(step.changes.length ? { 'paste.changes': [...step.changes] } : {}),
    })
    if (step.outcome === 'failed') recordError(span, step.error)
    span.end()
  }

  const steps = stepTracer({
    done: (taken, req, res) => {
      const traced = all.get(res)
      if (!traced) return
      for (const step of taken.toReversed()) end(traced, step)
      if (traced.root) endRequest(traced.root, req, res, routeOf(req))
    },
  })
  const now = (traced: Traced, step: Step | undefined): Context =>
    (step && traced.inside.get(step)?.context) ?? traced.base

  return {
    enter: (section, req, res, go) => {
      let traced = all.get(res)
      if (!traced) {
        traced = begin(req)
        all.set(res, traced)
      }
      const { inside, base } = traced
      steps.enter(section, req, res, () => {
        const step = steps.stepsOf(res).at(-1)
        if (!step) return go()
        const outer = (step.within && inside.get(step.within)?.context) ?? base
        const span = tracer.startSpan(
          section.name,
          { attributes: { 'paste.section': section.name, 'paste.kind': section.kind } },
          outer,
        )
        const own = trace.setSpan(outer, span)
        inside.set(step, { span, context: own, isOver: false })
        context.with(own, go)
      })
    },
    pass: steps.pass,
    leave: (section, error, req, res, go) => {
      const traced = all.get(res)
      const step = steps
        .stepsOf(res)
        .findLast(one => one.section === section.name && !traced?.inside.get(one)?.isOver)
      steps.leave(section, error, req, res, () => {
        if (!traced || !step) return go()
        end(traced, step)
        context.with(now(traced, step.within), go)
      })
    },
  }
}

const recordError = (span: Span, error: unknown): void => {
  const isError = error instanceof Error
  const message = isError ? error.message : String(error)
  span.setAttribute('error.type', isError ? error.name : typeof error)
  span.recordException(isError ? error : message)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
}

const methods: ReadonlySet<string> = new Set(
  'CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE'.split(' '),
)

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/; no query, for it may hold secrets */
const requestAttributes = (req: Request): Attributes => {
  const { method, headers, httpVersion, socket } = req
  const url = req.originalUrl ?? req.url
  const host = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(headers.host ?? '')
  const known = methods.has(method)
  return {
    'http.request.method': known ? method : '_OTHER',
    ...(known ? {} : { 'http.request.method_original': method }),
    'url.path': url.split('?', 1)[0] ?? '/',
    'url.scheme': req.protocol ?? 'http',
    'network.protocol.version': httpVersion,
    ...(host?.[1] ? { 'server.address': host[1] } : {}),
    ...(host?.[2] ? { 'server.port': Number(host[2]) } : {}),
    ...(socket.remoteAddress ? { 'client.address': socket.remoteAddress } : {}),
    ...(headers['user-agent'] ? { 'user_agent.original': headers['user-agent'] } : {}),
  }
}

const endRequest = (
  span: Span,
  { method }: Request,
  res: Response,
  route: string | undefined,
): void => {
  const { statusCode: status } = res
  const name = methods.has(method) ? method : 'HTTP'
  span.updateName(route === undefined ? name : `${name} ${route}`)
  if (route !== undefined) span.setAttribute('http.route', route)
  if (res.writableEnded) {
    span.setAttribute('http.response.status_code', status)
    if (status >= 500) {
      span.setAttribute('error.type', String(status))
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
  } else {
    span.setAttribute('error.type', 'aborted')
  }
  span.end()
}

const expressRoute = (req: Request): string | undefined => {
  const path: unknown = req.route?.path
  return typeof path === 'string' ? `${req.baseUrl}${path}` : undefined
}
