import { hostname } from 'node:os'
import { bool, hostAddr, int, list, port, str } from '../kinds.js'
import { localAddress } from '../local-address.js'

/** [DEFAULT]: where a process runs, what it listens on, how it calls. */
export const processOptions = {
  host: str({
    default: hostname,
    sampleDefault: '<name of this host>',
    help: 'Name of this host: of its services, and of the queue that its compute listens on.',
  }),
  my_ip: hostAddr({
    default: localAddress,
    sampleDefault: '<address of this host>',
    help: 'Address of this host on the management network.',
  }),
  my_shared_fs_storage_ip: hostAddr({
    default: '$my_ip',
    help: 'Address of this host on the network of shared file systems.',
  }),
  my_block_storage_ip: hostAddr({
    default: '$my_ip',
    help: 'Address of this host on the block storage network.',
  }),
  state_path: str({ default: '/var/lib/nova', help: 'Folder for what a process keeps on disk.' }),
  tempdir: str({ help: 'Folder for temporary files; without it, that of the system.' }),
  transport_url: str({
    default: 'rabbit://',
    secret: true,
    help: 'The message bus: rabbit://user:password@host:port/vhost, or fake:// within one process.',
  }),
  control_exchange: str({ default: 'nova', help: 'Exchange that the topics belong to.' }),
  rpc_response_timeout: int({ default: 60, min: 1, help: 'Seconds to wait for an answer.' }),
  long_rpc_timeout: int({
    default: 1800,
    min: 1,
    help: 'Seconds to wait for an answer to a slow call, such as a live migration check.',
  }),
  rpc_ping_enabled: bool({ default: false, help: 'Answer oslo_rpc_server_ping.' }),
  executor_thread_pool_size: int({
    default: 64,
    min: 1,
    deprecated: ['rpc_thread_pool_size'],
    help: 'Messages that one server works on at once.',
  }),
  report_interval: int({ default: 10, min: 1, help: "Seconds between a service's heartbeats." }),
  service_down_time: int({
    default: 60,
    min: 1,
    help: 'Seconds without a heartbeat after which a service counts as down.',
  }),
  periodic_enable: bool({ default: true, help: 'Run periodic tasks.' }),
  periodic_fuzzy_delay: int({
    default: 60,
    min: 0,
    help: 'Periodic tasks begin after a random number of seconds up to this.',
  }),
  graceful_shutdown_timeout: int({
    default: 60,
    min: 0,
    help: 'Seconds that a stopping process gives to what it has begun; 0 for no limit.',
  }),
  servicegroup_driver: str({
    default: 'db',
    choices: ['db', 'mc'],
    help: 'How liveness is told: by the database or by memcached.',
  }),
  enabled_apis: list({
    default: ['osapi_compute', 'metadata'],
    help: 'APIs that nova-api serves: their names in api-paste.ini.',
  }),
  enabled_ssl_apis: list({ help: 'Those of enabled_apis that are served over TLS.' }),
  osapi_compute_listen: hostAddr({ default: '0.0.0.0', help: 'Address of the compute API.' }),
  osapi_compute_listen_port: port({ default: 8774, help: 'Port of the compute API.' }),
  osapi_compute_workers: int({
    min: 1,
    help: 'Processes that serve the compute API; 1 without it (in nova, one for each CPU).',
  }),
  metadata_listen: hostAddr({ default: '0.0.0.0', help: 'Address of the metadata API.' }),
  metadata_listen_port: port({ default: 8775, help: 'Port of the metadata API.' }),
  metadata_workers: int({
    min: 1,
    help: 'Processes that serve the metadata API; one for each CPU without it.',
  }),
  fatal_exception_format_errors: bool({
    default: false,
    help: 'Fail when the text of an exception lacks one of its values (for tests).',
  }),
  ssl_only: bool({ default: false, help: 'Refuse plain connections to a console proxy.' }),
  cert: str({ default: 'self.pem', help: 'Certificate of a console proxy.' }),
  key: str({ help: 'Private key of a console proxy.' }),
  web: str({ default: '/usr/share/spice-html5', help: "Folder of a console proxy's pages." }),
  record: str({ help: 'Files that console sessions are recorded into.' }),
  daemon: bool({ default: false, help: 'Detach from the terminal (console proxies).' }),
} as const
