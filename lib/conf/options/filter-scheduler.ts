import { bool, float, int, list, multiStr, str } from '../kinds.js'
import { group } from '../option.js'

const weight = (value: number, what: string) =>
  float({ default: value, help: `Weight of ${what}; below 0, the other way about.` })

export const filterScheduler = group('filter_scheduler', {
  available_filters: multiStr({
    default: ['nova.scheduler.filters.all_filters'],
    deprecated: ['DEFAULT.scheduler_available_filters'],
    help: 'Filters that enabled_filters may name.',
  }),
  enabled_filters: list({
    default: [
      'ComputeFilter',
      'ComputeCapabilitiesFilter',
      'ImagePropertiesFilter',
      'ServerGroupAntiAffinityFilter',
      'ServerGroupAffinityFilter',
    ],
    deprecated: ['DEFAULT.scheduler_default_filters'],
    help: 'Filters that a host must pass.',
  }),
  weight_classes: list({
    default: ['nova.scheduler.weights.all_weighers'],
    deprecated: ['DEFAULT.scheduler_weight_classes'],
    help: 'What weighs the hosts that pass.',
  }),
  host_subset_size: int({
    default: 1,
    min: 1,
    deprecated: ['DEFAULT.scheduler_host_subset_size'],
    help: 'One of so many best hosts is taken at random.',
  }),
  shuffle_best_same_weighed_hosts: bool({
    default: false,
    help: 'Hosts as good as the best come in random order.',
  }),
  max_io_ops_per_host: int({ default: 8, min: 0, help: 'For IoOpsFilter.' }),
  max_instances_per_host: int({ default: 50, min: 1, help: 'For NumInstancesFilter.' }),
  track_instance_changes: bool({
    default: true,
    help: 'The scheduler is told what servers a host has.',
  }),
  ram_weight_multiplier: weight(1, 'free memory'),
  cpu_weight_multiplier: weight(1, 'free CPUs'),
  disk_weight_multiplier: weight(1, 'free disk'),
  hypervisor_version_weight_multiplier: weight(1, 'the version of the hypervisor'),
  num_instances_weight_multiplier: weight(0, 'the number of servers'),
  image_props_weight_multiplier: weight(0, 'servers with like images'),
  image_props_weight_setting: list({ help: 'Pairs property=weight for the last.' }),
  io_ops_weight_multiplier: weight(-1, 'running operations'),
  pci_weight_multiplier: float({ default: 1, min: 0, help: 'Weight of free PCI devices.' }),
  soft_affinity_weight_multiplier: float({
    default: 1,
    min: 0,
    help: 'Weight of servers of the same group, wanted.',
  }),
  soft_anti_affinity_weight_multiplier: float({
    default: 1,
    min: 0,
    help: 'Weight of servers of the same group, unwanted.',
  }),
  build_failure_weight_multiplier: weight(1_000_000, 'builds that failed of late'),
  cross_cell_move_weight_multiplier: weight(1_000_000, 'staying in the cell'),
  isolated_images: list({ help: 'Images for isolated_hosts.' }),
  isolated_hosts: list({ help: 'Hosts for isolated_images.' }),
  restrict_isolated_hosts_to_isolated_images: bool({
    default: true,
    help: 'Those hosts take no other images.',
  }),
  aggregate_image_properties_isolation_namespace: str({
    help: 'Prefix of metadata for AggregateImagePropertiesIsolation.',
  }),
  aggregate_image_properties_isolation_separator: str({
    default: '.',
    help: 'What stands after it.',
  }),
  image_properties_default_architecture: str({
    help: 'Architecture of an image that names none.',
  }),
  pci_in_placement: bool({ default: false, help: 'PCI devices are claimed at Placement.' }),
})

export const metrics = group('metrics', {
  weight_multiplier: weight(1, 'metrics'),
  weight_setting: list({ help: 'Pairs metric=ratio.' }),
  required: bool({ default: true, help: 'A host without one of them is an error.' }),
  weight_of_unavailable: float({
    default: -10000,
    help: 'Weight of such a host where it is none.',
  }),
})
