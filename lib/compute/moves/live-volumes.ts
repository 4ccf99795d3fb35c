import type { RequestContext } from '../../context/index.js'
import { BlockDeviceMappingList, type Instance } from '../../objects/index.js'
import type { MoveTools } from './parts.js'

/** Volume → attachment: what a server had before it began to move. */
export type OldAttachments = Readonly<Record<string, string>>

/** Connects the volumes to this host, too; those of the source stay what they are until it is over. */
export const attachVolumesHere = async (
  { services, volumes }: MoveTools,
  context: RequestContext,
  instance: Instance,
): Promise<OldAttachments> => {
  const old: Record<string, string> = {}
  for (const bdm of await volumesOf(context, instance)) {
    const [volumeId, before] = [bdm.volumeId, bdm.get('attachmentId')]
    if (!volumeId || !before) continue
    old[volumeId] = before
    const { id } = await services.volumes.attachmentCreate(context, volumeId, instance.uuid)
    bdm.attachmentId = id
    bdm.connectionInfo = null
    await bdm.save()
  }
  if (Object.keys(old).length > 0) await volumes.connect(context, instance)
  return old
}

/** The server is here: the connections of its old host go. */
export const dropOldAttachments = async (
  { services: { volumes } }: MoveTools,
  context: RequestContext,
  old: OldAttachments,
): Promise<void> => {
  for (const id of Object.values(old)) await volumes.attachmentDelete(context, id)
}

/** The server stayed: what was connected for it elsewhere goes. */
export const restoreAttachments = async (
  { services: { volumes } }: MoveTools,
  context: RequestContext,
  instance: Instance,
  old: OldAttachments,
): Promise<void> => {
  for (const bdm of await volumesOf(context, instance)) {
    const before = old[bdm.volumeId ?? '']
    const now = bdm.get('attachmentId')
    if (!before || now === before) continue
    bdm.attachmentId = before
    await bdm.save()
    if (now) await volumes.attachmentDelete(context, now)
  }
}

const volumesOf = async (context: RequestContext, { uuid }: Instance) => {
  const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, uuid)
  return objects.filter(bdm => bdm.get('volumeId'))
}
