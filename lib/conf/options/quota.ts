import { bool, int, list, str } from '../kinds.js'
import { group } from '../option.js'

export const quota = group('quota', {
  instances: limit(10, 'Servers of a project.', 'quota_instances'),
  cores: limit(20, 'Virtual CPUs of a project.', 'quota_cores'),
  ram: limit(50 * 1024, 'MiB of memory of a project.', 'quota_ram'),
  metadata_items: limit(128, 'Metadata of a server.', 'quota_metadata_items'),
  injected_files: limit(5, 'Files in a request.', 'quota_injected_files'),
  injected_file_content_bytes: limit(
    10 * 1024,
    'Bytes of such a file.',
    'quota_injected_file_content_bytes',
  ),
  injected_file_path_length: limit(
    255,
    'Characters of its path.',
    'quota_injected_file_path_length',
  ),
  key_pairs: limit(100, 'Key pairs of a user.', 'quota_key_pairs'),
  server_groups: limit(10, 'Server groups of a project.', 'quota_server_groups'),
  server_group_members: limit(10, 'Servers in a group.', 'quota_server_group_members'),
  driver: str({
    default: 'nova.quota.DbQuotaDriver',
    choices: [
      'nova.quota.DbQuotaDriver',
      'nova.quota.NoopQuotaDriver',
      'nova.quota.UnifiedLimitsDriver',
    ],
    help: 'Where limits come from.',
  }),
  recheck_quota: bool({ default: true, help: 'Count once more after creating.' }),
  count_usage_from_placement: bool({ default: false, help: 'Count cores and ram at Placement.' }),
  unified_limits_resource_strategy: str({
    default: 'require',
    choices: ['require', 'ignore'],
    help: 'Which resources must have a registered limit.',
  }),
  unified_limits_resource_list: list({ default: ['servers'], help: 'Those.' }),
})

function limit(value: number, help: string, old: string) {
  return int({
    default: value,
    min: -1,
    deprecated: [`DEFAULT.${old}`],
    help: `${help} -1: no limit.`,
  })
}
