import { bool, float, int, list, str } from '../kinds.js'

/** keystoneauth's options: who a client is. */
export const authOptions = {
  auth_type: str({ deprecated: ['auth_plugin'], help: 'How to authenticate, such as password.' }),
  auth_section: str({ help: 'Group that holds these options in place of this one.' }),
  auth_url: str({ help: 'URL of the identity service.' }),
  username: str({ deprecated: ['user_name', 'user-name'], help: 'Name of the user.' }),
  user_id: str({ help: 'Or id.' }),
  password: str({ secret: true, help: 'Password.' }),
  user_domain_id: str({ help: 'Domain of the user,' }),
  user_domain_name: str({ help: 'or its name.' }),
  project_id: str({ deprecated: ['tenant_id', 'tenant-id'], help: 'Project of the token,' }),
  project_name: str({ deprecated: ['tenant_name', 'tenant-name'], help: 'or its name.' }),
  project_domain_id: str({ help: 'Domain of the project,' }),
  project_domain_name: str({ help: 'or its name.' }),
  domain_id: str({ help: 'Domain of a token of a domain,' }),
  domain_name: str({ help: 'or its name.' }),
  default_domain_id: str({ help: 'Domain where none is named,' }),
  default_domain_name: str({ help: 'or its name.' }),
  system_scope: str({ help: "'all' for a token of the system." }),
  trust_id: str({ help: 'Trust to use.' }),
} as const

/** How its connections are made. */
export const sessionOptions = {
  cafile: str({ help: 'Certificates of authorities.' }),
  certfile: str({ help: 'Certificate of this process.' }),
  keyfile: str({ help: 'Its private key.' }),
  insecure: bool({ default: false, help: "Do not check the service's certificate." }),
  timeout: int({ min: 0, help: 'Seconds for a request.' }),
  collect_timing: bool({ default: false, help: 'Not supported; read and ignored.' }),
  split_loggers: bool({ default: false, help: 'Not supported; read and ignored.' }),
} as const

/** Where the service is. */
export const adapterOptions = (serviceType: string) =>
  ({
    service_type: str({ default: serviceType, help: 'Type in the catalog.' }),
    service_name: str({ help: 'Name in the catalog.' }),
    valid_interfaces: list({
      default: ['internal', 'public'],
      help: 'Interfaces in the catalog, best first.',
    }),
    region_name: str({ help: 'Region in the catalog.' }),
    endpoint_override: str({ help: 'URL in place of the catalog.' }),
    min_version: str({ help: 'Oldest version of the API.' }),
    max_version: str({ help: 'Newest version of the API.' }),
    connect_retries: int({ min: 0, help: 'Times that a connection is tried again.' }),
    connect_retry_delay: float({ min: 0, help: 'Seconds before.' }),
    status_code_retries: int({ min: 0, help: 'Times that an answer is asked for again.' }),
    status_code_retry_delay: float({ min: 0, help: 'Seconds before.' }),
    retriable_status_codes: list({ help: 'For which codes.' }),
  }) as const
