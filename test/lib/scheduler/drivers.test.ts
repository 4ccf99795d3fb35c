import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConfOverrides, defaultConf } from '../../../lib/conf/index.js'
import { driverNamed } from '../../../lib/scheduler/drivers/index.js'
import type { HostState } from '../../../lib/scheduler/host-state.js'
import type { SchedulerRequest } from '../../../lib/scheduler/request.js'
import { aHost, aRequest, NOON } from '../../support/scheduler.js'

let folder = ''
/** What chance says, one after the other. */
const dice = (...values: number[]) => {
  let at = 0
  return () => values[at++ % values.length] ?? 0
}
const driver = (overrides: ConfOverrides = {}, random = () => 0) => {
  const conf = defaultConf(overrides)
  return driverNamed(conf.scheduler.driver, { conf, now: () => NOON, random, folder })
}
const up = (host: string) => ({ host, disabled: false, forcedDown: false, lastSeenUp: NOON })
const host = (name: string, values: object = {}) =>
  aHost({ host: name, service: up(name), ...values })
const ranked = async (
  overrides: ConfOverrides,
  hosts: readonly HostState[],
  request: Partial<SchedulerRequest> = {},
  random?: () => number,
) => {
  const order = (await driver(overrides, random)).rank(hosts, aRequest(request), true)
  return [...order].map(one => one.host)
}

describe('scheduler drivers', () => {
  const small = () => host('small', { freeRamMb: 1000 })
  const big = () => host('big', { freeRamMb: 9000 })
  const down = () => host('down', { service: { ...up('down'), lastSeenUp: 0 } })

  it('filter and weigh by default, under each of its names', async () => {
    for (const name of [
      'filter_scheduler',
      'caching_scheduler',
      'nova.scheduler.filter_scheduler.FilterScheduler',
      'multi_scheduler',
      'nova.scheduler.multi.MultiScheduler',
    ]) {
      const hosts = [small(), down(), big()]
      assert.deepEqual(await ranked({ scheduler: { driver: name } }, hosts), ['big', 'small'])
    }
  })

  it('pick one of host_subset_size at random', async () => {
    const conf = { filter_scheduler: { host_subset_size: 2 } }
    const hosts = () => [small(), big(), host('middle', { freeRamMb: 5000 })]
    assert.deepEqual(await ranked(conf, hosts(), {}, dice(0.6)), ['middle', 'big', 'small'])
    assert.deepEqual(await ranked(conf, hosts(), {}, dice(0.4)), ['big', 'middle', 'small'])
  })

  it('shuffle the hosts that are as good as the best', async () => {
    const conf = { filter_scheduler: { shuffle_best_same_weighed_hosts: true } }
    const hosts = [host('a'), small(), host('b')]
    assert.deepEqual(await ranked(conf, hosts, {}, dice(0)), ['b', 'a', 'small'])
    assert.deepEqual(await ranked(conf, hosts, {}, dice(0.99, 0)), ['a', 'b', 'small'])
  })

  it('fill or spread by cost functions where nova.conf names some', async () => {
    const conf = (weight: number): ConfOverrides => ({
      DEFAULT: {
        least_cost_functions: ['compute_fill_first_cost_fn'],
        compute_fill_first_cost_fn_weight: weight,
      },
    })
    assert.deepEqual(await ranked(conf(1), [big(), small()]), ['small', 'big'])
    assert.deepEqual(await ranked(conf(-1), [small(), big()]), ['big', 'small'])
  })

  it('take any host that is up, by chance', async () => {
    const conf = { scheduler: { driver: 'nova.scheduler.chance.ChanceScheduler' } }
    const hosts = [host('a'), down(), host('b'), host('c')]
    const ignoreHosts = ['C']
    assert.deepEqual(await ranked(conf, hosts, { ignoreHosts }, dice(0)), ['b', 'a'])
    assert.deepEqual(await ranked(conf, hosts, { ignoreHosts }, dice(0.99)), ['a', 'b'])
  })

  it('take the host with the fewest cores in use, within max_cores, as simple', async () => {
    const conf = { scheduler: { driver: 'simple_scheduler' }, DEFAULT: { max_cores: 8 } }
    const used = (name: string, vcpusUsed: number) =>
      host(name, { vcpusUsed, capacities: new Map() })
    const hosts = [used('busy', 7), used('idle', 1), used('full', 8), down()]
    assert.deepEqual(await ranked(conf, hosts), ['idle', 'busy'])
    assert.deepEqual(await ranked(conf, [used('full', 8)]), [])
    assert.deepEqual(await ranked(conf, [used('full', 8)], { forceHosts: ['full'] }), ['full'])
  })

  it('use for multi the driver that nova.conf names for servers', async () => {
    const compute_scheduler_driver = 'simple_scheduler'
    const { name } = await driver({
      scheduler: { driver: 'multi_scheduler' },
      DEFAULT: { compute_scheduler_driver },
    })
    assert.equal(name, 'simple_scheduler')
  })

  it('are refused by name when there is none of that name', async () => {
    await assert.rejects(driver({ scheduler: { driver: 'chance_schedular' } }), {
      name: 'OperatorError',
      message:
        "[scheduler] driver: there is no driver 'chance_schedular'. Did you mean 'chance_scheduler'?",
    })
  })
})

