import { integer, novaObject, object, uuid } from './base/index.js'
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
}) {}
