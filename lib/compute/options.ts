import type { NovaConf } from '../conf/index.js'

/** The options of nova.conf that nova-compute's work depends on; names in comments are theirs. */
export interface ComputeOptions {
  /** `[DEFAULT] max_concurrent_builds`; 0: no limit */
  readonly maxConcurrentBuilds: number
  /** `[DEFAULT] max_concurrent_live_migrations`; 0: no limit */
  readonly maxConcurrentLiveMigrations: number
  /** `[DEFAULT] max_concurrent_snapshots`; 0: no limit */
  readonly maxConcurrentSnapshots: number
  /** `[DEFAULT] password_length` */
  readonly passwordLength: number
  /** `[DEFAULT] shutdown_timeout`, seconds a guest may take to go down by itself */
  readonly shutdownTimeout: number
  /** seconds until it is asked again; nova's constant */
  readonly shutdownRetryInterval: number
  /** `[DEFAULT] reserved_host_cpus` */
  readonly reservedHostCpus: number
  /** `[DEFAULT] reserved_host_memory_mb` */
  readonly reservedHostMemoryMb: number
  /** `[DEFAULT] reserved_host_disk_mb` */
  readonly reservedHostDiskMb: number
  /** `[DEFAULT] cpu_allocation_ratio`, or `initial_cpu_allocation_ratio` */
  readonly cpuAllocationRatio: number
  readonly ramAllocationRatio: number
  readonly diskAllocationRatio: number
  /** Which of them nova.conf sets for good; the others may be changed at Placement. */
  readonly fixedRatios: { readonly cpu: boolean; readonly ram: boolean; readonly disk: boolean }
  /** `[DEFAULT] my_ip` */
  readonly myIp: string
  /** `[DEFAULT] my_shared_fs_storage_ip` */
  readonly mySharedFsStorageIp: string
  /** `[manila] share_apply_policy_timeout`, seconds until access to a share must hold */
  readonly shareApplyPolicyTimeout: number
  /** `[DEFAULT] resume_guests_state_on_host_boot` */
  readonly resumeGuestsStateOnHostBoot: boolean
  /** `[DEFAULT] update_resources_interval`, seconds; 0: every 60 */
  readonly updateResourcesInterval: number
  /** `[DEFAULT] sync_power_state_interval`, seconds; negative: never */
  readonly syncPowerStateInterval: number
  /** `[DEFAULT] scheduler_instance_sync_interval`, seconds; negative: never */
  readonly schedulerInstanceSyncInterval: number
  /** `[DEFAULT] reclaim_instance_interval`, seconds that a deleted instance can be restored; 0: not at all */
  readonly reclaimInstanceInterval: number
  /** `[DEFAULT] rescue_timeout`, seconds until a rescue ends by itself; 0: never */
  readonly rescueTimeout: number
  /** `[DEFAULT] resize_confirm_window`, seconds until a resize confirms itself; 0: never */
  readonly resizeConfirmWindow: number
  /** `[DEFAULT] instance_build_timeout`, seconds until a build is given up; 0: never */
  readonly instanceBuildTimeout: number
  /** Seconds after which nobody works on what has no task running here: `[DEFAULT] rpc_response_timeout`, twice */
  readonly abandonedAfter: number
  /** The same of moves, which have calls that may take long: `[DEFAULT] long_rpc_timeout` besides */
  readonly moveAbandonedAfter: number
  /** `[DEFAULT] reboot_timeout`, seconds until a reboot is looked after; 0: never */
  readonly rebootTimeout: number
  /** `[DEFAULT] running_deleted_instance_action`, what is done with guests of deleted instances */
  readonly runningDeletedInstanceAction: string
  /** `[DEFAULT] running_deleted_instance_poll_interval`, seconds; 0: never */
  readonly runningDeletedInstancePollInterval: number
  /** `[DEFAULT] running_deleted_instance_timeout`, seconds after its deletion that an instance counts as left behind */
  readonly runningDeletedInstanceTimeout: number
  /** `[DEFAULT] shelved_offload_time`, seconds until a shelved instance leaves its host; 0: at once, -1: never */
  readonly shelvedOffloadTime: number
  /** `[DEFAULT] shelved_poll_interval`, seconds */
  readonly shelvedPollInterval: number
  /** `[DEFAULT] non_inheritable_image_properties`, properties of an image that its snapshots do not take over */
  readonly nonInheritableImageProperties: readonly string[]
  /** `[DEFAULT] instance_delete_interval`, seconds; negative: never */
  readonly instanceDeleteInterval: number
  /** `[filter_scheduler] track_instance_changes` */
  readonly trackInstanceChanges: boolean
  /** `[neutron]`/`[DEFAULT] network_allocate_retries` */
  readonly networkAllocateRetries: number
  readonly consoles: ConsoleOptions
  /** `[DEFAULT] block_device_allocate_retries`, and the seconds between them */
  readonly blockDeviceAllocation: { readonly retries: number; readonly interval: number }
  /** `[cinder] cross_az_attach` */
  readonly crossAzAttach: boolean
  /** `[DEFAULT] instance_usage_audit` */
  readonly instanceUsageAudit: boolean
  /** `[DEFAULT] instance_usage_audit_period`, as `month` or `day@6` */
  readonly instanceUsageAuditPeriod: string
  /** `[DEFAULT] heal_instance_info_cache_interval`, seconds; not above 0: never */
  readonly healInstanceInfoCacheInterval: number
  /** `[DEFAULT] volume_usage_poll_interval`, seconds; 0: never */
  readonly volumeUsagePollInterval: number
  /** `[image_cache] manager_interval`, seconds; negative: never */
  readonly imageCacheInterval: number
  /** `[DEFAULT] maximum_instance_delete_attempts` */
  readonly maximumInstanceDeleteAttempts: number
  /** `[DEFAULT] reimage_timeout_per_gb`, seconds */
  readonly reimageTimeoutPerGb: number
}

