import { translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type {
  CpuDiagnostics,
  Diagnostics,
  DiskDiagnostics,
  Instance,
  NicDiagnostics,
} from '../lib/objects/index.js'
import {
  apiVersion,
  expectedErrors,
  nested,
  query,
  querySchema,
  serves,
  view,
} from '../lib/wsgi/index.js'

const cpuView = view<CpuDiagnostics>({
  id: cpu => cpu.id,
  time: cpu => cpu.time,
  utilisation: cpu => cpu.utilisation,
})

const nicView = view<NicDiagnostics>({
  mac_address: nic => nic.macAddress,
  rx_octets: nic => nic.rxOctets,
  rx_errors: nic => nic.rxErrors,
  rx_drop: nic => nic.rxDrop,
  rx_packets: nic => nic.rxPackets,
  rx_rate: nic => nic.rxRate,
  tx_octets: nic => nic.txOctets,
  tx_errors: nic => nic.txErrors,
  tx_drop: nic => nic.txDrop,
  tx_packets: nic => nic.txPackets,
  tx_rate: nic => nic.txRate,
})

const diskView = view<DiskDiagnostics>({
  read_bytes: disk => disk.readBytes,
  read_requests: disk => disk.readRequests,
  write_bytes: disk => disk.writeBytes,
  write_requests: disk => disk.writeRequests,
  errors_count: disk => disk.errorsCount,
})

const diagnosticsView = view<Diagnostics>({
  state: it => it.state,
  driver: it => it.driver,
  hypervisor: it => it.hypervisor,
  hypervisor_os: it => it.hypervisorOs,
  uptime: it => it.uptime,
  config_drive: it => it.configDrive,
  num_cpus: it => it.numCpus,
  num_nics: it => it.numNics,
  num_disks: it => it.numDisks,
  disk_details: nested(it => it.diskDetails, diskView),
  cpu_details: nested(it => it.cpuDetails, cpuView),
  nic_details: nested(it => it.nicDetails, nicView),
  memory_details: ({ memoryDetails: memory }) => ({
    maximum: memory.maximum,
    used: memory.used,
  }),
})

const asking = translating({ 409: ['InstanceNotReady', 'InstanceInvalidState'] })

/** /servers/{server_id}/diagnostics: what the hypervisor counts of a guest that runs. */
export class ServerDiagnosticsController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  /** The driver's own map. */
  @apiVersion('2.1', '2.47')
  @query(querySchema({}))
  @expectedErrors(400, 404, 409, 501)
  async index(req: Req): Promise<object> {
    const instance = await this.#server(req)
    return Object(await asking(() => this.#compute.getDiagnostics(instance)))
  }

  @serves('index')
  @apiVersion('2.48')
  @query(querySchema({}))
  @expectedErrors(400, 404, 409, 501)
  async indexInCommonForm(req: Req): Promise<object> {
    const instance = await this.#server(req)
    const diagnostics = await asking(() => this.#compute.getInstanceDiagnostics(instance))
    return diagnosticsView.at(req.version)(diagnostics, null)
  }

  async #server(req: Req): Promise<Instance> {
    const instance = await this.#compute.get(req.context, req.params.server_id ?? '')
    req.context.can('os_compute_api:os-server-diagnostics', instance)
    return instance
  }
}

export const extension = {
  alias: 'os-server-diagnostics',
  name: 'ServerDiagnostics',
  description: 'Allow Admins to view server diagnostics through server action.',
  resources: [
    {
      collection: 'diagnostics',
      controller: ServerDiagnosticsController,
      parent: { memberName: 'server', collectionName: 'servers' },
    },
  ],
}
