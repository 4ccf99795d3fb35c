import { bool, float, int, list, str } from '../kinds.js'

/** [DEFAULT]: the scheduler drivers and cost functions of nova's first years. */
export const historicScheduler = {
  compute_scheduler_driver: str({
    default: 'nova.scheduler.filter_scheduler.FilterScheduler',
    help: 'The driver that the multi scheduler uses for servers.',
  }),
  volume_scheduler_driver: str({
    default: 'nova.scheduler.chance.ChanceScheduler',
    help: 'Read and ignored: volumes are placed by the volume service.',
  }),
  default_scheduler_driver: str({
    default: 'nova.scheduler.chance.ChanceScheduler',
    help: 'Read and ignored: the scheduler places servers only.',
  }),
  max_cores: int({
    default: 16,
    min: 1,
    help: 'Cores in use on a host at most; for the simple scheduler.',
  }),
  skip_isolated_core_check: bool({
    default: true,
    help: 'Isolated images may go over max_cores; for the simple scheduler.',
  }),
  least_cost_functions: list({
    help:
      'Functions of which the host with the least sum is taken, instead of weighers: ' +
      'compute_fill_first_cost_fn, noop_cost_fn, retry_host_cost_fn.',
  }),
  compute_fill_first_cost_fn_weight: float({
    default: -1,
    help: 'Weight of free memory as a cost: -1 spreads servers, 1 fills host after host.',
  }),
  noop_cost_fn_weight: float({ default: 1, help: 'Weight of the cost that is always 1.' }),
  retry_host_cost_fn_weight: float({
    default: 1,
    help: 'Weight of the cost of a host that was tried before.',
  }),
} as const
