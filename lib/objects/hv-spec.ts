import { novaObject } from './base/index.js'
import { architecture, hvType, vmMode } from './enums.js'

export class HVSpec extends novaObject(
  'HVSpec',
  '1.2',
  {
    arch: architecture(),
    hv_type: hvType(),
    vm_mode: vmMode(),
  },
  (data, isBelow) => {
    if (isBelow('1.1') && data.hv_type === 'vz') data.hv_type = 'parallels'
  },
) {}
