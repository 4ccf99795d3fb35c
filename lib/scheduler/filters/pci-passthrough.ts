import { poolsLeft } from '../pci-fit.js'
import { type FilterFactory, perInstance } from './filter.js'

/** The host has the free PCI devices that are asked for. */
export const pciPassthroughFilter: FilterFactory = () => ({
  name: 'PciPassthroughFilter',
  ...perInstance,
  concerns: ({ pciRequests }) => pciRequests.length > 0,
  hostPasses: (host, { pciRequests }) =>
    pciRequests.length === 0 || poolsLeft(host.pciPools, pciRequests) !== null,
  why: (host, { pciRequests }) => {
    const wanted = pciRequests.reduce((sum, { count }) => sum + count, 0)
    const free = host.pciPools.reduce((sum, { count }) => sum + count, 0)
    return `${wanted} PCI devices asked for, none of its ${free} free ones will do`
  },
})
