import { bool, int, list, str } from '../kinds.js'
import { group } from '../option.js'
import { authOptions } from './keystoneauth.js'

export const keystoneAuthtoken = group('keystone_authtoken', {
  ...authOptions,
  www_authenticate_uri: str({
    deprecated: ['auth_uri'],
    help: 'URL of the identity service, for the header of a 401.',
  }),
  auth_version: str({ help: 'Version of its API.' }),
  interface: str({
    default: 'internal',
    choices: ['public', 'internal', 'admin'],
    help: 'Interface in the catalog.',
  }),
  region_name: str({ help: 'Region in the catalog.' }),
  delay_auth_decision: bool({
    default: false,
    help: 'Let requests without a good token through; they are marked.',
  }),
  http_connect_timeout: int({ min: 0, help: 'Seconds for a request.' }),
  http_request_max_retries: int({ default: 3, min: 0, help: 'Times that it is tried again.' }),
  cafile: str({ help: 'Certificates of authorities.' }),
  certfile: str({ help: 'Certificate of this process.' }),
  keyfile: str({ help: 'Its private key.' }),
  insecure: bool({ default: false, help: "Do not check the service's certificate." }),
  memcached_servers: list({ deprecated: ['memcache_servers'], help: 'Shared cache of tokens.' }),
  token_cache_time: int({
    default: 300,
    min: -1,
    help: 'Seconds that a token is not asked about again; -1 for no cache.',
  }),
  memcache_security_strategy: str({
    default: 'None',
    choices: ['None', 'MAC', 'ENCRYPT'],
    help: 'How the shared cache is protected.',
  }),
  memcache_secret_key: str({ secret: true, help: 'With what.' }),
  include_service_catalog: bool({ default: true, help: 'Pass the catalog on.' }),
  enforce_token_bind: str({ default: 'permissive', help: 'Not supported; read and ignored.' }),
  service_token_roles: list({ default: ['service'], help: 'Roles of a service token.' }),
  service_token_roles_required: bool({ default: false, help: 'And it must have them.' }),
  service_type: str({ help: 'Type of this service, for rules of application credentials.' }),
})
