import { BlockDeviceMappingList, type Instance } from '../../objects/index.js'
import { checkAction } from '../checks.js'
import { refuseShares } from '../server-shares.js'
import { TaskState, VmState } from '../states.js'
import { isVolumeBacked } from '../volume-backed.js'
import { type BegunAction, beginAction } from './begin-action.js'
import type { SnapshotParts } from './snapshot.js'
import { createSnapshotImage } from './snapshot-image.js'

const shelveRule: BegunAction = {
  name: 'shelve',
  vmStates: [VmState.active, VmState.stopped, VmState.paused, VmState.suspended],
  sets: TaskState.shelving,
  recordedAs: 'shelve',
}

const offloadRule: BegunAction = {
  name: 'shelveOffload',
  vmStates: [VmState.shelved],
  sets: TaskState.shelvingOffloading,
  recordedAs: 'shelveOffload',
}

/** Puts a server away as an image; one whose root is a volume needs none and leaves its host at once. */
export const shelve = async (parts: SnapshotParts, instance: Instance): Promise<void> => {
  const { conf, images, compute } = parts
  const context = instance.requireContext('shelve')
  checkAction(context, instance, shelveRule)
  await refuseShares(context, instance.uuid)
  const bdms = await BlockDeviceMappingList.getByInstanceUuid(context, instance.uuid)
  if (isVolumeBacked(bdms.objects)) {
    await beginAction(instance, shelveRule)
    return compute.shelveOffloadInstance(context, instance, { cleanShutdown: true })
  }
  const image = await createSnapshotImage(context, images, instance, {
    name: `${instance.displayName}-shelved`,
    type: 'snapshot',
    nonInheritable: conf.DEFAULT.non_inheritable_image_properties,
  })
  try {
    await beginAction(instance, shelveRule)
  } catch (error) {
    await images.delete(context, image.id)
    throw error
  }
  await compute.shelveInstance(context, instance, image.id)
}

/** Takes a shelved server off its host, which has the room again. */
export const shelveOffload = async (
  { compute }: Pick<SnapshotParts, 'compute'>,
  instance: Instance,
): Promise<void> => {
  const context = await beginAction(instance, offloadRule)
  await compute.shelveOffloadInstance(context, instance, { cleanShutdown: true })
}
