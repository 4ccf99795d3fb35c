import { ipAddress, novaObject, novaObjectList, string, uuid } from './base/index.js'

export class NetworkRequest extends novaObject('NetworkRequest', '1.3', {
  network_id: string({ nullable: true }),
  address: ipAddress({ nullable: true }),
  port_id: uuid({ nullable: true }),
  pci_request_id: uuid({ nullable: true }),
  tag: string({ nullable: true, since: '1.2' }),
  arq_uuid: uuid({ nullable: true, since: '1.3' }),
  device_profile: string({ nullable: true, since: '1.3' }),
}) {}

export class NetworkRequestList extends novaObjectList(
  'NetworkRequestList',
  '1.1',
  () => NetworkRequest,
) {}
