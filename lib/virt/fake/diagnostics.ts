import {
  CpuDiagnostics,
  Diagnostics,
  DiskDiagnostics,
  MemoryDiagnostics,
  NicDiagnostics,
} from '../../objects/index.js'

/** nova's fake figures, the same for every guest. */
export const fakeDiagnosticsMap: Readonly<Record<string, number>> = {
  cpu0_time: 17300000000,
  memory: 524288,
  vda_errors: -1,
  vda_read: 262144,
  vda_read_req: 112,
  vda_write: 5778432,
  vda_write_req: 488,
  vnet1_rx: 2070139,
  vnet1_rx_drop: 0,
  vnet1_rx_errors: 0,
  vnet1_rx_packets: 26701,
  vnet1_tx: 140208,
  vnet1_tx_drop: 0,
  vnet1_tx_errors: 0,
  vnet1_tx_packets: 662,
}

/** The same, as nova's fake tells them since there is a common form. */
export const fakeDiagnostics = (): Diagnostics =>
  new Diagnostics(null, {
    state: 'running',
    driver: 'libvirt',
    hypervisor: 'kvm',
    hypervisorOs: 'ubuntu',
    uptime: 46664,
    configDrive: true,
    memoryDetails: new MemoryDiagnostics(null, { maximum: 524288, used: 0 }),
    cpuDetails: [new CpuDiagnostics(null, { id: 0, time: 17300000000, utilisation: 15 })],
    nicDetails: [
      new NicDiagnostics(null, {
        macAddress: '01:23:45:67:89:ab',
        rxOctets: 2070139,
        rxErrors: 100,
        rxDrop: 200,
        rxPackets: 26701,
        rxRate: 300,
        txOctets: 140208,
        txErrors: 400,
        txDrop: 500,
        txPackets: 662,
        txRate: 600,
      }),
    ],
    diskDetails: [
      new DiskDiagnostics(null, {
        readBytes: 262144,
        readRequests: 112,
        writeBytes: 5778432,
        writeRequests: 488,
        errorsCount: 1,
      }),
    ],
    numCpus: 1,
    numNics: 1,
    numDisks: 1,
  })

/** Reads and writes since a guest was switched on. */
export const fakeVolumeCounts = ({ bootedAt }: { readonly bootedAt: string }) => {
  const seconds = Math.max(1, Math.floor((Date.now() - Date.parse(bootedAt)) / 1000))
  return {
    reads: 10 * seconds,
    readBytes: 40_960 * seconds,
    writes: seconds,
    writeBytes: 4096 * seconds,
  }
}
