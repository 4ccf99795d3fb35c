import { bool, int, str } from '../kinds.js'
import { group } from '../option.js'

export const scheduler = group('scheduler', {
  driver: str({
    default: 'filter_scheduler',
    deprecated: ['DEFAULT.scheduler_driver'],
    help:
      'How a host is chosen: filter_scheduler, or, as nova could once, caching_scheduler, ' +
      'chance_scheduler, simple_scheduler, multi_scheduler; or the name of their class.',
  }),
  max_attempts: int({
    default: 3,
    min: 1,
    deprecated: ['DEFAULT.scheduler_max_attempts'],
    help: 'Hosts on which a server is tried.',
  }),
  max_placement_results: int({ default: 1000, min: 1, help: 'Candidates asked for.' }),
  workers: int({ min: 0, help: 'Processes; 1 without it (in nova, one for each CPU).' }),
  discover_hosts_in_cells_interval: int({
    default: -1,
    min: -1,
    deprecated: ['DEFAULT.scheduler_discover_hosts_in_cells_interval'],
    help: 'Seconds between looks for new compute hosts; -1 never.',
  }),
  limit_tenants_to_placement_aggregate: bool({
    default: false,
    help: 'A project uses only the aggregates that name it.',
  }),
  placement_aggregate_required_for_tenants: bool({
    default: false,
    help: 'A project that no aggregate names gets no host.',
  }),
  query_placement_for_image_type_support: bool({
    default: false,
    help: 'A host must support the format of the image.',
  }),
  query_placement_for_availability_zone: bool({
    default: true,
    help: 'Zones are asked for as aggregates (Zed and before).',
  }),
  image_metadata_prefilter: bool({
    default: false,
    help: 'A host must have what the properties of the image ask for.',
  }),
  enable_isolated_aggregate_filtering: bool({
    default: false,
    help: 'An aggregate that requires traits takes only servers that require them.',
  }),
  query_placement_for_routed_network_aggregates: bool({
    default: false,
    help: 'A host must reach the segments of the networks.',
  }),
})

export const conductor = group('conductor', {
  workers: int({ min: 1, help: 'Processes; 1 without it (in nova, one for each CPU).' }),
})
