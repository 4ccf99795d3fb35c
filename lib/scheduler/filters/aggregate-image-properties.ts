import type { HostState } from '../host-state.js'
import { imagePropertyNames, type SchedulerRequest } from '../request.js'
import type { FilterFactory } from './filter.js'

/** What the host's aggregates say of image properties, the image says too, or nothing. */
export const aggregateImagePropertiesIsolation: FilterFactory = ({ conf }) => {
  const {
    aggregate_image_properties_isolation_namespace: namespace,
    aggregate_image_properties_isolation_separator: separator,
  } = conf.filter_scheduler
  const prefix = namespace ? `${namespace}${separator}` : ''
  const unmet = (host: HostState, { imageProperties }: SchedulerRequest): string | undefined =>
    host.aggregateSet.keys.find(key => {
      // nova looks for the whole key among the properties that it knows, and none has a namespace.
      if (!key.startsWith(prefix) || !imagePropertyNames.has(key)) return false
      const said = imageProperties[key]
      return said !== undefined && said !== null && !host.aggregateValues(key).has(String(said))
    })
  return {
    name: 'AggregateImagePropertiesIsolation',
    runOncePerRequest: true,
    runOnRebuild: true,
    hostPasses: (host, request) =>
      host.aggregates.length === 0 || unmet(host, request) === undefined,
    why(host, request) {
      const key = unmet(host, request) ?? ''
      const said = request.imageProperties[key]
      return `aggregates have ${key} ${[...host.aggregateValues(key)].join(', ')}, the image ${said}`
    },
  }
}
