import { alternatives, type Fields, since, until, view, when } from '../../lib/wsgi/index.js'
import { memberLinks } from '../resource-links.js'
import {
  addressesOf,
  faultOf,
  flavorDocument,
  flavorLink,
  hostStatusOf,
  imageOf,
  imageWithProperties,
  isoTime,
  plainAddressesOf,
  type ServerViewContext,
  type ShownServer,
  statusOfServer,
} from './documents.js'
import { progressStatuses } from './status.js'

type ServerFields = Fields<ShownServer, ServerViewContext>

const COLLECTION = 'servers'

/** What every document of a server has, at every version. */
const core: ServerFields = {
  id: ({ instance }) => instance.uuid,
  name: ({ instance }) => instance.displayName,
  status: statusOfServer,
  tenant_id: ({ instance }) => instance.projectId,
  user_id: ({ instance }) => instance.userId,
  metadata: ({ instance }) => instance.metadata,
  hostId: ({ instance }, { hostId }) => hostId(instance),
  image: alternatives([imageOf, until('2.97')], [imageWithProperties, since('2.98')]),
  flavor: alternatives([flavorLink, until('2.46')], [flavorDocument, since('2.47')]),
  created: ({ instance }) => isoTime(instance.createdAt),
  updated: ({ instance }) => isoTime(instance.get('updatedAt') ?? instance.createdAt),
  addresses: addressesOf,
  accessIPv4: ({ instance }) => instance.accessIpV4 ?? '',
  accessIPv6: ({ instance }) => instance.accessIpV6 ?? '',
  links: ({ instance }, { links }) => memberLinks(links, COLLECTION, instance.uuid),
  'OS-DCF:diskConfig': ({ instance }) => (instance.autoDiskConfig ? 'AUTO' : 'MANUAL'),
  progress: server =>
    progressStatuses.has(statusOfServer(server)) ? (server.instance.progress ?? 0) : undefined,
  fault: faultOf,
}

/** What came with a version of its own, in every document since. */
const later: ServerFields = {
  locked: [({ instance }) => instance.locked, since('2.9')],
  description: [({ instance }) => instance.displayDescription, since('2.19')],
  tags: [({ instance }) => instance.tags.objects.map(({ tag }) => tag), since('2.26')],
  trusted_image_certificates: [
    ({ instance }) => instance.get('trustedCerts')?.ids ?? null,
    since('2.63'),
  ],
  locked_reason: [server => server.lockedReason, since('2.73')],
  pinned_availability_zone: [server => server.pinnedAvailabilityZone, since('2.96')],
  scheduler_hints: [server => server.schedulerHints ?? {}, since('2.100')],
}

const attributes = when<ServerViewContext>(context => context.extendedAttributes)
const mayStatus = when<ServerViewContext>(context => context.hostStatus !== 'none')

/**
 * The rest of a shown server.
 *
 * @param first  the first version of what show has from 2.1 on: update and rebuild gained it in 2.75
 */
const extended = (first: string): ServerFields => {
  const from = (version: string) =>
    since(Number(version.slice(2)) > Number(first.slice(2)) ? version : first)
  return {
    'OS-EXT-AZ:availability_zone': [({ instance }) => instance.availabilityZone ?? '', from('2.1')],
    config_drive: [({ instance }) => instance.configDrive ?? '', from('2.1')],
    key_name: [({ instance }) => instance.keyName, from('2.1')],
    security_groups: [
      ({ securityGroups }) =>
        securityGroups?.length ? securityGroups.map(name => ({ name })) : undefined,
      from('2.1'),
    ],
    'OS-EXT-SRV-ATTR:host': [
      ({ instance }) => instance.get('host') ?? null,
      from('2.1'),
      attributes,
    ],
    'OS-EXT-SRV-ATTR:instance_name': [
      ({ instance }, context) => context.instanceName(instance),
      from('2.1'),
      attributes,
    ],
    'OS-EXT-SRV-ATTR:hypervisor_hostname': [
      ({ instance }) => instance.get('node') ?? null,
      from('2.1'),
      attributes,
    ],
    'OS-EXT-SRV-ATTR:reservation_id': [
      ({ instance }) => instance.reservationId,
      from('2.3'),
      attributes,
    ],
    'OS-EXT-SRV-ATTR:launch_index': [
      ({ instance }) => instance.launchIndex,
      from('2.3'),
      attributes,
    ],
    'OS-EXT-SRV-ATTR:hostname': alternatives(
      [({ instance }) => instance.hostname ?? '', from('2.3'), until('2.89'), attributes],
      [({ instance }) => instance.hostname ?? '', since('2.90')],
    ),
    'OS-EXT-SRV-ATTR:kernel_id': [({ instance }) => instance.kernelId, from('2.3'), attributes],
    'OS-EXT-SRV-ATTR:ramdisk_id': [({ instance }) => instance.ramdiskId, from('2.3'), attributes],
    'OS-EXT-SRV-ATTR:root_device_name': [
      ({ instance }) => instance.rootDeviceName,
      from('2.3'),
      attributes,
    ],
    'OS-EXT-SRV-ATTR:user_data': [({ instance }) => instance.userData, from('2.3'), attributes],
    'OS-EXT-STS:task_state': [({ instance }) => instance.taskState, from('2.1')],
    'OS-EXT-STS:vm_state': [({ instance }) => instance.vmState, from('2.1')],
    'OS-EXT-STS:power_state': [({ instance }) => instance.powerState ?? 0, from('2.1')],
    'os-extended-volumes:volumes_attached': volumesAttached(first),
    host_status: [hostStatusOf, from('2.16'), mayStatus],
  }
}

/** `delete_on_termination` came in 2.3; an update has both at once, in 2.75. */
const volumesAttached = (first: string) => {
  const withDeletion = [
    ({ volumes }: ShownServer) =>
      volumes.map(bdm => ({
        id: bdm.volumeId,
        delete_on_termination: bdm.deleteOnTermination,
      })),
    since(first === '2.1' ? '2.3' : first),
  ] as const
  return first === '2.1'
    ? alternatives<ShownServer, ServerViewContext>(
        [({ volumes }) => volumes.map(bdm => ({ id: bdm.volumeId })), until('2.2')],
        withDeletion,
      )
    : withDeletion
}

const serverGroups: ServerFields = {
  server_groups: [server => server.serverGroups ?? [], since('2.71')],
}

/** GET /servers/detail */
export const detailView = view<ShownServer, ServerViewContext>({
  ...core,
  ...extended('2.1'),
  ...later,
})

/** GET /servers/{id} */
export const showView = view<ShownServer, ServerViewContext>({
  ...core,
  ...extended('2.1'),
  ...later,
  ...serverGroups,
})

const changed: ServerFields = {
  ...core,
  addresses: alternatives([plainAddressesOf, until('2.74')], [addressesOf, since('2.75')]),
  ...extended('2.75'),
  ...later,
  ...serverGroups,
}

/** PUT /servers/{id} */
export const updateView = view<ShownServer, ServerViewContext>(changed)

const { 'OS-EXT-SRV-ATTR:user_data': _, ...rebuilt } = changed

/** POST /servers/{id}/action, rebuild: the user data, to who may rebuild, stands by itself */
export const rebuildView = view<ShownServer, ServerViewContext>({
  ...rebuilt,
  key_name: [({ instance }) => instance.keyName, since('2.54')],
  user_data: [({ instance }) => instance.userData, since('2.57')],
})
