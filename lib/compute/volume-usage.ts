import { NotImplementedError } from '../exception/index.js'
import { notify } from '../notifications/index.js'
import { BlockDeviceMappingList, InstanceList, VolumeUsage } from '../objects/index.js'
import type { CountedVolume } from '../virt/driver.js'
import { isVolume } from './block-devices.js'
import type { ComputeServices } from './services.js'

/** Writes down how much the guests of this host use their volumes, and tells of it (`volume.usage`). */
export const pollVolumeUsage = async ({
  adminContext: context,
  driver,
  host,
}: ComputeServices): Promise<void> => {
  const volumes: CountedVolume[] = []
  const { objects } = await InstanceList.getByHost(context, host, {
    expectedAttrs: [],
    useSlave: true,
  })
  const byUuid = new Map(objects.map(instance => [instance.uuid, instance]))
  for (const instance of objects) {
    const bdms = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
    for (const bdm of bdms) {
      const volumeId = bdm.get('volumeId')
      if (isVolume(bdm) && volumeId) {
        volumes.push({ volumeId, instance, device: bdm.get('deviceName') ?? '' })
      }
    }
  }
  if (volumes.length === 0) return
  let found: Awaited<ReturnType<typeof driver.getAllVolumeUsage>>
  try {
    found = await driver.getAllVolumeUsage(context, volumes)
  } catch (error) {
    if (error instanceof NotImplementedError) return
    throw error
  }
  for (const { volumeId, instanceUuid, reads, readBytes, writes, writeBytes } of found) {
    const instance = byUuid.get(instanceUuid)
    if (!instance) continue
    const usage = new VolumeUsage(context, {
      volumeId,
      instanceUuid,
      projectId: instance.projectId,
      userId: instance.userId,
      availabilityZone: instance.availabilityZone,
      currReads: reads,
      currReadBytes: readBytes,
      currWrites: writes,
      currWriteBytes: writeBytes,
    })
    await usage.save()
    await notify(context, 'volume.usage', { usage })
  }
}
