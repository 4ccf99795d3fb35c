import type { HostFilter } from './filters/index.js'
import type { HostWeigher } from './weighers/index.js'

/** A user's filter: every instance is asked about, and an answer must be true or false. */
export const completeFilter = (
  own: Partial<HostFilter> & Pick<HostFilter, 'hostPasses'>,
  name: string,
): HostFilter => ({
  name,
  runOncePerRequest: own.runOncePerRequest ?? false,
  runOnRebuild: own.runOnRebuild ?? false,
  hostPasses(host, request) {
    const answer: unknown = own.hostPasses(host, request)
    // A promise would count as a yes.
    if (typeof answer === 'boolean') return answer
    throw new TypeError(
      `filter ${name}: hostPasses answered ${describe(answer)}, neither true nor false`,
    )
  },
  ...(own.concerns ? { concerns: request => own.concerns?.(request) ?? true } : {}),
  ...(own.prepare ? { prepare: async (hosts, request) => own.prepare?.(hosts, request) } : {}),
  ...(own.why ? { why: (host, request) => String(own.why?.(host, request)) } : {}),
  ...(own.needs ? { needs: own.needs } : {}),
})

/** A user's weigher: of multiplier 1, and its weights must be numbers. */
export const completeWeigher = (
  own: Partial<HostWeigher> & Pick<HostWeigher, 'weigh'>,
  name: string,
): HostWeigher => ({
  name,
  multiplier: own.multiplier ?? 1,
  weigh(host, request) {
    const weight: unknown = own.weigh(host, request)
    if (typeof weight === 'number' && Number.isFinite(weight)) return weight
    throw new TypeError(`weigher ${name}: weigh answered ${describe(weight)}, not a number`)
  },
  ...(own.minimum === undefined ? {} : { minimum: own.minimum }),
  ...(own.multiplierKey === undefined ? {} : { multiplierKey: own.multiplierKey }),
  ...(own.needs ? { needs: own.needs } : {}),
})

const describe = (answer: unknown): string =>
  answer instanceof Promise ? 'a promise' : `${typeof answer} ${String(answer).slice(0, 40)}`
