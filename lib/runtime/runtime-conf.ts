/** What filters and composites read of nova.conf; `lib/conf`'s NovaConf is one. */
export interface RuntimeConf {
  readonly api: {
    /** `keystone` or `noauth2` */
    readonly auth_strategy: string
    /** Folders whose modules are loaded as extensions of the compute API, beside its own. */
    readonly extensions_path?: readonly string[]
    /** What links begin with, where the request's own address would mislead. */
    readonly compute_link_prefix?: string | null
  }
  readonly cors: {
    readonly allowed_origin: readonly string[]
    readonly allow_credentials: boolean
    readonly expose_headers: readonly string[]
    /** seconds */
    readonly max_age: number
    readonly allow_methods: readonly string[]
    readonly allow_headers: readonly string[]
  }
  readonly oslo_middleware: {
    /** bytes */
    readonly max_request_body_size: number
    readonly enable_proxy_headers_parsing: boolean
  }
  readonly keystone_authtoken: {
    readonly www_authenticate_uri?: string | null | undefined
    readonly auth_url?: string | null | undefined
    readonly delay_auth_decision: boolean
    readonly include_service_catalog: boolean
    readonly service_token_roles: readonly string[]
    readonly service_token_roles_required: boolean
  }
}
