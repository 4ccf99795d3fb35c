import type { ServerChanges } from '../../lib/compute/api.js'

/** PUT /servers/{id}, as its schema lets it pass. */
export interface UpdateServerBody {
  readonly server: {
    readonly name?: string
    readonly 'OS-DCF:diskConfig'?: 'AUTO' | 'MANUAL'
    readonly accessIPv4?: string
    readonly accessIPv6?: string
    readonly description?: string | null
    readonly hostname?: string
    readonly pinned_availability_zone?: string | null
  }
}

/** Only what the body names. */
export const changesOf = ({ server }: UpdateServerBody): ServerChanges => ({
  ...(server.name === undefined ? {} : { displayName: server.name }),
  ...(server.description === undefined ? {} : { displayDescription: server.description }),
  ...(server['OS-DCF:diskConfig'] === undefined
    ? {}
    : { autoDiskConfig: server['OS-DCF:diskConfig'] === 'AUTO' }),
  ...(server.accessIPv4 === undefined ? {} : { accessIpV4: server.accessIPv4 }),
  ...(server.accessIPv6 === undefined ? {} : { accessIpV6: server.accessIPv6 }),
  ...(server.hostname === undefined ? {} : { hostname: server.hostname }),
})
