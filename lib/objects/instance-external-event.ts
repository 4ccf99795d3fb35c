import { dictOf, enumeration, novaObject, string, uuid } from './base/index.js'

export class InstanceExternalEvent extends novaObject('InstanceExternalEvent', '1.5', {
  instance_uuid: uuid(),
  name: enumeration(
    'network-changed',
    'network-vif-plugged',
    'network-vif-unplugged',
    'network-vif-deleted',
    'volume-extended',
    'power-update',
    'accelerator-request-bound',
    'volume-reimaged',
  )(),
  status: enumeration('failed', 'completed', 'in-progress')(),
  tag: string({ nullable: true }),
  data: dictOf(string())(),
}) {}
