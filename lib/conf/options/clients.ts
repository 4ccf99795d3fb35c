import { bool, float, int, list, str } from '../kinds.js'
import { group } from '../option.js'
import { adapterOptions, authOptions, sessionOptions } from './keystoneauth.js'

export const glance = group('glance', {
  ...authOptions,
  ...sessionOptions,
  ...adapterOptions('image'),
  api_servers: list({
    deprecated: ['DEFAULT.glance_api_servers'],
    help: "URLs of the service; without them, the catalog's.",
  }),
  num_retries: int({
    default: 3,
    min: 0,
    deprecated: ['DEFAULT.glance_num_retries'],
    help: 'Times that a failed request is tried again.',
  }),
  verify_glance_signatures: bool({ default: false, help: 'Check the signature of an image.' }),
  enable_certificate_validation: bool({ default: false, help: 'And its certificate.' }),
  default_trusted_certificate_ids: list({ help: 'Certificates trusted by default.' }),
  enable_rbd_download: bool({ default: false, help: 'Read images from Ceph.' }),
  rbd_user: str({ default: '', help: 'User at Ceph.' }),
  rbd_connect_timeout: int({ default: 5, help: 'Seconds to connect to Ceph.' }),
  rbd_pool: str({ default: '', help: 'Pool of images.' }),
  rbd_ceph_conf: str({ default: '', help: 'Configuration of Ceph.' }),
  debug: bool({ default: false, help: 'Log more.' }),
})

export const neutron = group('neutron', {
  ...authOptions,
  ...sessionOptions,
  ...adapterOptions('network'),
  ovs_bridge: str({ default: 'br-int', help: 'Integration bridge of Open vSwitch.' }),
  default_floating_pool: str({ default: 'nova', help: 'Network of floating IPs.' }),
  extension_sync_interval: int({ default: 600, min: 0, help: 'Seconds that extensions are kept.' }),
  physnets: list({ help: 'Physical networks with NUMA affinity.' }),
  http_retries: int({ default: 3, min: 0, help: 'Times that a failed request is tried again.' }),
  service_metadata_proxy: bool({
    default: false,
    help: "Trust the headers of Neutron's metadata proxy.",
  }),
  metadata_proxy_shared_secret: str({
    default: '',
    secret: true,
    help: 'What it signs them with.',
  }),
})

export const cinder = group('cinder', {
  ...authOptions,
  ...sessionOptions,
  catalog_info: str({
    default: 'volumev3::publicURL',
    pattern: /^[\w-]+:[^:]*:[\w-]+$/,
    help: 'Type, name and interface in the catalog.',
  }),
  endpoint_template: str({ help: 'URL in place of that; %(project_id)s is filled in.' }),
  os_region_name: str({ help: 'Region in the catalog.' }),
  http_retries: int({ default: 3, min: 0, help: 'Times that a failed request is tried again.' }),
  cross_az_attach: bool({
    default: true,
    help: 'A volume may be in another zone than its server.',
  }),
  debug: bool({ default: false, help: 'Log more.' }),
})

export const placement = group('placement', {
  ...authOptions,
  ...sessionOptions,
  ...adapterOptions('placement'),
  os_region_name: str({ help: 'Older name of region_name.' }),
})

export const keystone = group('keystone', { ...sessionOptions, ...adapterOptions('identity') })

export const manila = group('manila', {
  ...authOptions,
  ...sessionOptions,
  ...adapterOptions('shared-file-system'),
  share_apply_policy_timeout: int({ default: 10, help: 'Seconds until a policy holds.' }),
})

export const cyborg = group('cyborg', { ...sessionOptions, ...adapterOptions('accelerator') })

export const ironic = group('ironic', {
  ...authOptions,
  ...sessionOptions,
  ...adapterOptions('baremetal'),
  api_max_retries: int({ default: 60, min: 0, help: 'Not supported; read and ignored.' }),
  api_retry_interval: int({ default: 2, min: 0, help: 'Not supported; read and ignored.' }),
  partition_key: str({ help: 'Not supported; read and ignored.' }),
  peer_list: list({ help: 'Not supported; read and ignored.' }),
  serial_console_state_timeout: int({ default: 10, help: 'Not supported; read and ignored.' }),
})

export const serviceUser = group('service_user', {
  ...authOptions,
  ...sessionOptions,
  send_service_user_token: bool({
    default: false,
    help: "Send a token of the service beside the user's.",
  }),
})

export const osloLimit = group('oslo_limit', {
  ...authOptions,
  ...sessionOptions,
  endpoint_id: str({ help: 'Endpoint that limits are registered for.' }),
  endpoint_service_type: str({ help: 'Or its type,' }),
  endpoint_region_name: str({ help: 'and its region.' }),
})

export const barbican = group('barbican', {
  barbican_endpoint: str({ help: 'URL of the key manager.' }),
  auth_endpoint: str({ default: 'http://localhost/identity/v3', help: 'URL of the identity.' }),
  retry_delay: int({ default: 1, help: 'Seconds between requests.' }),
  number_of_retries: int({ default: 60, help: 'How many.' }),
})

export const keyManager = group('key_manager', {
  backend: str({ default: 'barbican', deprecated: ['api_class'], help: 'Where keys are kept.' }),
  fixed_key: str({ secret: true, help: 'The only key, for tests.' }),
})

export const vendordataDynamicAuth = group('vendordata_dynamic_auth', {
  ...authOptions,
  ...sessionOptions,
})

export const osloConcurrency = group('oslo_concurrency', {
  disable_process_locking: bool({ default: false, help: 'Not supported; read and ignored.' }),
  lock_path: str({ deprecated: ['DEFAULT.lock_path'], help: 'Folder of locks.' }),
})

export const osloReports = group('oslo_reports', {
  log_dir: str({ help: 'Folder for the reports that SIGUSR2 asks for; without it, stderr.' }),
  file_event_handler: str({ help: 'Not supported; read and ignored.' }),
  file_event_handler_interval: float({ default: 1, help: 'Not supported; read and ignored.' }),
})