/** What consoles this host offers; null: not this one. URLs are what clients are sent to. */
export interface ConsoleOptions {
  /** `[consoleauth] token_ttl`, seconds */
  readonly tokenTtl: number
  readonly vnc: { readonly baseUrl: string } | null
  readonly spice: { readonly baseUrl: string; readonly directBaseUrl: string } | null
  readonly serial: { readonly baseUrl: string } | null
  readonly mks: { readonly baseUrl: string } | null
}

/** nova's defaults at Zed. */
export const defaultComputeOptions: ComputeOptions = {
  maxConcurrentBuilds: 10,
  maxConcurrentLiveMigrations: 1,
  maxConcurrentSnapshots: 5,
  passwordLength: 12,
  shutdownTimeout: 60,
  shutdownRetryInterval: 10,
  reservedHostCpus: 0,
  reservedHostMemoryMb: 512,
  reservedHostDiskMb: 0,
  cpuAllocationRatio: 16,
  ramAllocationRatio: 1.5,
  diskAllocationRatio: 1,
  fixedRatios: { cpu: false, ram: false, disk: false },
  myIp: '127.0.0.1',
  mySharedFsStorageIp: '127.0.0.1',
  shareApplyPolicyTimeout: 10,
  resumeGuestsStateOnHostBoot: false,
  updateResourcesInterval: 0,
  syncPowerStateInterval: 600,
  schedulerInstanceSyncInterval: 120,
  reclaimInstanceInterval: 0,
  rescueTimeout: 0,
  resizeConfirmWindow: 0,
  instanceBuildTimeout: 0,
  abandonedAfter: 120,
  moveAbandonedAfter: 1920,
  rebootTimeout: 0,
  runningDeletedInstanceAction: 'reap',
  runningDeletedInstancePollInterval: 1800,
  runningDeletedInstanceTimeout: 0,
  shelvedOffloadTime: 0,
  shelvedPollInterval: 3600,
  nonInheritableImageProperties: ['cache_in_nova', 'bittorrent'],
  instanceDeleteInterval: 300,
  trackInstanceChanges: true,
  networkAllocateRetries: 0,
  consoles: {
    tokenTtl: 600,
    vnc: { baseUrl: 'http://127.0.0.1:6080/vnc_auto.html' },
    spice: null,
    serial: null,
    mks: null,
  },
  blockDeviceAllocation: { retries: 60, interval: 3 },
  crossAzAttach: true,
  reimageTimeoutPerGb: 20,
  instanceUsageAudit: false,
  instanceUsageAuditPeriod: 'month',
  healInstanceInfoCacheInterval: -1,
  volumeUsagePollInterval: 0,
  imageCacheInterval: 2400,
  maximumInstanceDeleteAttempts: 5,
}

