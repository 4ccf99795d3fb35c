import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../context/index.js'
import { InstanceNotFound } from '../../exception/index.js'
import { Instance, type Migration, MigrationList } from '../../objects/index.js'
import { confirmResize } from '../actions/end-resize.js'
import type { ComputeServices } from '../services.js'
import { TaskState, VmState } from '../states.js'
import { setStatus } from './parts.js'

/** Confirms resizes whose owners said nothing for `resize_confirm_window` seconds. */
export const confirmOldResizes = async (services: ComputeServices): Promise<void> => {
  const { adminContext, host, options, log } = services
  const found = await MigrationList.getUnconfirmedByDestCompute(
    adminContext,
    options.resizeConfirmWindow,
    host,
    { useSlave: true },
  )
  for (const migration of found) {
    try {
      // A request of its own, so that what is recorded stands by itself.
      const context = adminContext.with({ requestId: `req-${randomUUID()}` })
      await confirmOld(services, context, migration.bind(context))
    } catch (error) {
      log.error({ err: error, migration: migration.uuid }, 'cannot confirm an old resize')
    }
  }
}

const confirmOld = async (
  { compute, log }: ComputeServices,
  context: RequestContext,
  migration: Migration,
): Promise<void> => {
  const instance = await find(context, migration.instanceUuid ?? '')
  const task = instance?.taskState
  if (task === TaskState.deleting || task === TaskState.softDeleting) return
  if (!instance || instance.vmState !== VmState.resized || task !== null) {
    log.warn({ migration: migration.uuid }, 'the server of a resize is resized no more: to error')
    return setStatus(migration, 'error')
  }
  await confirmResize(compute, instance, migration)
}

const find = async (context: RequestContext, uuid: string): Promise<Instance | null> => {
  try {
    return await Instance.getByUuid(context, uuid, {
      expectedAttrs: ['metadata', 'system_metadata', 'flavor', 'info_cache'],
    })
  } catch (error) {
    if (error instanceof InstanceNotFound) return null
    throw error
  }
}
