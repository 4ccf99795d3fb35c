import { MigrationNotFound } from '../exception/index.js'
import { InstanceList, MigrationList } from '../objects/index.js'
import type { ComputeServices } from './services.js'

/**
 * Tries again to take away the files of instances that are deleted, `maximum_instance_delete_attempts` times; how
 * often stands in their system metadata.
 */
export const runPendingDeletes = async ({
  adminContext,
  driver,
  host,
  log,
  options,
}: ComputeServices): Promise<void> => {
  const context = adminContext.with({ readDeleted: 'yes' })
  const filters = { deleted: true, soft_deleted: false, host, cleaned: false }
  const found = await InstanceList.getByFilters(context, filters, {
    expectedAttrs: ['system_metadata'],
    useSlave: true,
  })
  for (const instance of found) {
    const attempts = Number(instance.systemMetadata.clean_attempts ?? 0)
    if (attempts >= options.maximumInstanceDeleteAttempts) continue
    try {
      const isClean = await driver.deleteInstanceFiles(instance)
      instance.systemMetadata = {
        ...instance.systemMetadata,
        clean_attempts: String(attempts + 1),
      }
      if (isClean) instance.cleaned = true
      await instance.save()
    } catch (error) {
      log.warn({ err: error, instance: instance.uuid }, 'cannot clean up a deleted instance')
    }
  }
}

/** What moves that failed have left here of instances that are deleted by now; these migrations are over then. */
export const cleanIncompleteMigrations = async ({
  adminContext,
  driver,
  host,
  log,
}: ComputeServices): Promise<void> => {
  const migrations = await MigrationList.getByFilters(adminContext, { host, status: 'error' })
  if (migrations.length === 0) return
  const context = adminContext.with({ readDeleted: 'yes' })
  const uuid = [...new Set(migrations.objects.flatMap(one => one.get('instanceUuid') ?? []))]
  const filters = { deleted: true, soft_deleted: false, uuid }
  const gone = await InstanceList.getByFilters(context, filters, {
    expectedAttrs: ['info_cache', 'system_metadata'],
    useSlave: true,
  })
  for (const instance of gone) {
    // What is deleted where it was last is cleaned up there as any other.
    if (instance.host === host) continue
    for (const migration of migrations) {
      if (migration.get('instanceUuid') !== instance.uuid) continue
      try {
        await driver.deleteInstanceFiles(instance)
        migration.status = 'failed'
        await migration.save()
      } catch (error) {
        if (error instanceof MigrationNotFound) continue
        log.warn({ err: error, instance: instance.uuid }, 'cannot clean up after a failed move')
      }
    }
  }
}