/** What nova.conf says of them. */
export const computeOptionsOf = ({
  DEFAULT: conf,
  filter_scheduler: filterScheduler,
  ...groups
}: Pick<
  NovaConf,
  'DEFAULT' | 'filter_scheduler' | 'cinder' | 'manila' | 'image_cache' | ConsoleGroup
>): ComputeOptions => ({
  maxConcurrentBuilds: conf.max_concurrent_builds,
  maxConcurrentLiveMigrations: conf.max_concurrent_live_migrations,
  maxConcurrentSnapshots: conf.max_concurrent_snapshots,
  passwordLength: conf.password_length,
  shutdownTimeout: conf.shutdown_timeout,
  shutdownRetryInterval: defaultComputeOptions.shutdownRetryInterval,
  reservedHostCpus: conf.reserved_host_cpus,
  reservedHostMemoryMb: conf.reserved_host_memory_mb,
  reservedHostDiskMb: conf.reserved_host_disk_mb,
  cpuAllocationRatio: conf.cpu_allocation_ratio || conf.initial_cpu_allocation_ratio,
  ramAllocationRatio: conf.ram_allocation_ratio || conf.initial_ram_allocation_ratio,
  diskAllocationRatio: conf.disk_allocation_ratio || conf.initial_disk_allocation_ratio,
  fixedRatios: {
    cpu: Boolean(conf.cpu_allocation_ratio),
    ram: Boolean(conf.ram_allocation_ratio),
    disk: Boolean(conf.disk_allocation_ratio),
  },
  myIp: conf.my_ip,
  mySharedFsStorageIp: conf.my_shared_fs_storage_ip,
  shareApplyPolicyTimeout: groups.manila.share_apply_policy_timeout,
  resumeGuestsStateOnHostBoot: conf.resume_guests_state_on_host_boot,
  updateResourcesInterval: conf.update_resources_interval,
  syncPowerStateInterval: conf.sync_power_state_interval,
  schedulerInstanceSyncInterval: conf.scheduler_instance_sync_interval,
  reclaimInstanceInterval: conf.reclaim_instance_interval,
  rescueTimeout: conf.rescue_timeout,
  resizeConfirmWindow: conf.resize_confirm_window,
  instanceBuildTimeout: conf.instance_build_timeout,
  // A message that was sent reaches us, and an answer we wait for comes, in that time or never.
  abandonedAfter: 2 * conf.rpc_response_timeout,
  moveAbandonedAfter: 2 * conf.rpc_response_timeout + conf.long_rpc_timeout,
  rebootTimeout: conf.reboot_timeout,
  runningDeletedInstanceAction: conf.running_deleted_instance_action,
  runningDeletedInstancePollInterval: conf.running_deleted_instance_poll_interval,
  runningDeletedInstanceTimeout: conf.running_deleted_instance_timeout,
  shelvedOffloadTime: conf.shelved_offload_time,
  shelvedPollInterval: conf.shelved_poll_interval,
  nonInheritableImageProperties: conf.non_inheritable_image_properties,
  instanceDeleteInterval: conf.instance_delete_interval,
  trackInstanceChanges: filterScheduler.track_instance_changes,
  networkAllocateRetries: conf.network_allocate_retries,
  consoles: consoleOptionsOf(groups),
  blockDeviceAllocation: {
    retries: conf.block_device_allocate_retries,
    interval: conf.block_device_allocate_retries_interval,
  },
  crossAzAttach: groups.cinder.cross_az_attach,
  reimageTimeoutPerGb: conf.reimage_timeout_per_gb,
  instanceUsageAudit: conf.instance_usage_audit,
  instanceUsageAuditPeriod: conf.instance_usage_audit_period,
  healInstanceInfoCacheInterval: conf.heal_instance_info_cache_interval,
  volumeUsagePollInterval: conf.volume_usage_poll_interval,
  imageCacheInterval: groups.image_cache.manager_interval,
  maximumInstanceDeleteAttempts: conf.maximum_instance_delete_attempts,
})

type ConsoleGroup = 'consoleauth' | 'vnc' | 'spice' | 'serial_console' | 'mks'

const consoleOptionsOf = ({
  consoleauth,
  vnc,
  spice,
  serial_console: serial,
  mks,
}: Pick<NovaConf, ConsoleGroup>): ConsoleOptions => ({
  tokenTtl: consoleauth.token_ttl,
  vnc: vnc.enabled ? { baseUrl: vnc.novncproxy_base_url } : null,
  spice: spice.enabled
    ? { baseUrl: spice.html5proxy_base_url, directBaseUrl: spice.spice_direct_proxy_base_url }
    : null,
  serial: serial.enabled ? { baseUrl: serial.base_url } : null,
  mks: mks.enabled ? { baseUrl: mks.mksproxy_base_url } : null,
})
