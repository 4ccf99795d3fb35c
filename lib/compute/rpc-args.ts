/** `build_and_run_instance`, as the manager takes it. */
export interface BuildAndRunInstanceArgs {
  readonly instance: object
  /** Glance's image as a v1-style dict; `{}` for a boot from a volume without image properties. */
  readonly image: Readonly<Record<string, unknown>>
  readonly request_spec: object
  readonly filter_properties: FilterProperties
  readonly accel_uuids: readonly string[]
  readonly admin_password?: string | null | undefined
  /** `[path, base64 content]` */
  readonly injected_files?: readonly (readonly [string, string])[] | null | undefined
  readonly requested_networks?: object | null | undefined
  readonly security_groups?: readonly string[] | null | undefined
  readonly block_device_mapping?: object | null | undefined
  readonly node?: string | null | undefined
  readonly limits?: SchedulerLimitsDict | null | undefined
  /** Selections to try next, best first; null: nobody chose alternates. */
  readonly host_list?: readonly object[] | null | undefined
}

/** `rebuild_instance`, as the manager takes it: a rebuild in place, or (`recreate`) an evacuation. */
export interface RebuildInstanceArgs {
  readonly instance: object
  /** '' for a boot from a volume */
  readonly orig_image_ref: string | null
  readonly image_ref: string | null
  /** `[path, base64 content]` */
  readonly injected_files: readonly (readonly [string, string])[] | null
  readonly new_pass: string | null
  readonly orig_sys_metadata: Readonly<Record<string, string | null>> | null
  /** BlockDeviceMappingList; null in an evacuation */
  readonly bdms: object | null
  readonly recreate: boolean
  readonly on_shared_storage: boolean | null
  readonly preserve_ephemeral: boolean
  readonly migration: object | null
  readonly scheduled_node: string | null
  readonly limits: SchedulerLimitsDict | null
  readonly request_spec: object | null
  readonly accel_uuids: readonly string[]
  readonly reimage_boot_volume: boolean
  /** `stopped`: how an evacuated server ends (2.95); absent: as it was */
  readonly target_state?: string | null | undefined
}

/** What a resize or a cold migration carries from host to host. */
export interface MoveArgs {
  readonly instance: object
  /** Migration */
  readonly migration: object
  /** RequestSpec */
  readonly request_spec: object | null
}

/** `prep_resize`, as the manager takes it. */
export interface PrepResizeArgs extends MoveArgs {
  /** Glance's image as a v1-style dict; `{}` for a server without one. */
  readonly image: Readonly<Record<string, unknown>>
  /** Flavor: what it will be */
  readonly flavor: object
  readonly filter_properties: FilterProperties
  readonly node: string | null
  readonly clean_shutdown: boolean
  /** Selections to try next; null: nobody chose alternates. */
  readonly host_list: readonly object[] | null
}

/** `resize_instance`, as the manager takes it. */
export interface ResizeInstanceArgs extends MoveArgs {
  readonly image: Readonly<Record<string, unknown>>
  readonly flavor: object
  readonly clean_shutdown: boolean
}

/** `finish_resize`, as the manager takes it. */
export interface FinishResizeArgs extends MoveArgs {
  readonly image: Readonly<Record<string, unknown>>
  /** What the source's driver tells the destination's. */
  readonly disk_info: string | null
}

/** `unshelve_instance`, as the manager takes it. */
export interface UnshelveInstanceArgs {
  readonly instance: object
  readonly request_spec: object
  /** Glance's image as a v1-style dict; null for a boot from a volume */
  readonly image: Readonly<Record<string, unknown>> | null
  readonly filter_properties: FilterProperties
  readonly node: string | null
  readonly accel_uuids: readonly string[]
}

/** `check_can_live_migrate_destination`, as the manager takes it. */
export interface CheckLiveMigrationArgs {
  readonly instance: object
  readonly block_migration: boolean | null
  readonly disk_over_commit: boolean | null
  /** Migration */
  readonly migration: object
  /** SchedulerLimits */
  readonly limits: object | null
}

/** `live_migration`, as the manager takes it. */
export interface LiveMigrationArgs {
  readonly instance: object
  readonly dest: string
  readonly block_migration: boolean | null
  readonly migration: object
  readonly migrate_data: object
}

/** `pre_live_migration`, as the manager takes it. */
export interface PreLiveMigrationArgs {
  readonly instance: object
  readonly disk: string | null
  readonly migrate_data: object
}

/** `rollback_live_migration_at_destination`, as the manager takes it. */
export interface RollbackLiveMigrationArgs {
  readonly instance: object
  readonly destroy_disks: boolean
  readonly migrate_data: object
}

/** `SchedulerLimits.to_dict()`: only what is limited. */
export interface SchedulerLimitsDict {
  readonly vcpu?: number
  readonly memory_mb?: number
  readonly disk_gb?: number
  readonly numa_topology?: unknown
}

/** The legacy dict that still tells a build how it was scheduled. */
export interface FilterProperties {
  readonly limits?: SchedulerLimitsDict
  readonly retry?: RetryDict
  readonly [key: string]: unknown
}

export interface RetryDict {
  readonly num_attempts: number
  /** `[host, node]` of each attempt. */
  readonly hosts: readonly (readonly [string, string])[]
  /** Lines of the traceback of the attempt that failed. */
  readonly exc?: readonly string[]
  readonly exc_reason?: string
}

export type RebootType = 'SOFT' | 'HARD'
