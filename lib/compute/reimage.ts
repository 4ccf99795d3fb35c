import type { RequestContext } from '../context/index.js'
import { BuildAbortException, type NovaException } from '../exception/index.js'
import type { BlockDeviceMapping, Instance } from '../objects/index.js'
import type { VirtApi } from '../virt/driver.js'
import type { ComputeServices } from './services.js'

const GIB = 1024 ** 3

/**
 * Has the volume service write an image over the root volume of a guest that is off, and waits until it says
 * that it has: `[DEFAULT] reimage_timeout_per_gb` seconds for each GiB of the image (contract: flows.md 7). No
 * host may have the volume; it stays reserved for the instance meanwhile.
 *
 * @throws BuildAbortException
 */
export const reimageRoot = async (
  { image, volumes, log, options }: ComputeServices,
  waiting: VirtApi,
  context: RequestContext,
  instance: Instance,
  root: BlockDeviceMapping,
  imageId: string,
): Promise<void> => {
  const volumeId = root.get('volumeId') ?? ''
  const { size } = await image.get(context, imageId)
  const seconds = options.reimageTimeoutPerGb * Math.ceil(size / GIB)
  const events = [{ name: 'volume-reimaged', tag: volumeId }]
  try {
    await waiting.waitForInstanceEvent(instance, events, seconds, () =>
      volumes.reimageVolume(context, volumeId, imageId),
    )
  } catch (error) {
    log.error({ err: error, instance: instance.uuid, volume: volumeId }, 'cannot reimage a volume')
    throw aborted(instance, error)
  }
}

const aborted = (instance: Instance, cause: unknown): NovaException => {
  const failure = new BuildAbortException({
    instance_uuid: instance.uuid,
    reason: 'Failed to rebuild volume backed instance.',
  })
  failure.cause = cause
  return failure
}
