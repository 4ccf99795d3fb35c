import type { RequestContext } from '../context/index.js'
import { MigrationContextNotFound } from '../exception/index.js'
import { integer, novaObject, object, remotableClassMethod, uuid } from './base/index.js'
import { extraText } from './instance-extra.js'
import { InstanceNUMATopology } from './instance-numa.js'
import { InstancePCIRequests } from './instance-pci-requests.js'
import { PciDeviceList } from './pci-device.js'
import { persistentFields } from './persistent.js'
import { ResourceList } from './resource.js'

export class MigrationContext extends novaObject('MigrationContext', '1.2', {
  instance_uuid: uuid(),
  migration_id: integer(),
  new_numa_topology: object(() => InstanceNUMATopology)({ nullable: true }),
  old_numa_topology: object(() => InstanceNUMATopology)({ nullable: true }),
  new_pci_devices: object(() => PciDeviceList)({ nullable: true, since: '1.1' }),
  old_pci_devices: object(() => PciDeviceList)({ nullable: true, since: '1.1' }),
  new_pci_requests: object(() => InstancePCIRequests)({ nullable: true, since: '1.1' }),
  old_pci_requests: object(() => InstancePCIRequests)({ nullable: true, since: '1.1' }),
  new_resources: object(() => ResourceList)({ nullable: true, since: '1.2' }),
  old_resources: object(() => ResourceList)({ nullable: true, since: '1.2' }),
  ...persistentFields(),
}) {
  /**
   * @returns null for a server without
   * @throws MigrationContextNotFound when nothing of the kind is kept of the server
   */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<MigrationContext | null> {
    const text = await extraText(context, instanceUuid, 'migration_context')
    if (text === undefined) throw new MigrationContextNotFound({ instance_uuid: instanceUuid })
    return text ? MigrationContext.fromPrimitive(JSON.parse(text), context) : null
  }
}
