import type { RequestContext } from '../../context/index.js'
import { InstanceNotFound, UnexpectedTaskStateError } from '../../exception/index.js'
import { Instance, Migration, MigrationList } from '../../objects/index.js'
import type { RpcMethods } from '../method-guards.js'
import type { ComputeServices } from '../services.js'
import { type MoveTools, setStatus, takeBackAllocations } from './parts.js'

/** Statuses of moves that somebody may still be at work on. */
export const openStatuses: readonly string[] = [
  'accepted',
  'queued',
  'preparing',
  'running',
  'pre-migrating',
  'migrating',
  'post-migrating',
  'finished',
  'confirming',
  'reverting',
]

/**
 * Steps of a move whose instance was deleted, or taken up by somebody else, before their message came:
 * they do nothing, and the move is over, with what was claimed for it.
 */
export const endingOvertaken = (parts: MoveTools, methods: RpcMethods): RpcMethods =>
  Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      async (context, args) => {
        try {
          return await method(context, args)
        } catch (error) {
          const { instance, migration } = args
          const isOvertaken =
            error instanceof InstanceNotFound || error instanceof UnexpectedTaskStateError
          if (isOvertaken && instance instanceof Instance && migration instanceof Migration) {
            await endMove(parts, instance, migration)
          }
          throw error
        }
      },
    ]),
  )

const endMove = async (
  parts: MoveTools,
  instance: Instance,
  migration: Migration,
): Promise<void> => {
  const context = instance.requireContext('move')
  const current = await Migration.getById(context, migration.id)
  if (!openStatuses.includes(current.status ?? '')) return
  await setStatus(current, 'error')
  await takeBackAllocations(parts, context, instance, current)
}

/** Of a server that is deleted: whatever move it was in is over, and holds no room any more. */
export const endMovesOfDeleted = async (
  { allocations }: ComputeServices,
  context: RequestContext,
  { uuid }: Instance,
): Promise<void> => {
  const { objects } = await MigrationList.getByFilters(context, {
    instance_uuid: uuid,
    status: [...openStatuses],
  })
  for (const migration of objects) {
    await setStatus(migration, 'error')
    await allocations.removeAllocations(context, migration.uuid)
  }
}
