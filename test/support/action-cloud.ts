import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConfOverrides } from '../../lib/conf/index.js'
import type { Instance } from '../../lib/objects/index.js'
import {
  InstanceActionEventList,
  InstanceActionList,
  InstanceFault,
} from '../../lib/objects/index.js'
import type { DriverInstance } from '../../lib/virt/driver.js'
import type { FakeMethod } from '../../lib/virt/fake/index.js'
import { eventually, type HostOptions, WorkerCloud } from './worker-cloud.js'

interface SuiteOptions extends Partial<HostOptions> {
  /** Over nova's defaults, as in nova.conf. */
  readonly conf?: ConfOverrides
  /** What happens before a method of the driver does its work. */
  readonly before?: Readonly<
    Partial<Record<FakeMethod, (instance: DriverInstance) => Promise<void>>>
  >
}

/** A cloud with one active server on `compute-1`, for each test of a suite. */
export const eachWithServer = ({ conf, before: hooks = {}, ...options }: SuiteOptions = {}) => {
  let cloud: WorkerCloud | undefined
  let folder = ''
  const suite = {
    uuid: '',
    /** Driver methods that fail from now on. */
    failing: new Set<FakeMethod>(),
    /** Driver methods as they were called, in order. */
    called: [] as FakeMethod[],
    get cloud(): WorkerCloud {
      if (!cloud) throw new Error('there is a cloud only while a test runs')
      return cloud
    },
    asked: (): Promise<Instance> => suite.cloud.asked(suite.uuid),
    settled: (vmState: string): Promise<Instance> => suite.cloud.settled(suite.uuid, vmState),
    /** What was done last, and how it ended: `[action, [event, result], …]`, when it has so many events. */
    lastAction: (events = 1) => lastAction(suite.cloud, suite.uuid, events),
    fault: () => InstanceFault.getLatestForInstance(suite.cloud.context, suite.uuid),
    periodic: (name: string): Promise<void> => runPeriodic(suite.cloud, 'compute-1', name),
    /** A fresh cloud in the middle of a test. */
    again: async (): Promise<void> => {
      await stop()
      await start()
    },
    hostOptions: (): HostOptions => ({
      host: 'compute-1',
      // The guests outlive the service, as they do on a real host.
      stateFile: join(folder, 'guests.json'),
      ...options,
      hook: async (method, instance) => {
        suite.called.push(method)
        await hooks[method]?.(instance)
        if (suite.failing.has(method)) throw new Error('the hypervisor is on strike')
      },
    }),
  }
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-test-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  const start = async (): Promise<void> => {
    rmSync(join(folder, 'guests.json'), { force: true })
    suite.failing.clear()
    cloud = await WorkerCloud.start([suite.hostOptions()], {
      quota: { instances: -1, cores: -1, ram: -1 },
      ...conf,
    })
    const [uuid = ''] = await cloud.boot()
    suite.uuid = uuid
    await cloud.settled(uuid, 'active')
    await cloud.hosts.get('compute-1')?.manager.idle()
    suite.called.length = 0
  }
  const stop = async (): Promise<void> => {
    await cloud?.stop()
    cloud = undefined
  }
  beforeEach(start)
  afterEach(stop)
  return suite
}

const runPeriodic = async (cloud: WorkerCloud, host: string, name: string): Promise<void> => {
  const tasks = cloud.hosts.get(host)?.manager.periodicTasks() ?? []
  const task = tasks.find(one => one.name === name)
  if (!task) throw new Error(`${host} has no periodic task ${name}`)
  await task.run()
}

const lastAction = (cloud: WorkerCloud, uuid: string, least: number) =>
  eventually('the last event ended', async () => {
    const { objects } = await InstanceActionList.getByInstanceUuid(
      cloud.context.with({ readDeleted: 'yes' }),
      uuid,
    )
    const [action] = objects
    if (!action) return undefined
    const { objects: events } = await InstanceActionEventList.getByAction(cloud.context, action.id)
    if (events.length < least || events.some(({ finishTime }) => !finishTime)) return undefined
    return [
      action.action,
      ...[...events]
        .sort((a, b) => a.id - b.id)
        .map(({ event, result }) => [event, result] as const),
    ]
  })
