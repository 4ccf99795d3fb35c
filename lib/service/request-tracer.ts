import type { NovaConf } from '../conf/index.js'
import { combineTracers, stepTracer, type Tracer } from '../paste/index.js'
import type { ProcessMetrics } from './metrics.js'

/**
 * What `[tracing]` and `[metrics_endpoint] sections` want told of each request's way through the sections
 * of api-paste.ini. Undefined: nothing, and then nothing is put in its way.
 */
export const requestTracer = async (
  conf: NovaConf,
  metrics?: ProcessMetrics,
): Promise<Tracer | undefined> => {
  const { spans, server_timing: serverTiming } = conf.tracing
  const sections = conf.metrics_endpoint.sections ? metrics?.section : undefined
  return combineTracers(
    spans ? await novaSpans() : undefined,
    serverTiming || sections
      ? stepTracer({ serverTiming, done: sections && (steps => steps.forEach(sections)) })
      : undefined,
  )
}

/** Imported by those only who want it. */
const novaSpans = async (): Promise<Tracer> => {
  const { spanTracer } = await import('../paste/spans.js')
  return spanTracer({ routeOf: req => req.routeTemplate })
}
