/** How to reach Keystone and as whom: what `[keystone_authtoken]`, `[glance]`, … have in common. */
export interface KeystoneOptions {
  /** Keystone's root, with or without `/v3`. */
  readonly auth_url?: string | null | undefined
  readonly username?: string | null | undefined
  readonly user_id?: string | null | undefined
  readonly password?: string | null | undefined
  readonly user_domain_id?: string | null | undefined
  readonly user_domain_name?: string | null | undefined
  readonly project_id?: string | null | undefined
  readonly project_name?: string | null | undefined
  readonly project_domain_id?: string | null | undefined
  readonly project_domain_name?: string | null | undefined
  readonly system_scope?: string | null | undefined
  readonly region_name?: string | null | undefined
  /** `internal` unless said otherwise */
  readonly interface?: string | null | undefined
  readonly valid_interfaces?: readonly string[] | undefined
  readonly insecure?: boolean | undefined
  readonly cafile?: string | null | undefined
  readonly certfile?: string | null | undefined
  readonly keyfile?: string | null | undefined
  /** seconds, for a connection to be made; 10 when absent */
  readonly http_connect_timeout?: number | null | undefined
  /** how often an unreachable Keystone is tried again; 3 when absent */
  readonly http_request_max_retries?: number | undefined
}

/** The body of `POST /v3/auth/tokens` for these credentials. */
export const passwordAuth = (options: KeystoneOptions): object => ({
  auth: {
    identity: {
      methods: ['password'],
      password: {
        user: {
          ...(options.user_id
            ? { id: options.user_id }
            : {
                name: options.username ?? '',
                domain: domain(options.user_domain_id, options.user_domain_name),
              }),
          password: options.password ?? '',
        },
      },
    },
    ...scope(options),
  },
})

const scope = (options: KeystoneOptions): object => {
  if (options.system_scope) return { scope: { system: { all: true } } }
  if (options.project_id) return { scope: { project: { id: options.project_id } } }
  if (!options.project_name) return {}
  return {
    scope: {
      project: {
        name: options.project_name,
        domain: domain(options.project_domain_id, options.project_domain_name),
      },
    },
  }
}

const domain = (id: string | null | undefined, name: string | null | undefined): object =>
  !id && name ? { name } : { id: id || 'default' }
