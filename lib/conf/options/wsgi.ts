import { bool, int, list, str } from '../kinds.js'
import { group } from '../option.js'

export const wsgi = group('wsgi', {
  api_paste_config: str({
    default: 'api-paste.ini',
    deprecated: ['DEFAULT.api_paste_config'],
    help: 'File of the pipelines; a relative one is looked for beside nova.conf.',
  }),
  secure_proxy_ssl_header: str({
    deprecated: ['DEFAULT.secure_proxy_ssl_header'],
    help: 'Header that tells the scheme a client used, such as HTTP_X_FORWARDED_PROTO.',
  }),
  client_socket_timeout: int({
    default: 900,
    min: 0,
    deprecated: ['DEFAULT.client_socket_timeout'],
    help: 'Seconds that a client may be silent; 0 for no limit.',
  }),
  tcp_keepidle: int({
    default: 600,
    min: 0,
    deprecated: ['DEFAULT.tcp_keepidle'],
    help: 'Seconds of silence until TCP asks whether the other side is there.',
  }),
  keep_alive: bool({
    default: true,
    deprecated: ['DEFAULT.wsgi_keep_alive'],
    help: 'Keep connections of clients open.',
  }),
  max_header_line: int({
    default: 16384,
    min: 0,
    deprecated: ['DEFAULT.max_header_line'],
    help: 'Bytes of a header line.',
  }),
  default_pool_size: int({
    default: 1000,
    min: 0,
    deprecated: ['DEFAULT.wsgi_default_pool_size'],
    help: 'Requests at once in one process.',
  }),
  ssl_ca_file: str({ deprecated: ['DEFAULT.ssl_ca_file'], help: 'Certificates of clients.' }),
  ssl_cert_file: str({ deprecated: ['DEFAULT.ssl_cert_file'], help: 'Certificate of the API.' }),
  ssl_key_file: str({ deprecated: ['DEFAULT.ssl_key_file'], help: 'Its private key.' }),
  wsgi_log_format: str({
    default:
      '%(client_ip)s "%(request_line)s" status: %(status_code)s len: %(body_length)s time: %(wall_seconds).7f',
    deprecated: ['DEFAULT.wsgi_log_format'],
    help: 'What is logged of a request.',
  }),
})

export const osloMiddleware = group('oslo_middleware', {
  max_request_body_size: int({
    default: 114688,
    min: 0,
    deprecated: ['DEFAULT.osapi_max_request_body_size', 'DEFAULT.max_request_body_size'],
    help: 'Bytes of a request; a larger one is refused with 413.',
  }),
  enable_proxy_headers_parsing: bool({
    default: false,
    help: 'Trust Forwarded and X-Forwarded-* of a proxy.',
  }),
})

const corsMethods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH']
const corsHeaders = [
  'X-Auth-Token',
  'X-Openstack-Request-Id',
  'X-Identity-Status',
  'X-Roles',
  'X-Service-Catalog',
  'X-User-Id',
  'X-Tenant-Id',
  'X-OpenStack-Nova-API-Version',
  'OpenStack-API-Version',
]

export const cors = group('cors', {
  allowed_origin: list({ help: 'Origins whose pages may use the API; * for any.' }),
  allow_credentials: bool({ default: true, help: 'They may send credentials.' }),
  expose_headers: list({
    default: [
      'X-Auth-Token',
      'X-Openstack-Request-Id',
      'X-Subject-Token',
      'X-Service-Token',
      'X-OpenStack-Nova-API-Version',
      'OpenStack-API-Version',
    ],
    help: 'Headers that they may read.',
  }),
  max_age: int({ default: 3600, help: 'Seconds that a browser may keep the answer.' }),
  allow_methods: list({ default: corsMethods, help: 'Methods that they may use.' }),
  allow_headers: list({ default: corsHeaders, help: 'Headers that they may send.' }),
})

export const healthcheck = group('healthcheck', {
  path: str({ default: '/healthcheck', help: 'Path of the health check.' }),
  detailed: bool({ default: false, help: 'Tell more than whether it is well.' }),
  backends: list({ help: 'What is checked: disable_by_file, disable_by_files_ports.' }),
  disable_by_file_path: str({ help: 'File whose presence makes it ill.' }),
  disable_by_file_paths: list({ help: 'Pairs port:path of such files.' }),
})
