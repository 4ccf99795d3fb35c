import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Attributes,
  type Context,
  type ContextManager,
  type Exception,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'

/** What an SDK does for contexts, over Node's own storage. */
export class NodeContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(context, () => Reflect.apply(fn, thisArg, args) as ReturnType<F>)
  }

  bind<T>(_context: Context, target: T): T {
    return target
  }

  enable(): this {
    return this
  }

  disable(): this {
    this.#storage.disable()
    return this
  }
}

/** A span that keeps what it is told. */
export class KeptSpan implements Span {
  name: string
  readonly kind: SpanKind
  readonly parent: KeptSpan | undefined
  readonly attributes: Attributes = {}
  readonly exceptions: string[] = []
  status: SpanStatus = { code: SpanStatusCode.UNSET }
  ends = 0

  constructor(
    name: string,
    { kind = SpanKind.INTERNAL, attributes = {} }: SpanOptions,
    at: Context,
  ) {
    this.name = name
    this.kind = kind
    const parent = trace.getSpan(at)
    this.parent = parent instanceof KeptSpan ? parent : undefined
    Object.assign(this.attributes, attributes)
  }

  spanContext() {
    return INVALID_SPAN_CONTEXT
  }

  setAttribute(key: string, value: Attributes[string]): this {
    this.attributes[key] = value
    return this
  }

  setAttributes(attributes: Attributes): this {
    Object.assign(this.attributes, attributes)
    return this
  }

  setStatus(status: SpanStatus): this {
    this.status = status
    return this
  }

  updateName(name: string): this {
    this.name = name
    return this
  }

  recordException(exception: Exception): void {
    this.exceptions.push(exception instanceof Error ? exception.message : String(exception))
  }

  end(): void {
    this.ends++
  }

  isRecording(): boolean {
    return this.ends === 0
  }

  addEvent(): this {
    return this
  }

  addLink(): this {
    return this
  }

  addLinks(): this {
    return this
  }
}

/** Keeps all spans, in the order of their start. */
export const keepingTracer = (spans: KeptSpan[]): Tracer => {
  const startSpan: Tracer['startSpan'] = (name, options = {}, at = ROOT_CONTEXT) => {
    const span = new KeptSpan(name, options, at)
    spans.push(span)
    return span
  }
  return { startSpan, startActiveSpan: () => assertUnused() }
}

const assertUnused = (): never => {
  throw new Error('startActiveSpan is not used')
}
