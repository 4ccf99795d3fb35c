import type { ProviderMirror } from '../lib/compute/provider-mirror.js'
import type { RequestContext } from '../lib/context/index.js'
import { HostMappingNotFound } from '../lib/exception/index.js'
import {
  AggregateList,
  HostMapping,
  InstanceList,
  MigrationList,
  type Service,
} from '../lib/objects/index.js'
import { errors } from '../lib/wsgi/index.js'

/**
 * A host whose servers were evacuated has to clear away what it has of them first, as it does at its
 * start: else they would run twice.
 *
 * @throws Fault 400 while it has not
 */
export const checkForcedUp = async (service: Service): Promise<void> => {
  const { host } = service
  if (!host || service.forcedDown || !service.changedFields().has('forced_down')) return
  const { objects } = await MigrationList.getByFilters(service.requireContext('update'), {
    source_compute: host,
    status: 'done',
    migration_type: 'evacuation',
  })
  if (objects.length === 0) return
  throw errors.badRequest(
    `Unable to force up host ${host} as \`done\` evacuation migration records remain associated ` +
      'with the host. Ensure the compute service has been restarted, allowing these records to move ' +
      'to `completed` before retrying this request.',
  )
}

/** Saves a service, and has its host tell who chooses hosts whether it takes servers. */
export const saveService = async (service: Service, providers: ProviderMirror): Promise<void> => {
  const isSwitched = service.changedFields().has('disabled')
  await service.save()
  if (isSwitched && service.binary === 'nova-compute') await providers.statusChanged(service)
}

/**
 * A nova-compute goes with its host's place in cells and aggregates.
 *
 * @throws Fault 409 while it has servers
 */
export const removeService = async (
  context: RequestContext,
  service: Service,
  providers: ProviderMirror,
): Promise<void> => {
  const { host } = service
  if (service.binary === 'nova-compute' && host !== null) {
    const cell = service.requireContext('destroy')
    const { length } = await InstanceList.getUuidsByHost(cell, host)
    if (length > 0) {
      throw errors.conflict(
        'Unable to delete compute service that is hosting instances. Migrate or delete the instances first.',
      )
    }
    for (const aggregate of (await AggregateList.getByHost(context.elevated(), host)).objects) {
      await aggregate.deleteHost(host)
    }
    await providers.serviceRemoved(service)
    await service.destroy()
    const mapping = await mappingOf(context, host)
    await mapping?.destroy()
    return
  }
  await service.destroy()
}

const mappingOf = async (context: RequestContext, host: string): Promise<HostMapping | null> => {
  try {
    return await HostMapping.getByHost(context.elevated(), host)
  } catch (error) {
    if (error instanceof HostMappingNotFound) return null
    throw error
  }
}
