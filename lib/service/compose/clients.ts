import type { NovaConf } from '../../conf/index.js'
import {
  KeystoneSession,
  KeystoneTokenValidator,
  type TokenValidator,
} from '../../identity/index.js'
import type { ImageApi } from '../../image/api.js'
import { GlanceImageApi } from '../../image/glance.js'
import type { NetworkApi } from '../../network/api.js'
import { NeutronNetworkApi } from '../../network/neutron-api.js'
import type { ShareApi } from '../../share/api.js'
import { ManilaShareApi } from '../../share/manila.js'
import type { AuthSession } from '../../util/auth-session.js'
import type { LocalServices } from '../../util/service-client.js'
import type { VolumeApi } from '../../volume/api.js'
import { CinderVolumeApi } from '../../volume/cinder.js'
import { MissingOption } from './process.js'

/** The services beside nova, as nova.conf says how to reach them. */
export interface ServiceClients {
  readonly images: ImageApi
  readonly network: NetworkApi
  readonly volumes: VolumeApi
  readonly shares: ShareApi
}

/** Where the services beside nova run in this very process. */
export interface ServiceClientParts {
  /** Whose token is shown where nova acts by itself; by nova.conf when absent. */
  readonly session?: AuthSession
  readonly local?: LocalServices
}

type Group = 'glance' | 'neutron' | 'cinder' | 'manila'

/** Clients of Glance, Neutron, Cinder and Manila. */
export const serviceClients = (
  conf: NovaConf,
  { session, local }: ServiceClientParts = {},
): ServiceClients => {
  const parts = (group: Group) => ({
    session: session ?? sessionOf(conf, group),
    ...(local ? { local } : {}),
  })
  return {
    images: new GlanceImageApi(conf.glance, parts('glance')),
    network: new NeutronNetworkApi(conf.neutron, parts('neutron')),
    volumes: new CinderVolumeApi(conf.cinder, parts('cinder')),
    shares: new ManilaShareApi(conf.manila, parts('manila')),
  }
}

/** Credentials of the group itself, else those of `[keystone_authtoken]`, which is one user less to keep. */
const sessionOf = (conf: NovaConf, group: Group): AuthSession | undefined => {
  if (conf[group].auth_url) return new KeystoneSession(conf[group])
  return conf.keystone_authtoken.auth_url ? new KeystoneSession(conf.keystone_authtoken) : undefined
}

/**
 * Who is asked what a token stands for.
 *
 * @throws MissingOption when the pipeline of Keystone is wanted and nova.conf does not say where it is
 */
export const tokenValidator = (conf: NovaConf): TokenValidator => {
  const { keystone_authtoken: options, api } = conf
  if (!options.auth_url) {
    if (api.auth_strategy === 'noauth2') return { validate: async () => null }
    throw new MissingOption(
      'nova.conf sets no [keystone_authtoken] auth_url: expected the URL of the identity service',
    )
  }
  return new KeystoneTokenValidator(new KeystoneSession(options), {
    cacheTime: options.token_cache_time,
  })
}
