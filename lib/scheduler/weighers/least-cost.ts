import { nearest } from '../../util/nearest.js'
import { OperatorError } from '../../util/operator-error.js'
import type { SchedulerConf } from '../filters/filter.js'
import { wasTried } from '../filters/retry.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'

/** A cost function of Essex and Folsom: the host of the least sum is taken. */
export interface CostFunction {
  readonly name: string
  readonly weight: number
  cost(host: HostState, request: SchedulerRequest): number
}

type Options = SchedulerConf['DEFAULT']

const functions: Readonly<Record<string, (options: Options) => CostFunction>> = {
  /** Weight -1 spreads servers over hosts, 1 fills one host after the other. */
  compute_fill_first_cost_fn: options => ({
    name: 'compute_fill_first_cost_fn',
    weight: options.compute_fill_first_cost_fn_weight,
    cost: host => host.freeRamMb,
  }),
  noop_cost_fn: options => ({
    name: 'noop_cost_fn',
    weight: options.noop_cost_fn_weight,
    cost: () => 1,
  }),
  retry_host_cost_fn: options => ({
    name: 'retry_host_cost_fn',
    weight: options.retry_host_cost_fn_weight,
    cost: (host, request) => (wasTried(host, request) ? 1 : 0),
  }),
}

/**
 * `[DEFAULT] least_cost_functions`: `nova.scheduler.least_cost.noop_cost_fn`, or the last part of it.
 *
 * @throws OperatorError naming the first that is none
 */
export const costFunctions = (options: Options): readonly CostFunction[] =>
  options.least_cost_functions.map(name => {
    const make = functions[name.slice(name.lastIndexOf('.') + 1)]
    if (make) return make(options)
    const meant = nearest(name.slice(name.lastIndexOf('.') + 1), Object.keys(functions))
    throw new OperatorError(
      `[DEFAULT] least_cost_functions: there is no function '${name}'.` +
        (meant ? ` Did you mean '${meant}'?` : ` There are ${Object.keys(functions).join(', ')}.`),
    )
  })