describe('[filter_scheduler] available_filters', () => {
  const filters = (enabled_filters: string[], available_filters?: string[]): ConfOverrides => ({
    filter_scheduler: { enabled_filters, ...(available_filters ? { available_filters } : {}) },
  })
  const all = 'nova.scheduler.filters.all_filters'

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-filters-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const file = (name: string, text: string) => {
    const path = join(folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  const refused = (overrides: ConfOverrides, message: string | RegExp) =>
    assert.rejects(driver(overrides), { name: 'OperatorError', message })

  it('says what was probably meant by a name that is none', async () => {
    await refused(
      filters(['ComputeFilter', 'ComputFilter']),
      "[filter_scheduler] enabled_filters: there is no filter 'ComputFilter'. Did you mean 'ComputeFilter'?",
    )
    await refused(
      filters(['RamFilter'], ['nova.scheduler.filters.compute_filter.ComputeFilter']),
      "[filter_scheduler] enabled_filters: there is no filter 'RamFilter'. It is none of those that [filter_scheduler] available_filters names.",
    )
    await refused(
      filters([], ['nova.scheduler.filters.all_filter']),
      "[filter_scheduler] available_filters: there is no filter 'nova.scheduler.filters.all_filter'. Did you mean 'nova.scheduler.filters.all_filters'?",
    )
  })

  it("takes a user's class from a file, made with nova.conf", async () => {
    const path = file(
      'zone.mjs',
      `export class EvenFilter {
        #conf
        constructor({ conf }) { this.#conf = conf }
        hostPasses(host) { return host.host !== this.#conf.DEFAULT.default_availability_zone }
        why() { return 'odd' }
      }
      export const helper = 1`,
    )
    const conf = filters(['ComputeFilter', 'EvenFilter'], [all, path])
    assert.deepEqual(await ranked(conf, [host('nova'), host('b')]), ['b'])
  })

  it("takes a function or an object, by a package's name", async () => {
    file('node_modules/our-filters/package.json', '{"main": "index.cjs"}')
    file(
      'node_modules/our-filters/index.cjs',
      `exports.OnlyA = () => ({ hostPasses: host => host.host === 'a' })
      exports.NotC = { name: 'NotC', hostPasses: host => host.host !== 'c' }`,
    )
    const hosts = [host('a'), host('b'), host('c')]
    const only = filters(['OnlyA'], ['our-filters:OnlyA'])
    assert.deepEqual(await ranked(only, hosts), ['a'])
    assert.deepEqual(await ranked(filters(['NotC'], ['our-filters']), hosts), ['a', 'b'])
  })

  it('refuses what is no filter', async () => {
    const path = file('none.mjs', 'export const x = 1')
    await refused(
      filters([], [path]),
      `[filter_scheduler] available_filters: '${path}' exports no filter: neither a class nor an object with hostPasses(host, request).`,
    )
    await refused(filters(['x'], [`${path}:x`]), /is no filter: it has no hostPasses/)
    await refused(filters([], ['./not-there.js']), /'\.\/not-there\.js': there is no module/)
    await refused(filters([], [file('broken.mjs', 'export const =')]), /fails when it is loaded/)
  })

  it('does not take a promise for a yes', async () => {
    const path = file('late.mjs', 'export class Late { async hostPasses() { return false } }')
    await assert.rejects(ranked(filters(['Late'], [path]), [host('a')]), {
      message: 'filter Late: hostPasses answered a promise, neither true nor false',
    })
  })

  it("weighs with a user's weigher", async () => {
    const path = file(
      'weigh.mjs',
      'export class ByName { multiplier = 2; weigh(host) { return host.host.length } }',
    )
    const conf = { filter_scheduler: { weight_classes: [path] } }
    assert.deepEqual(await ranked(conf, [host('a'), host('ccc'), host('bb')]), ['ccc', 'bb', 'a'])
  })
})
