import type { WeigherFactory } from './weigher.js'

/** Spares hosts that are building, resizing or taking snapshots. */
export const ioOpsWeigher: WeigherFactory = ({ conf }) => ({
  name: 'IoOpsWeigher',
  minimum: 0,
  multiplierKey: 'io_ops_weight_multiplier',
  multiplier: conf.filter_scheduler.io_ops_weight_multiplier,
  weigh: host => host.numIoOps,
})

/** Prefers hosts with many servers (or, multiplier below 0, few). */
export const numInstancesWeigher: WeigherFactory = ({ conf }) => ({
  name: 'NumInstancesWeigher',
  multiplierKey: 'num_instances_weight_multiplier',
  multiplier: conf.filter_scheduler.num_instances_weight_multiplier,
  weigh: host => host.numInstances,
})

/** Hosts whose last builds failed come last. */
export const buildFailureWeigher: WeigherFactory = ({ conf }) => ({
  name: 'BuildFailureWeigher',
  multiplierKey: 'build_failure_weight_multiplier',
  multiplier: conf.filter_scheduler.build_failure_weight_multiplier,
  isCost: true,
  weigh: host => host.failedBuilds,
})

/** Prefers hosts with a newer hypervisor. */
export const hypervisorVersionWeigher: WeigherFactory = ({ conf }) => ({
  name: 'HypervisorVersionWeigher',
  multiplierKey: 'hypervisor_version_weight_multiplier',
  multiplier: conf.filter_scheduler.hypervisor_version_weight_multiplier,
  weigh: host => host.hypervisorVersion,
})
