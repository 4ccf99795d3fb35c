import type { WeigherFactory } from './weigher.js'

/** Prefers hosts with much free memory (or, multiplier below 0, little). */
export const ramWeigher: WeigherFactory = ({ conf }) => ({
  name: 'RAMWeigher',
  minimum: 0,
  multiplierKey: 'ram_weight_multiplier',
  multiplier: conf.filter_scheduler.ram_weight_multiplier,
  weigh: host => host.freeRamMb,
})

/** Prefers hosts with many virtual CPUs left. */
export const cpuWeigher: WeigherFactory = ({ conf }) => ({
  name: 'CPUWeigher',
  minimum: 0,
  multiplierKey: 'cpu_weight_multiplier',
  multiplier: conf.filter_scheduler.cpu_weight_multiplier,
  weigh: host => host.vcpusTotal * host.cpuAllocationRatio - host.vcpusUsed,
})

/** Prefers hosts with much free disk. */
export const diskWeigher: WeigherFactory = ({ conf }) => ({
  name: 'DiskWeigher',
  minimum: 0,
  multiplierKey: 'disk_weight_multiplier',
  multiplier: conf.filter_scheduler.disk_weight_multiplier,
  weigh: host => host.freeDiskMb,
})
