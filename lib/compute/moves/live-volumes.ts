import type { RequestContext } from '../../context/index.js'
import { BlockDeviceMappingList, type Instance } from '../../objects/index.js'
import type { MoveTools } from './parts.js'

/** Volume → attachment: what a server had before it began to move. */
export type OldAttachments = Readonly<Record<string, string>>

/** Volume → how its host reaches it, as `connection_info` says. */
export type OldConnections = ReadonlyMap<string, string | null>

/** How the host where a server is reaches its volumes. */
export const connectionsOf = async (
  context: RequestContext,
  instance: Instance,
): Promise<OldConnections> =>
  new Map(
    (await volumesOf(context, instance)).map(bdm => [
      bdm.volumeId ?? '',
      bdm.get('connectionInfo') ?? null,
    ]),
  )

/**
 * Connects the volumes to this host, too; those of the source stay what they are until it is over. What fails leaves them as they
 * were.
 */
export const attachVolumesHere = async (
  parts: MoveTools,
  context: RequestContext,
  instance: Instance,
): Promise<OldAttachments> => {
  const { services, volumes } = parts
  const old: Record<string, string> = {}
  const connections = await connectionsOf(context, instance)
  try {
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
  } catch (error) {
    await restoreAttachments(parts, context, instance, old, connections)
    throw error
  }
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
  connections: OldConnections,
): Promise<void> => {
  for (const bdm of await volumesOf(context, instance)) {
    const before = old[bdm.volumeId ?? '']
    const now = bdm.get('attachmentId')
    if (!before || now === before) continue
    bdm.attachmentId = before
    bdm.connectionInfo = connections.get(bdm.volumeId ?? '') ?? null
    await bdm.save()
    if (now) await volumes.attachmentDelete(context, now)
  }
}

const volumesOf = async (context: RequestContext, { uuid }: Instance) => {
  const { objects } = await BlockDeviceMappingList.getByInstanceUuid(context, uuid)
  return objects.filter(bdm => bdm.get('volumeId'))
}
