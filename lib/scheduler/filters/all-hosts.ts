import { type FilterFactory, oncePerRequest } from './filter.js'

export const allHostsFilter: FilterFactory = () => ({
  name: 'AllHostsFilter',
  ...oncePerRequest,
  concerns: () => false,
  hostPasses: () => true,
})
