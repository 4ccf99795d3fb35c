import { nearest } from '../../util/nearest.js'
import { OperatorError } from '../../util/operator-error.js'
import { available, named } from '../available.js'
import { allFilters, type FilterOptions, type HostFilter } from '../filters/index.js'
import { completeFilter, completeWeigher } from '../own-parts.js'
import { allWeighers, type HostWeigher } from '../weighers/index.js'
import { costFunctions } from '../weighers/least-cost.js'
import { chanceDriver } from './chance.js'
import type { SchedulerDriver } from './driver.js'
import { FilterDriver } from './filter.js'
import { simpleDriver } from './simple.js'

export type { SchedulerDriver } from './driver.js'

export interface DriverOptions extends FilterOptions {
  /** 0 up to 1 */
  readonly random: () => number
  /** What a user's own filters are looked up from. */
  readonly folder: string
}

type Make = (options: DriverOptions) => SchedulerDriver | Promise<SchedulerDriver>

const filterDriver: Make = async options => {
  const { DEFAULT, filter_scheduler: conf } = options.conf
  return new FilterDriver({
    filters: await enabledFilters(options),
    weighers: await weighersOf(options),
    costs: costFunctions(DEFAULT),
    hostSubsetSize: conf.host_subset_size,
    shuffleBest: conf.shuffle_best_same_weighed_hosts,
    random: options.random,
  })
}

const stockFilter = (name: string, options: FilterOptions): HostFilter => {
  const make = allFilters[name]
  if (!make) throw new TypeError(`there is no filter ${name}`)
  return make(options)
}

const chance: Make = options => chanceDriver(stockFilter('ComputeFilter', options), options.random)

const simple: Make = options => {
  const { DEFAULT, filter_scheduler: conf } = options.conf
  const images = new Set(conf.isolated_images)
  return simpleDriver({
    isUp: stockFilter('ComputeFilter', options),
    isolation: stockFilter('IsolatedHostsFilter', options),
    maxCores: DEFAULT.max_cores,
    skipIsolatedCoreCheck: DEFAULT.skip_isolated_core_check,
    isIsolatedImage: id => id !== null && images.has(id),
  })
}

const multi: Make = options =>
  driverNamed(options.conf.DEFAULT.compute_scheduler_driver, options, {
    option: '[DEFAULT] compute_scheduler_driver',
    drivers: single,
  })

// The caching driver kept hosts in memory between requests: all do here.
const single: Readonly<Record<string, Make>> = {
  filter_scheduler: filterDriver,
  'nova.scheduler.filter_scheduler.FilterScheduler': filterDriver,
  caching_scheduler: filterDriver,
  'nova.scheduler.caching_scheduler.CachingScheduler': filterDriver,
  chance_scheduler: chance,
  'nova.scheduler.chance.ChanceScheduler': chance,
  simple_scheduler: simple,
  'nova.scheduler.simple.SimpleScheduler': simple,
}

const all: Readonly<Record<string, Make>> = {
  ...single,
  multi_scheduler: multi,
  'nova.scheduler.multi.MultiScheduler': multi,
}

/**
 * The driver of `[scheduler] driver`.
 *
 * @throws OperatorError for a name that is none, of a driver or of a filter
 */
export const driverNamed = async (
  name: string,
  options: DriverOptions,
  {
    option = '[scheduler] driver',
    drivers = all,
  }: { readonly option?: string; readonly drivers?: Readonly<Record<string, Make>> } = {},
): Promise<SchedulerDriver> => {
  const make = drivers[name]
  if (make) return make(options)
  const meant = nearest(name, Object.keys(drivers))
  const short = Object.keys(drivers).filter(one => !one.includes('.'))
  throw new OperatorError(
    `${option}: there is no driver '${name}'. ` +
      (meant ? `Did you mean '${meant}'?` : `There are ${short.join(', ')}.`),
  )
}

/** `[filter_scheduler] enabled_filters`, of those that `available_filters` makes known. */
export const enabledFilters = async (options: DriverOptions): Promise<readonly HostFilter[]> => {
  const { available_filters: entries, enabled_filters: names } = options.conf.filter_scheduler
  const from = '[filter_scheduler] available_filters'
  const makers = await available<HostFilter>(entries, {
    option: from,
    noun: 'filter',
    all: ['nova.scheduler.filters.all_filters', 'nova.scheduler.filters.standard_filters'],
    stock: allFilters,
    method: 'hostPasses',
    complete: completeFilter,
    folder: options.folder,
  })
  const option = '[filter_scheduler] enabled_filters'
  return named(names, makers, options, { option, from, noun: 'filter', stock: allFilters })
}

/** `[filter_scheduler] weight_classes`: all of them weigh. */
const weighersOf = async (options: DriverOptions): Promise<readonly HostWeigher[]> => {
  const makers = await available<HostWeigher>(options.conf.filter_scheduler.weight_classes, {
    option: '[filter_scheduler] weight_classes',
    noun: 'weigher',
    all: ['nova.scheduler.weights.all_weighers'],
    stock: allWeighers,
    method: 'weigh',
    complete: completeWeigher,
    folder: options.folder,
  })
  return [...makers.values()].map(make => make(options))
}
