import { POWER } from '../world.js'
import { act, at, type Call } from './call.js'

/** Those that an administrator may call broken without losing something that lies elsewhere. */
const resettable: readonly string[] = [
  'active',
  'stopped',
  'paused',
  'suspended',
  'rescued',
  'error',
]

/** What is written on a server, and moves nothing. */
export const markCalls: readonly Call[] = [
  {
    name: 'reset state to error',
    user: 'admin',
    anyTime: true,
    ignoresLock: true,
    recordedAs: 'resetState',
    events: [],
    make: server =>
      resettable.includes(server.vm)
        ? act(server, 'reset the state to error', { 'os-resetState': { state: 'error' } }, () => {
            server.vm = 'error'
          })
        : null,
  },
  {
    name: 'reset state to active',
    user: 'admin',
    anyTime: true,
    ignoresLock: true,
    recordedAs: 'resetState',
    events: [],
    make: server =>
      server.isSound && server.power === POWER.running && ['active', 'error'].includes(server.vm)
        ? act(server, 'reset the state to active', { 'os-resetState': { state: 'active' } }, () => {
            server.vm = 'active'
          })
        : null,
  },
  ...(['member', 'admin'] as const).map(
    (user): Call => ({
      name: `lock as ${user}`,
      user,
      anyTime: true,
      ignoresLock: true,
      worksWithoutHost: true,
      recordedAs: 'lock',
      make: (server, _world, _cloud, pick) =>
        act(server, `lock as ${user}`, { lock: { locked_reason: `reason ${pick}` } }, () => {
          // Its own project's lock is not renewed.
          if (server.isLocked) return { isUnrecorded: true }
          server.isLocked = true
        }),
    }),
  ),
  ...(['member', 'admin'] as const).map(
    (user): Call => ({
      name: `unlock as ${user}`,
      user,
      anyTime: true,
      ignoresLock: true,
      worksWithoutHost: true,
      recordedAs: 'unlock',
      make: server =>
        act(server, `unlock as ${user}`, { unlock: null }, () => {
          server.isLocked = false
        }),
    }),
  ),
  {
    name: 'set metadata',
    user: 'member',
    states: ['active', 'paused', 'suspended', 'stopped'],
    refusedAs: 'update metadata',
    anyTime: true,
    worksWithoutHost: true,
    make: (server, _world, _cloud, pick) => {
      const metadata = { [`key-${pick % 3}`]: `value ${pick}` }
      return {
        text: `set metadata ${Object.keys(metadata)}`,
        method: 'POST',
        path: at(server, '/metadata'),
        body: { metadata },
        code: 200,
        brings: () => {
          server.metadata = { ...server.metadata, ...metadata }
        },
      }
    },
  },
  {
    name: 'set tags',
    user: 'member',
    states: ['active', 'paused', 'suspended', 'stopped'],
    anyTime: true,
    ignoresLock: true,
    worksWithoutHost: true,
    make: (server, _world, _cloud, pick) => {
      const tags = [`tag-${pick % 4}`, 'own']
      return {
        text: `set tags ${tags}`,
        method: 'PUT',
        path: at(server, '/tags'),
        body: { tags },
        code: 200,
        brings: () => {
          server.tags = tags
        },
      }
    },
  },
  {
    name: 'rename',
    user: 'member',
    anyTime: true,
    ignoresLock: true,
    worksWithoutHost: true,
    make: (server, _world, _cloud, pick) => {
      const name = `renamed-${pick % 5}`
      return {
        text: `rename to ${name}`,
        method: 'PUT',
        path: at(server),
        body: { server: { name } },
        code: 200,
        brings: () => {
          server.name = name
        },
      }
    },
  },
]
