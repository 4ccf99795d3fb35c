import type { Instance } from '../../lib/objects/index.js'
import { type Fields, since, view } from '../../lib/wsgi/index.js'
import { memberLinks } from '../resource-links.js'
import {
  flavorDocument,
  imageOf,
  isoTime,
  type ServerViewContext,
  type ShownServer,
} from './documents.js'

type UnavailableFields = Fields<ShownServer, ServerViewContext>

const brief: UnavailableFields = {
  id: ({ instance }) => instance.uuid,
  status: () => 'UNKNOWN',
  links: ({ instance }, { links }) => memberLinks(links, 'servers', instance.uuid),
}

const mapped: UnavailableFields = {
  ...brief,
  tenant_id: ({ instance }) => instance.projectId,
  created: ({ instance }) => isoTime(instance.createdAt),
}

/** A server in GET /servers whose cell is down (2.69). */
export const unavailableIndexView = view<ShownServer, ServerViewContext>(brief)

/** The same in GET /servers/detail. */
export const unavailableDetailView = view<ShownServer, ServerViewContext>(mapped)

/** The same in GET /servers/{id}, where the API database has what was asked for at the boot. */
export const unavailableShowView = view<ShownServer, ServerViewContext>({
  ...mapped,
  image: imageOf,
  flavor: flavorDocument,
  'OS-EXT-AZ:availability_zone': ({ instance }) => instance.availabilityZone ?? 'UNKNOWN',
  'OS-EXT-STS:power_state': ({ instance }) => instance.powerState,
  user_id: ({ instance }) => instance.userId ?? 'UNKNOWN',
  server_groups: [server => server.serverGroups ?? [], since('2.71')],
})

/** What is gathered of such a server: nothing, but for its groups, which the API database has. */
export const unavailableServer = (
  instance: Instance,
  serverGroups: readonly string[] | null = null,
): ShownServer => ({
  instance,
  fault: null,
  lockedReason: null,
  securityGroups: null,
  volumes: [],
  hostStatus: 'UNKNOWN',
  serverGroups,
  pinnedAvailabilityZone: null,
  schedulerHints: null,
})
