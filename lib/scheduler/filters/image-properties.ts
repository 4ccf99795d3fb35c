import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import type { FilterOptions, HostFilter } from './filter.js'

/** The host runs guests of the architecture, hypervisor and mode that the image names. */
export class ImagePropertiesFilter implements HostFilter {
  readonly name = 'ImagePropertiesFilter'
  readonly runOncePerRequest = true
  readonly runOnRebuild = true
  readonly #defaultArchitecture: string | null

  constructor(options: FilterOptions) {
    this.#defaultArchitecture = options.defaultArchitecture
  }

  hostPasses(host: HostState, { imageProperties }: SchedulerRequest): boolean {
    const wanted = [
      imageProperties.hw_architecture ?? this.#defaultArchitecture,
      imageProperties.img_hv_type,
      imageProperties.hw_vm_mode,
    ]
    if (wanted.every(value => value === undefined || value === null)) return true
    return host.supportedInstances.some(triple =>
      wanted.every(
        (value, index) => value === undefined || value === null || value === triple[index],
      ),
    )
  }
}
