import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestContext } from '../context/index.js'
import type { Instance } from '../objects/index.js'
import type { ComputeServices } from './services.js'

/** What an image tells of a server's disks, with the snapshots that are made of its volumes. */
export type SnapshotMapping = readonly Readonly<Record<string, unknown>>[]

/** Seconds between two looks at a snapshot; nova's. */
const INTERVAL = 0.5

/**
 * Lets a guest go on that was held still. With the snapshots for which it was, once these are made; but not
 * longer than volumes are waited for at a boot.
 */
export const unquiesce = async (
  services: ComputeServices,
  context: RequestContext,
  instance: Instance,
  mapping: SnapshotMapping,
): Promise<void> => {
  const { driver, log } = services
  try {
    for (const { source_type: source, snapshot_id: id } of mapping) {
      if (source === 'snapshot') await made(services, context, String(id))
    }
  } catch (error) {
    log.warn({ err: error, instance: instance.uuid }, 'cannot see whether snapshots are made')
  }
  await driver.unquiesce(context, instance)
}

const made = async (
  { volumes, options }: ComputeServices,
  context: RequestContext,
  id: string,
): Promise<void> => {
  const { retries, interval } = options.blockDeviceAllocation
  const deadline = performance.now() + retries * interval * 1000
  while ((await volumes.getSnapshot(context, id)).status === 'creating') {
    if (performance.now() > deadline) throw new Error(`snapshot ${id} is still being made`)
    await sleep(INTERVAL * 1000)
  }
}
