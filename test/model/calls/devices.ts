import { NETWORK_ID } from '../ports.js'
import { anyOf, at, type Call } from './call.js'

/** What is put into a server, and taken out. */
export const deviceCalls: readonly Call[] = [
  {
    name: 'attach volume',
    user: 'member',
    states: [
      'active',
      'paused',
      'stopped',
      'resized',
      'soft-delete',
      'shelved',
      'shelved_offloaded',
    ],
    refusedAs: 'attach_volume',
    version: '2.90',
    recordedAs: 'attach_volume',
    make: (server, _world, cloud) => {
      if (server.volumes.size >= 3) return null
      const { id } = cloud.api.volumes.add({ name: `volume of ${server.name}` })
      return {
        text: 'attach a volume',
        method: 'POST',
        path: at(server, '/os-volume_attachments'),
        body: { volumeAttachment: { volumeId: id } },
        code: 200,
        brings: () => {
          server.volumes = new Set([...server.volumes, id])
        },
      }
    },
  },
  {
    name: 'detach volume',
    user: 'member',
    states: [
      'active',
      'paused',
      'stopped',
      'resized',
      'soft-delete',
      'shelved',
      'shelved_offloaded',
    ],
    refusedAs: 'detach_volume',
    version: '2.90',
    recordedAs: 'detach_volume',
    make: (server, _world, _cloud, pick) => {
      const id = anyOf(server.volumes, pick)
      return id === undefined
        ? null
        : {
            text: 'detach a volume',
            method: 'DELETE',
            path: at(server, `/os-volume_attachments/${id}`),
            code: 202,
            brings: () => {
              server.volumes = new Set([...server.volumes].filter(one => one !== id))
            },
          }
    },
  },
  {
    name: 'attach interface',
    user: 'member',
    states: ['active', 'paused', 'stopped'],
    refusedAs: 'attach_interface',
    needsHost: true,
    recordedAs: 'attach_interface',
    events: ['compute_attach_interface'],
    make: (server, _world, cloud, pick) => {
      if (server.ports >= 4) return null
      const own = pick % 2 === 0 ? cloud.ports.add() : null
      return {
        text: own ? 'attach a port' : 'attach an interface',
        method: 'POST',
        path: at(server, '/os-interface'),
        body: { interfaceAttachment: own ? { port_id: own } : { net_id: NETWORK_ID } },
        code: 200,
        brings: () => {
          server.ports += 1
          if (own) server.ownPorts = new Set([...server.ownPorts, own])
        },
      }
    },
  },
  {
    name: 'detach interface',
    user: 'member',
    states: ['active', 'paused', 'stopped'],
    refusedAs: 'detach_interface',
    needsHost: true,
    recordedAs: 'detach_interface',
    events: ['compute_detach_interface'],
    make: (server, _world, cloud, pick) => {
      const port = anyOf(cloud.ports.of(server.id), pick)
      return port === undefined
        ? null
        : {
            text: 'detach an interface',
            method: 'DELETE',
            path: at(server, `/os-interface/${port.id}`),
            code: 202,
            brings: () => {
              server.ports -= 1
              server.ownPorts = new Set([...server.ownPorts].filter(id => id !== port.id))
            },
          }
    },
  },
]
