import { join } from 'node:path'
import type { NovaConf } from '../conf/index.js'
import { OperatorError } from '../util/operator-error.js'
import type { ComputeDriver } from './driver.js'
import { type FakeCapacity, FakeDriver, parseDelays, parseFailures } from './fake/index.js'

/** nova's variants of its fake driver, by capacity. */
const variants: Readonly<Record<string, FakeCapacity>> = {
  SmallFakeDriver: { vcpus: 2, memoryMb: 8192, localGb: 1028 },
  MediumFakeDriver: { vcpus: 10, memoryMb: 8192, localGb: 1028 },
}

/** The part of nova.conf that says which hypervisor this host has. */
export type DriverConf = Pick<NovaConf, 'DEFAULT' | 'fake'>

/**
 * The driver that `[DEFAULT] compute_driver` names: `fake.FakeDriver` and its sizes.
 *
 * @throws OperatorError naming the option and the value
 */
export const loadDriver = (conf: DriverConf, host: string): ComputeDriver => {
  const name = conf.DEFAULT.compute_driver
  if (!name) {
    throw new OperatorError(
      '[DEFAULT] compute_driver is not set: nova-compute needs a hypervisor driver',
    )
  }
  const short = name.replace(/^(nova\.virt\.)?fake\./, '')
  const capacity =
    variants[short] ??
    (short === 'FakeDriver'
      ? {
          vcpus: conf.fake.vcpus,
          memoryMb: conf.fake.memory_mb,
          localGb: conf.fake.local_gb,
        }
      : undefined)
  if (!capacity) {
    const known = ['FakeDriver', ...Object.keys(variants)].map(one => `fake.${one}`).join(', ')
    throw new OperatorError(
      `[DEFAULT] compute_driver = ${name}: no such driver; there are ${known}`,
    )
  }
  return new FakeDriver({
    capacity,
    stateFile: join(conf.DEFAULT.state_path, 'fake', `${fileName(host)}.json`),
    delays: parseDelays(conf.fake.delays),
    failures: parseFailures(conf.fake.failures),
    vifPlug: conf.fake.wait_for_vif_plug
      ? {
          timeout: conf.DEFAULT.vif_plugging_timeout,
          isFatal: conf.DEFAULT.vif_plugging_is_fatal,
        }
      : null,
  })
}

/** A host's name stands in a path: nothing of it may lead elsewhere. */
const fileName = (host: string): string => host.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '_')
