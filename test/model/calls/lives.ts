import { candidates, fits, hostOf, isHostUp, POWER, type Server } from '../world.js'
import { act, at, type Call, named, type Outcome, savable } from './call.js'

const unshelved = (server: Server, hosts: readonly string[]): Outcome | undefined => {
  if (server.vm === 'shelved_offloaded' && hosts.length === 0) return { fails: true }
  const wasAway = server.vm === 'shelved_offloaded'
  server.vm = 'active'
  server.power = POWER.running
  return wasAway ? { hosts } : undefined
}

/** What takes a server away, for a while or for good, and back. */
export const lifeCalls: readonly Call[] = [
  {
    name: 'shelve',
    user: 'member',
    states: savable,
    refusedAs: 'shelve',
    recordedAs: 'shelve',
    make: (server, world) =>
      act(server, 'shelve', { shelve: null }, () => {
        server.vm = world.offload === 0 ? 'shelved_offloaded' : 'shelved'
        server.power = POWER.shutdown
        if (world.offload === 0) server.host = null
      }),
  },
  {
    name: 'shelve offload',
    user: 'admin',
    states: ['shelved'],
    refusedAs: 'shelveOffload',
    recordedAs: 'shelveOffload',
    events: ['compute_shelve_offload_instance'],
    make: server =>
      act(server, 'offload', { shelveOffload: null }, () => {
        server.vm = 'shelved_offloaded'
        server.host = null
      }),
  },
  {
    name: 'unshelve',
    user: 'member',
    states: ['shelved', 'shelved_offloaded'],
    refusedAs: 'unshelve',
    recordedAs: 'unshelve',
    make: (server, world) =>
      act(server, 'unshelve', { unshelve: null }, () =>
        unshelved(server, candidates(world, server.zone)),
      ),
  },
  {
    name: 'unshelve to zone',
    user: 'member',
    states: ['shelved_offloaded'],
    recordedAs: 'unshelve',
    make: (server, world, _cloud, pick) => {
      const zone = pick % 2 === 0 ? 'north' : 'nova'
      return act(server, `unshelve in ${zone}`, { unshelve: { availability_zone: zone } }, () => {
        server.zone = zone
        return unshelved(server, candidates(world, zone))
      })
    },
  },
  {
    name: 'unshelve to host',
    user: 'admin',
    states: ['shelved_offloaded'],
    recordedAs: 'unshelve',
    make: (server, world, _cloud, pick) => {
      const host = named(world, pick)
      const request = act(server, `unshelve on ${host}`, { unshelve: { host } }, () =>
        unshelved(
          server,
          candidates(world, server.zone).filter(name => name === host),
        ),
      )
      const zone = hostOf(world, host)?.zone
      return server.zone !== null && server.zone !== zone ? { ...request, refusal: 409 } : request
    },
  },
  {
    name: 'delete',
    user: 'member',
    anyTime: true,
    worksWithoutHost: true,
    recordedAs: 'delete',
    make: (server, world) => {
      if (server.vm === 'soft-delete') return null
      if (!isHostUp(world, server.resize?.from ?? server.host) && server.resize) return null
      const keeps = world.reclaim > 0 && isHostUp(world, server.host)
      return {
        text: 'delete',
        method: 'DELETE',
        path: at(server),
        code: 204,
        brings: () => {
          const before = server.vm === 'resized' ? ['confirmResize'] : []
          if (!keeps) return { gone: true, before }
          server.vm = 'soft-delete'
          server.power = POWER.shutdown
          server.resize = null
          return { before }
        },
      }
    },
  },
  {
    name: 'force delete',
    user: 'member',
    anyTime: true,
    worksWithoutHost: true,
    recordedAs: 'delete',
    make: (server, world) => {
      if (server.resize && !isHostUp(world, server.resize.from)) return null
      return act(server, 'delete by force', { forceDelete: null }, () => ({ gone: true }))
    },
  },
  {
    name: 'restore',
    user: 'member',
    states: ['soft-delete'],
    refusedAs: 'restore',
    recordedAs: 'restore',
    events: ['compute_restore_instance'],
    make: (server, world) => {
      const { vcpus, ram } = server.flavor
      const request = act(server, 'restore', { restore: null }, () => {
        server.vm = 'active'
        server.power = POWER.running
      })
      return fits(world, { instances: 1, cores: vcpus, ram })
        ? request
        : { ...request, refusal: 403 }
    },
  },
]
