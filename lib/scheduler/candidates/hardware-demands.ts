import type { SchedulerRequest } from '../request.js'
import type { HardwareDemands } from './resource-request.js'

const nothing: HardwareDemands = { resources: {}, required: [], forbidden: [] }

/**
 * What extra specs (`hw:…`) and image properties (`hw_…`) ask of a host's hardware, as amounts and traits. Where
 * both speak, the flavor does (that they agree, the API has seen to).
 *
 * @param pinning  whether dedicated CPUs are told from others
 */
export const hardwareDemands = (
  request: SchedulerRequest,
  pinning: boolean,
): { readonly cpus: HardwareDemands; readonly others: HardwareDemands } => ({
  cpus: pinning ? cpuDemands(request) : nothing,
  others: otherDemands(request),
})

const said = (
  { flavor: { extraSpecs }, imageProperties }: SchedulerRequest,
  name: string,
  prefix = 'hw',
): string | null => {
  const value = extraSpecs[`${prefix}:${name}`] ?? imageProperties[`${prefix}_${name}`]
  return value === undefined || value === null ? null : String(value).toLowerCase()
}

const HYPERTHREADING = 'HW_CPU_HYPERTHREADING'

const cpuDemands = (request: SchedulerRequest): HardwareDemands => {
  const { flavor, numaCells } = request
  const policy = said(request, 'cpu_policy')
  const threads = said(request, 'cpu_thread_policy')
  const traits = {
    required: threads === 'require' ? [HYPERTHREADING] : [],
    forbidden: threads === 'isolate' ? [HYPERTHREADING] : [],
  }
  if (policy !== 'dedicated' && policy !== 'mixed') return { resources: {}, ...traits }
  const emulator = flavor.extraSpecs['hw:emulator_threads_policy'] === 'isolate' ? 1 : 0
  if (policy === 'dedicated') return { resources: { PCPU: flavor.vcpus + emulator }, ...traits }
  // Which of them are dedicated, the API has written into the topology.
  const pinned = (numaCells ?? []).reduce((sum, cell) => sum + cell.pinned, 0)
  return { resources: { VCPU: flavor.vcpus - pinned, PCPU: pinned + emulator }, ...traits }
}

const tpmTraits: Readonly<Record<string, string>> = {
  '1.2': 'COMPUTE_SECURITY_TPM_1_2',
  '2.0': 'COMPUTE_SECURITY_TPM_2_0',
}

const otherDemands = (request: SchedulerRequest): HardwareDemands => {
  const resources: Record<string, number> = {}
  if (isTrue(said(request, 'mem_encryption'))) resources.MEM_ENCRYPTION_CONTEXT = 1
  for (const label of (request.flavor.extraSpecs['hw:pmem'] ?? '').split(',')) {
    if (label.trim() === '') continue
    const name = `CUSTOM_PMEM_NAMESPACE_${label.trim().toUpperCase().replace(/\W/g, '_')}`
    resources[name] = (resources[name] ?? 0) + 1
  }
  const tpm = tpmTraits[said(request, 'tpm_version') ?? '']
  return {
    resources,
    required: [
      ...(tpm ? [tpm] : []),
      ...(said(request, 'secure_boot', 'os') === 'required'
        ? ['COMPUTE_SECURITY_UEFI_SECURE_BOOT']
        : []),
      ...(said(request, 'pci_numa_affinity_policy') === 'socket'
        ? ['COMPUTE_SOCKET_PCI_NUMA_AFFINITY']
        : []),
    ],
    forbidden: [],
  }
}

const isTrue = (text: string | null): boolean =>
  text !== null && ['1', 't', 'true', 'on', 'y', 'yes'].includes(text)
