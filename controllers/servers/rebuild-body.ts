import type { RebuildRequest } from '../../lib/compute/actions/rebuild.js'
import { generatePassword } from '../../lib/compute/server-names.js'
import { behavioursOf, boolFromString, type Microversion, since } from '../../lib/wsgi/index.js'
import { changesOf, type UpdateServerBody } from './update-body.js'

/** `rebuild` of POST /servers/{id}/action, as its schema lets it pass: keys that are too new are not there. */
export interface RebuildBody {
  readonly rebuild: Omit<UpdateServerBody['server'], 'pinned_availability_zone'> & {
    readonly imageRef: string
    readonly adminPass?: string
    readonly metadata?: Readonly<Record<string, string>>
    readonly preserve_ephemeral?: boolean | string
    readonly personality?: readonly { readonly path?: string; readonly contents?: string }[]
    readonly key_name?: string | null
    readonly user_data?: string | null
    readonly trusted_image_certificates?: readonly string[] | null
  }
}

const behaviours = behavioursOf({
  reimagesBootVolume: since('2.93'),
})

/** What a body asks for. @param passwordLength  `[DEFAULT] password_length` */
export const rebuildRequestOf = (
  { rebuild }: RebuildBody,
  { version, passwordLength }: { readonly version: Microversion; readonly passwordLength: number },
): RebuildRequest => {
  const { key_name: keyName, trusted_image_certificates: trustedCerts } = rebuild
  const { autoDiskConfig = null, ...changes } = changesOf({ server: rebuild })
  return {
    imageRef: rebuild.imageRef,
    adminPassword: rebuild.adminPass ?? generatePassword(passwordLength),
    injectedFiles: (rebuild.personality ?? []).map(
      ({ path = '', contents = '' }) => [path, contents] as const,
    ),
    preserveEphemeral: boolFromString(rebuild.preserve_ephemeral ?? false),
    reimageBootVolume: behaviours.at(version).reimagesBootVolume,
    autoDiskConfig,
    ...(keyName === undefined ? {} : { keyName }),
    ...(trustedCerts === undefined ? {} : { trustedCerts }),
    changes: {
      ...changes,
      ...(rebuild.metadata === undefined ? {} : { metadata: rebuild.metadata }),
      ...(rebuild.user_data === undefined ? {} : { userData: rebuild.user_data }),
    },
  }
}
