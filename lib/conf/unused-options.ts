const names = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Options of nova that are declared, and checked, and used by nothing. Written by `npm run unused-options`. */
export const unusedOptions: Readonly<Record<string, readonly string[]>> = {
  DEFAULT: names(
    `
    my_block_storage_ip tempdir servicegroup_driver enabled_apis enabled_ssl_apis
    metadata_listen metadata_listen_port metadata_workers fatal_exception_format_errors ssl_only
    logging_debug_format_suffix instance_format watch_log_file log_config_append use_syslog
    use_journal publish_errors force_config_drive config_drive_format mkisofs_cmd flat_injected
    injected_network_template enable_new_services sync_power_state_pool_size
    sync_power_state_unexpected_call_stop bandwidth_poll_interval arq_binding_timeout
    default_ephemeral_format use_cow_images force_raw_images preallocate_images timeout_nbd
    pointer_model vcpu_pin_set reserved_huge_pages compute_monitors console_host
    volume_scheduler_driver default_scheduler_driver`,
  ),
  api: names(
    `
    response_validation instance_list_per_project_cells instance_list_cells_batch_strategy
    instance_list_cells_batch_fixed_size use_neutron_default_nets neutron_default_project_id
    use_forwarded_for dhcp_domain metadata_cache_expiration local_metadata_per_cell
    vendordata_providers vendordata_jsonfile_path vendordata_dynamic_targets
    vendordata_dynamic_connect_timeout vendordata_dynamic_read_timeout
    vendordata_dynamic_failure_fatal config_drive_skip_versions`,
  ),
  api_database: names(
    `
    connection_parameters slave_connection min_pool_size connection_recycle_time db_max_retries
    mysql_sql_mode mysql_wsrep_sync_wait sqlite_synchronous connection_debug connection_trace
    use_db_reconnect db_retry_interval db_inc_retry_interval db_max_retry_interval`,
  ),
  barbican: names(
    `
    barbican_endpoint auth_endpoint retry_delay number_of_retries`,
  ),
  cinder: names(
    `
    domain_name default_domain_id default_domain_name trust_id collect_timing split_loggers`,
  ),
  compute: names(
    `
    consecutive_build_service_disable_threshold shutdown_retry_interval cpu_shared_set
    cpu_dedicated_set live_migration_wait_for_vif_plug max_concurrent_disk_ops
    max_disk_devices_to_attach packing_host_numa_cells_allocation_strategy
    provider_config_location image_type_exclude_list vmdk_allowed_types
    sharing_providers_max_uuids_per_request`,
  ),
  console: names(
    `
    allowed_origins ssl_ciphers ssl_minimum_version`,
  ),
  consoleauth: names(
    `
    enforce_session_timeout`,
  ),
  cyborg: names(
    `
    collect_timing split_loggers service_name max_version connect_retry_delay
    status_code_retries status_code_retry_delay retriable_status_codes`,
  ),
  database: names(
    `
    connection_parameters slave_connection min_pool_size connection_recycle_time db_max_retries
    mysql_sql_mode mysql_wsrep_sync_wait sqlite_synchronous connection_debug connection_trace
    use_db_reconnect db_retry_interval db_inc_retry_interval db_max_retry_interval`,
  ),
  devices: names(
    `
    enabled_mdev_types`,
  ),
  ephemeral_storage_encryption: names(
    `
    key_size default_format`,
  ),
  filter_scheduler: names(
    `
    pci_in_placement`,
  ),
  glance: names(
    `
    domain_name default_domain_id default_domain_name trust_id collect_timing split_loggers
    service_name max_version connect_retry_delay status_code_retries status_code_retry_delay
    retriable_status_codes verify_glance_signatures enable_certificate_validation
    default_trusted_certificate_ids enable_rbd_download rbd_user rbd_connect_timeout rbd_pool
    rbd_ceph_conf`,
  ),
  image_cache: names(
    `
    subdirectory_name remove_unused_base_images remove_unused_original_minimum_age_seconds
    remove_unused_resized_minimum_age_seconds`,
  ),
  ironic: names(
    `
    domain_name default_domain_id default_domain_name trust_id collect_timing split_loggers
    service_name max_version connect_retry_delay status_code_retries status_code_retry_delay
    retriable_status_codes api_max_retries api_retry_interval partition_key peer_list
    serial_console_state_timeout`,
  ),
  key_manager: names(
    `
    fixed_key`,
  ),
  keystone: names(
    `
    collect_timing split_loggers service_name max_version connect_retry_delay
    status_code_retries status_code_retry_delay retriable_status_codes`,
  ),
  keystone_authtoken: names(
    `
    domain_name default_domain_id default_domain_name trust_id enforce_token_bind`,
  ),
  libvirt: names(
    `
    connection_uri images_type images_volume_group images_rbd_pool images_rbd_ceph_conf
    images_rbd_glance_store_name images_rbd_glance_copy_poll_interval
    images_rbd_glance_copy_timeout rbd_user rbd_secret_uuid rescue_image_id rescue_kernel_id
    rescue_ramdisk_id inject_password inject_key inject_partition disk_prefix disk_cachemodes
    cpu_mode cpu_models cpu_model_extra_flags cpu_power_management cpu_power_management_strategy
    cpu_power_governor_low cpu_power_governor_high live_migration_uri
    live_migration_inbound_addr live_migration_scheme live_migration_bandwidth
    live_migration_downtime live_migration_downtime_steps live_migration_downtime_delay
    live_migration_completion_timeout live_migration_timeout_action
    live_migration_permit_post_copy live_migration_permit_auto_converge live_migration_tunnelled
    live_migration_with_native_tls live_migration_parallel_connections wait_soft_reboot_seconds
    snapshots_directory snapshot_image_format snapshot_compression hw_disk_discard
    num_pcie_ports max_queues mem_stats_period_seconds sysinfo_serial rng_dev_path
    use_virtio_for_bridges use_default_aio_mode_for_volumes volume_use_multipath
    volume_enforce_multipath num_volume_scan_tries num_iser_scan_tries iser_use_multipath
    device_detach_attempts device_detach_timeout nfs_mount_point_base nfs_mount_options
    quobyte_mount_point_base smbfs_mount_point_base smbfs_mount_options ceph_mount_point_base
    ceph_mount_options remote_filesystem_transport enabled_perf_events uid_maps gid_maps
    file_backed_memory sparse_logical_volumes volume_clear volume_clear_size rx_queue_size
    tx_queue_size swtpm_enabled swtpm_user swtpm_group supported_tpm_secret_security
    num_memory_encrypted_guests pmem_namespaces tb_cache_size migration_inbound_addr`,
  ),
  manila: names(
    `
    domain_name default_domain_id default_domain_name trust_id collect_timing split_loggers
    service_name max_version connect_retry_delay status_code_retries status_code_retry_delay
    retriable_status_codes`,
  ),
  neutron: names(
    `
    domain_name default_domain_id default_domain_name trust_id collect_timing split_loggers
    service_name max_version connect_retry_delay status_code_retries status_code_retry_delay
    retriable_status_codes extension_sync_interval service_metadata_proxy
    metadata_proxy_shared_secret`,
  ),
  notifications: names(
    `
    default_level`,
  ),
  oslo_concurrency: names(
    `
    disable_process_locking lock_path`,
  ),
  oslo_limit: names(
    `
    domain_name default_domain_id default_domain_name trust_id collect_timing split_loggers
    endpoint_id endpoint_service_type endpoint_region_name`,
  ),
  oslo_messaging_rabbit: names(
    `
    processname`,
  ),
  oslo_reports: names(
    `
    file_event_handler file_event_handler_interval`,
  ),
  pci: names(
    `
    device_spec report_in_placement`,
  ),
  placement: names(
    `
    domain_name default_domain_id default_domain_name trust_id collect_timing split_loggers
    service_name max_version connect_retry_delay status_code_retries status_code_retry_delay
    retriable_status_codes`,
  ),
  quota: names(
    `
    count_usage_from_placement unified_limits_resource_strategy unified_limits_resource_list`,
  ),
  rdp: names(
    `
    html5_proxy_base_url`,
  ),
  scheduler: names(
    `
    query_placement_for_routed_network_aggregates`,
  ),
  serial_console: names(
    `
    port_range proxyclient_address serialproxy_host serialproxy_port`,
  ),
  service_user: names(
    `
    domain_name default_domain_id default_domain_name trust_id collect_timing split_loggers
    send_service_user_token`,
  ),
  spice: names(
    `
    agent_enabled html5proxy_host html5proxy_port server_listen server_proxyclient_address
    keymap image_compression jpeg_compression zlib_compression playback_compression
    streaming_mode require_secure`,
  ),
  trusted_computing: names(
    `
    attestation_server_ca_file attestation_insecure_ssl`,
  ),
  upgrade_levels: names(
    `
    intercell`,
  ),
  vendordata_dynamic_auth: names(
    `
    domain_name default_domain_id default_domain_name trust_id collect_timing split_loggers`,
  ),
  vnc: names(
    `
    keymap server_listen server_proxyclient_address novncproxy_host novncproxy_port auth_schemes
    vencrypt_client_key vencrypt_client_cert vencrypt_ca_certs`,
  ),
  workarounds: names(
    `
    enable_numa_live_migration ensure_libvirt_rbd_instance_dir_cleanup
    never_download_image_if_on_rbd disable_native_luksv1
    wait_for_vif_plugged_event_during_hard_reboot enable_qemu_monitor_announce_self
    qemu_monitor_announce_self_count qemu_monitor_announce_self_interval
    unified_limits_count_pcpu_as_vcpu skip_cpu_compare_on_dest skip_cpu_compare_at_startup
    skip_hypervisor_version_check_on_lm skip_reserve_in_use_ironic_nodes
    handle_virt_lifecycle_events disable_group_policy_check_upcall enable_consoleauth
    disable_deep_image_inspection reserve_disk_resource_for_image_cache libvirt_disable_apic`,
  ),
  wsgi: names(
    `
    secure_proxy_ssl_header tcp_keepidle keep_alive max_header_line default_pool_size
    wsgi_log_format`,
  ),
}
