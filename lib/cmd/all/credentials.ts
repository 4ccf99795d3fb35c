import { existsSync, readFileSync } from 'node:fs'
import type { StateDir } from './state.js'

export interface Credentials {
  readonly authUrl: string
  readonly password: string
}

const OPENRC = 'admin-openrc'

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const openrc = ({ authUrl, password }: Credentials): string => `# source this file
export OS_AUTH_URL=${quote(authUrl)}
export OS_USERNAME=admin
export OS_PASSWORD=${quote(password)}
export OS_PROJECT_NAME=admin
export OS_USER_DOMAIN_NAME=Default
export OS_PROJECT_DOMAIN_NAME=Default
export OS_REGION_NAME=RegionOne
export OS_IDENTITY_API_VERSION=3
# older clients ask for 2.1 unless told otherwise, which knows neither --nic none nor tags
export OS_COMPUTE_API_VERSION=2.90
`

const clouds = ({ authUrl, password }: Credentials): string => `clouds:
  kilonova:
    auth:
      auth_url: ${JSON.stringify(authUrl)}
      username: admin
      password: ${JSON.stringify(password)}
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    identity_api_version: 3
    compute_api_version: '2.90'
`

/** Writes `admin-openrc` and `clouds.yaml`. @returns the path of the first */
export const writeCredentials = (state: StateDir, credentials: Credentials): string => {
  state.writeSecret('clouds.yaml', clouds(credentials))
  return state.writeSecret(OPENRC, openrc(credentials))
}

/** The password of an earlier start, which only these files still tell; null when they are gone. */
export const knownPassword = (state: StateDir): string | null => {
  const file = state.file(OPENRC)
  if (!existsSync(file)) return null
  const quoted = /^export OS_PASSWORD='((?:[^']|'\\'')*)'$/m.exec(readFileSync(file, 'utf8'))?.[1]
  return quoted?.replaceAll(`'\\''`, "'") ?? null
}
