import { membersOn } from '../request.js'
import type { WeigherFactory } from './weigher.js'

/** Draws the members of a `soft-affinity` group together. */
export const softAffinityWeigher: WeigherFactory = ({ conf }) => ({
  name: 'ServerGroupSoftAffinityWeigher',
  multiplierKey: 'soft_affinity_weight_multiplier',
  multiplier: conf.filter_scheduler.soft_affinity_weight_multiplier,
  concerns: ({ group }) => group?.policy === 'soft-affinity',
  weigh: (host, request) =>
    request.group?.policy === 'soft-affinity' ? membersOn(host, request) : 0,
})

/** Keeps the members of a `soft-anti-affinity` group apart while it can. */
export const softAntiAffinityWeigher: WeigherFactory = ({ conf }) => ({
  name: 'ServerGroupSoftAntiAffinityWeigher',
  multiplierKey: 'soft_anti_affinity_weight_multiplier',
  multiplier: conf.filter_scheduler.soft_anti_affinity_weight_multiplier,
  concerns: ({ group }) => group?.policy === 'soft-anti-affinity',
  weigh: (host, request) =>
    request.group?.policy === 'soft-anti-affinity' ? -membersOn(host, request) : 0,
})

/** Of a move that may leave its cell, prefers hosts that need not. */
export const crossCellWeigher: WeigherFactory = ({ conf }) => ({
  name: 'CrossCellWeigher',
  multiplierKey: 'cross_cell_move_weight_multiplier',
  multiplier: conf.filter_scheduler.cross_cell_move_weight_multiplier,
  concerns: ({ destination }) =>
    destination?.allowCrossCellMove === true && destination.cellUuid !== null,
  weigh: (host, { destination }) => {
    if (!destination?.allowCrossCellMove || destination.cellUuid === null) return 0
    return host.cellUuid === destination.cellUuid ? 1 : -1
  },
})
