import { bool, int, list, str } from '../kinds.js'
import { group } from '../option.js'

export const api = group('api', {
  auth_strategy: str({
    default: 'keystone',
    choices: ['keystone', 'noauth2'],
    deprecated: ['DEFAULT.auth_strategy'],
    help: 'Pipeline of api-paste.ini: tokens of Keystone, or none at all (for tests).',
  }),
  max_limit: int({
    default: 1000,
    min: 0,
    deprecated: ['DEFAULT.osapi_max_limit'],
    help: 'Items on one page of any list.',
  }),
  extensions_path: list({
    help: 'Folders whose modules are loaded as extensions of the compute API, beside its own.',
  }),
  extensions_disabled: list({
    help: 'Aliases of extensions that are switched off: their routes and actions answer 404.',
  }),
  openapi: bool({
    default: false,
    help: 'Serve GET /openapi.json?microversion=2.N, a description of this API for programs, without a token.',
  }),
  compute_link_prefix: str({
    deprecated: ['DEFAULT.osapi_compute_link_prefix'],
    help: 'What the links in answers begin with, for an API behind a proxy.',
  }),
  glance_link_prefix: str({
    deprecated: ['DEFAULT.osapi_glance_link_prefix'],
    help: 'What the links to images begin with.',
  }),
  enable_instance_password: bool({
    default: true,
    deprecated: ['DEFAULT.enable_instance_password'],
    help: 'Show adminPass in answers.',
  }),
  response_validation: str({
    default: 'warn',
    choices: ['error', 'warn', 'ignore'],
    help: 'What becomes of an answer that its schema refuses.',
  }),
  instance_list_per_project_cells: bool({
    default: false,
    help: 'Search only the cells that hold servers of the project.',
  }),
  instance_list_cells_batch_strategy: str({
    default: 'distributed',
    choices: ['distributed', 'fixed'],
    help: 'How the size of a batch from each cell is chosen.',
  }),
  instance_list_cells_batch_fixed_size: int({
    default: 100,
    min: 100,
    help: 'That size where it is fixed.',
  }),
  list_records_by_skipping_down_cells: bool({
    default: true,
    help: 'A list leaves out a cell that is down, rather than failing.',
  }),
  use_neutron_default_nets: bool({
    default: false,
    deprecated: ['DEFAULT.use_neutron_default_nets'],
    help: 'Networks of a default project are shared with all.',
  }),
  neutron_default_project_id: str({
    default: 'default',
    deprecated: ['DEFAULT.neutron_default_tenant_id', 'neutron_default_tenant_id'],
    help: 'That project.',
  }),
  use_forwarded_for: bool({
    default: false,
    help: 'Take X-Forwarded-For for the address of a client (Zed and before).',
  }),
  dhcp_domain: str({
    default: 'novalocal',
    deprecated: ['DEFAULT.dhcp_domain'],
    help: 'Domain of host names in the metadata.',
  }),
  metadata_cache_expiration: int({
    default: 15,
    min: 0,
    deprecated: ['DEFAULT.metadata_cache_expiration'],
    help: 'Seconds that the metadata of a server is kept.',
  }),
  local_metadata_per_cell: bool({
    default: false,
    help: 'Each cell has a metadata service of its own.',
  }),
  vendordata_providers: list({
    default: ['StaticJSON'],
    deprecated: ['DEFAULT.vendordata_providers'],
    help: 'Where vendor data comes from: StaticJSON, DynamicJSON.',
  }),
  vendordata_jsonfile_path: str({
    deprecated: ['DEFAULT.vendordata_jsonfile_path'],
    help: 'File of static vendor data.',
  }),
  vendordata_dynamic_targets: list({
    deprecated: ['DEFAULT.vendordata_dynamic_targets'],
    help: 'Pairs name@URL of dynamic vendor data.',
  }),
  vendordata_dynamic_connect_timeout: int({
    default: 5,
    min: 3,
    help: 'Seconds to connect to such a URL.',
  }),
  vendordata_dynamic_read_timeout: int({ default: 5, min: 0, help: 'Seconds for its answer.' }),
  vendordata_dynamic_failure_fatal: bool({
    default: false,
    help: 'Without its answer a server does not start.',
  }),
  config_drive_skip_versions: str({
    default: '1.0 2007-01-19 2007-03-01 2007-08-29 2007-10-10 2007-12-15 2008-02-01 2008-09-01',
    deprecated: ['DEFAULT.config_drive_skip_versions'],
    help: 'Versions of the EC2 metadata that a config drive lacks.',
  }),
})
