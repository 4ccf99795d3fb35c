import { HostApi } from '../lib/compute/host-api.js'
import type { ApiServices } from './services.js'

/** Services and hypervisors of all cells. */
export const hostApiOf = ({ runtime, compute }: ApiServices): HostApi =>
  new HostApi({
    cells: compute.cells,
    zones: compute.zones,
    serviceDownTime: runtime.conf.DEFAULT.service_down_time,
  })
