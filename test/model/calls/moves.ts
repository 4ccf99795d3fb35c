import { candidates, fitsInPlaceOf, flavorBut, isHostUp, POWER, type Server } from '../world.js'
import { act, type Call, named, type Outcome } from './call.js'

const movable = ['active', 'stopped']

const moveEvents = [
  'conductor_migrate_server',
  'cold_migrate',
  'compute_prep_resize',
  'compute_resize_instance',
  'compute_finish_resize',
]

const movesTo = (server: Server, hosts: readonly string[], flavor = server.flavor) =>
  hosts.length === 0
    ? ({ fails: true } as const)
    : (() => {
        const from = server.host ?? ''
        server.resize = { from, flavor: server.flavor, wasStopped: server.vm === 'stopped' }
        server.power = server.vm === 'stopped' ? POWER.shutdown : POWER.running
        server.vm = 'resized'
        server.flavor = flavor
        return { hosts } as const
      })()

/** Of two ends of a resize: the server is on one of them. */
const endResize = (server: Server): void => {
  server.vm = server.power === POWER.shutdown ? 'stopped' : 'active'
  server.resize = null
}

const wentTo = (hosts: readonly string[]): Outcome =>
  hosts.length === 0 ? { fails: true } : { hosts }

/** What takes a server to another host. */
export const moveCalls: readonly Call[] = [
  {
    name: 'resize',
    user: 'member',
    states: movable,
    refusedAs: 'resize',
    recordedAs: 'resize',
    events: moveEvents,
    make: (server, world, _cloud, pick) => {
      const flavor = flavorBut(server.flavor, pick)
      const request = act(
        server,
        `resize to flavor ${flavor.id}`,
        { resize: { flavorRef: flavor.id } },
        () => movesTo(server, candidates(world, server.zone, server.host), flavor),
      )
      return fitsInPlaceOf(world, flavor, server.flavor) ? request : { ...request, refusal: 403 }
    },
  },
  {
    name: 'migrate',
    user: 'admin',
    states: movable,
    refusedAs: 'migrate',
    recordedAs: 'migrate',
    events: moveEvents,
    make: (server, world) =>
      act(server, 'migrate', { migrate: null }, () =>
        movesTo(server, candidates(world, server.zone, server.host)),
      ),
  },
  {
    name: 'migrate to host',
    user: 'admin',
    states: movable,
    refusedAs: 'migrate',
    recordedAs: 'migrate',
    events: moveEvents,
    make: (server, world, _cloud, pick) => {
      const host = named(world, pick)
      const request = act(server, `migrate to ${host}`, { migrate: { host } }, () =>
        movesTo(
          server,
          candidates(world, server.zone).filter(name => name === host),
        ),
      )
      return host === server.host ? { ...request, refusal: 400 } : request
    },
  },
  {
    name: 'confirm resize',
    user: 'member',
    states: ['resized'],
    refusedAs: 'confirmResize',
    recordedAs: 'confirmResize',
    events: ['compute_confirm_resize'],
    make: (server, world) =>
      server.resize && !isHostUp(world, server.resize.from)
        ? null
        : act(server, 'confirm the resize', { confirmResize: null }, () => endResize(server), 204),
  },
  {
    name: 'revert resize',
    user: 'member',
    states: ['resized'],
    refusedAs: 'revertResize',
    recordedAs: 'revertResize',
    events: ['compute_revert_resize', 'compute_finish_revert_resize'],
    make: (server, world) => {
      const { resize } = server
      if (resize && !isHostUp(world, resize.from)) return null
      const request = act(server, 'revert the resize', { revertResize: null }, () => {
        if (!resize) return
        server.flavor = resize.flavor
        server.power = resize.wasStopped ? POWER.shutdown : POWER.running
        server.resize = null
        server.vm = resize.wasStopped ? 'stopped' : 'active'
        return { hosts: [resize.from] }
      })
      return resize && !fitsInPlaceOf(world, resize.flavor, server.flavor)
        ? { ...request, refusal: 403 }
        : request
    },
  },
  {
    name: 'live migrate',
    user: 'admin',
    states: ['active', 'paused'],
    refusedAs: 'os-migrateLive',
    recordedAs: 'live-migration',
    make: (server, world) =>
      act(
        server,
        'migrate live',
        { 'os-migrateLive': { host: null, block_migration: 'auto' } },
        () => wentTo(candidates(world, server.zone, server.host)),
      ),
  },
  {
    name: 'live migrate to host',
    user: 'admin',
    states: ['active', 'paused'],
    refusedAs: 'os-migrateLive',
    recordedAs: 'live-migration',
    make: (server, world, _cloud, pick) => {
      const host = named(world, pick)
      return act(
        server,
        `migrate live to ${host}`,
        { 'os-migrateLive': { host, block_migration: 'auto' } },
        () => wentTo(candidates(world, server.zone, server.host).filter(name => name === host)),
      )
    },
  },
  {
    name: 'force live migration',
    user: 'admin',
    version: '2.67',
    states: ['active', 'paused'],
    refusedAs: 'os-migrateLive',
    recordedAs: 'live-migration',
    make: (server, world, _cloud, pick) => {
      const host = named(world, pick)
      return act(
        server,
        `migrate live by force to ${host}`,
        { 'os-migrateLive': { host, block_migration: 'auto', force: true } },
        () => wentTo(isHostUp(world, host) && host !== server.host ? [host] : []),
      )
    },
  },
  {
    name: 'evacuate',
    user: 'admin',
    states: ['active', 'stopped', 'error'],
    refusedAs: 'evacuate',
    anyTime: true,
    worksWithoutHost: true,
    recordedAs: 'evacuate',
    make: (server, world) => {
      const request = act(
        server,
        'evacuate',
        { evacuate: {} },
        () => {
          const hosts = candidates(world, server.zone, server.host)
          if (hosts.length === 0) {
            server.vm = 'error'
            return { fails: true }
          }
          server.vm = 'stopped'
          server.power = POWER.shutdown
          server.isSound = true
          return { hosts }
        },
        200,
      )
      return isHostUp(world, server.host) ? { ...request, refusal: 400 } : request
    },
  },
]
