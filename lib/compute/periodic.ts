import { ConsoleAuthToken, InstanceList } from '../objects/index.js'
import type { InfoCacheHealer } from './heal-info-cache.js'
import { cleanIncompleteMigrations, runPendingDeletes } from './left-behind.js'
import { confirmOldResizes } from './moves/confirm-old.js'
import { type PowerSyncOptions, syncPowerStates } from './power-sync.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { ComputeServices } from './services.js'
import type { InstanceUpkeep } from './upkeep.js'
import { auditUsage } from './usage-audit.js'
import { pollVolumeUsage } from './volume-usage.js'

/** A task that the service runs again and again; `spacing` in seconds, 0: each 60, below 0: never. */
export interface ComputePeriodicTask {
  readonly name: string
  readonly spacing: number
  readonly runImmediately?: boolean
  readonly run: () => Promise<void>
}

export interface PeriodicParts {
  readonly services: ComputeServices
  readonly tracker: ResourceTracker
  readonly upkeep: InstanceUpkeep
  readonly healer: InfoCacheHealer
  readonly powerSync: PowerSyncOptions
}

/** What a host does again and again, by nova's names of it. */
export const computePeriodicTasks = ({
  services,
  tracker,
  upkeep,
  healer,
  powerSync,
}: PeriodicParts): readonly ComputePeriodicTask[] => {
  const { adminContext, options } = services
  return [
    {
      name: 'update_available_resource',
      spacing: options.updateResourcesInterval,
      run: () => tracker.updateAvailableResource(adminContext),
    },
    {
      name: '_sync_power_states',
      spacing: options.syncPowerStateInterval,
      runImmediately: true,
      run: () => syncPowerStates(adminContext, powerSync),
    },
    {
      name: '_sync_scheduler_instance_info',
      spacing: options.trackInstanceChanges ? options.schedulerInstanceSyncInterval : -1,
      run: () => syncScheduler(services),
    },
    {
      name: '_cleanup_expired_console_auth_tokens',
      spacing: options.instanceDeleteInterval,
      run: () => ConsoleAuthToken.cleanExpiredConsoleAuths(adminContext),
    },
    {
      name: '_cleanup_running_deleted_instances',
      spacing: options.runningDeletedInstancePollInterval || -1,
      runImmediately: true,
      run: () => upkeep.cleanRunningDeleted(),
    },
    {
      name: '_reclaim_queued_deletes',
      spacing: eachTick(options.reclaimInstanceInterval),
      run: () => upkeep.reclaimDeleted(),
    },
    {
      name: '_poll_shelved_instances',
      spacing: options.shelvedOffloadTime > 0 ? options.shelvedPollInterval : -1,
      run: () => upkeep.offloadShelved(),
    },
    {
      name: '_poll_rescued_instances',
      spacing: eachTick(options.rescueTimeout),
      run: () => upkeep.endLongRescues(),
    },
    {
      name: '_poll_unconfirmed_resizes',
      spacing: eachTick(options.resizeConfirmWindow),
      run: () => confirmOldResizes(services),
    },
    {
      name: '_check_instance_build_time',
      spacing: eachTick(options.instanceBuildTimeout),
      run: () => upkeep.failLongBuilds(),
    },
    {
      name: 'finish_abandoned',
      spacing: Math.min(60, options.abandonedAfter),
      run: () => upkeep.finishAbandoned(),
    },
    {
      name: '_instance_usage_audit',
      spacing: options.instanceUsageAudit ? 0 : -1,
      run: () => auditUsage(services),
    },
    {
      name: '_heal_instance_info_cache',
      spacing: options.healInstanceInfoCacheInterval || -1,
      run: () => healer.healNext(),
    },
    {
      name: '_poll_volume_usage',
      spacing: options.volumeUsagePollInterval || -1,
      run: () => pollVolumeUsage(services),
    },
    {
      name: '_run_pending_deletes',
      spacing: options.instanceDeleteInterval,
      run: () => runPendingDeletes(services),
    },
    {
      name: '_cleanup_incomplete_migrations',
      spacing: options.instanceDeleteInterval,
      run: () => cleanIncompleteMigrations(services),
    },
    {
      name: '_run_image_cache_manager_pass',
      spacing: options.imageCacheInterval,
      run: () => manageImageCache(services),
    },
    {
      name: '_poll_rebooting_instances',
      spacing: eachTick(options.rebootTimeout),
      run: () => upkeep.pollReboots(),
    },
  ]
}

/** A task that runs at each tick when its option is set, and not at all when that is 0. */
const eachTick = (option: number): number => (option > 0 ? 0 : -1)

/** The images that this host's instances are made of stay; what else is kept here may go. */
const manageImageCache = async ({ adminContext, driver, host }: ComputeServices): Promise<void> => {
  const { objects } = await InstanceList.getByHost(adminContext, host, {
    expectedAttrs: [],
    useSlave: true,
  })
  const images = objects.flatMap(({ imageRef }) => imageRef || [])
  await driver.manageImageCache(adminContext, new Set(images))
}

const syncScheduler = async ({ adminContext, host, scheduler }: ComputeServices): Promise<void> => {
  const uuids = await InstanceList.getUuidsByHost(adminContext, host)
  await scheduler.syncInstanceInfo(adminContext, host, uuids)
}
