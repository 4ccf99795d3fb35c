import { type FilterFactory, perInstance } from './filter.js'

/** All servers on a host have one flavor. */
export const typeAffinityFilter: FilterFactory = () => ({
  name: 'TypeAffinityFilter',
  ...perInstance,
  needs: ['flavors'],
  hostPasses(host, { flavor }) {
    for (const id of host.flavorIds) if (id !== flavor.id) return false
    return true
  },
  why: () => 'has servers of another flavor',
})
