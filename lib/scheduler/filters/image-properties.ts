import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import type { FilterFactory } from './filter.js'
import { versionSatisfies } from './version-predicate.js'

/** The host runs guests of the architecture, hypervisor and mode that the image names. */
export const imagePropertiesFilter: FilterFactory = ({ conf }) => {
  const defaultArchitecture = conf.filter_scheduler.image_properties_default_architecture
  const wantedBy = ({ imageProperties }: SchedulerRequest): readonly unknown[] => [
    imageProperties.hw_architecture ?? defaultArchitecture,
    imageProperties.img_hv_type,
    imageProperties.hw_vm_mode,
  ]
  const concerns = (request: SchedulerRequest): boolean =>
    wantedBy(request).some(isSaid) ||
    isSaid(request.imageProperties.img_hv_requested_version) ||
    isSaid(request.imageProperties.hw_maxphysaddr_bits)
  const runs = (host: HostState, request: SchedulerRequest): boolean => {
    const wanted = wantedBy(request)
    if (!wanted.some(isSaid)) return true
    return host.supportedInstances.some(triple =>
      wanted.every((value, index) => !isSaid(value) || value === triple[index]),
    )
  }
  const isNewEnough = (host: HostState, { imageProperties }: SchedulerRequest): boolean => {
    const predicate = imageProperties.img_hv_requested_version
    return !isSaid(predicate) || versionSatisfies(host.hypervisorVersion, String(predicate))
  }
  return {
    name: 'ImagePropertiesFilter',
    runOncePerRequest: true,
    runOnRebuild: true,
    concerns,
    hostPasses: (host, request) =>
      runs(host, request) && isNewEnough(host, request) && addressesEnough(host, request),
    why(host, request) {
      if (!runs(host, request)) {
        const wanted = wantedBy(request).filter(isSaid).join(' ')
        const able = host.supportedInstances.map(triple => triple.join(' ')).join(', ')
        return `the image wants ${wanted}, the host runs ${able || 'nothing known'}`
      }
      if (!isNewEnough(host, request)) {
        return `the image wants a hypervisor ${request.imageProperties.img_hv_requested_version}, the host's is ${host.hypervisorVersion}`
      }
      return `the image wants ${request.imageProperties.hw_maxphysaddr_bits} bits of physical address`
    },
  }
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null

const addressesEnough = (host: HostState, { imageProperties }: SchedulerRequest): boolean => {
  const wanted = imageProperties.hw_maxphysaddr_bits
  if (!isSaid(wanted)) return true
  try {
    const bits: unknown = JSON.parse(host.cpuInfo)?.maxphysaddr?.bits
    return typeof bits === 'number' && bits >= Number(wanted)
  } catch {
    return false
  }
}
