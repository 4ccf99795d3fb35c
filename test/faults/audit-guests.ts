import { join } from 'node:path'
import { type Guest, GuestStore } from '../../lib/virt/fake/guest-store.js'
import type { SeparateCloud, ServerState } from '../support/separate-cloud.js'
import { type Violation, violation } from './rules.js'

/** What the hypervisors run, by host: read from where the fake ones keep it. */
const guestsOf = async (cloud: SeparateCloud): Promise<ReadonlyMap<string, readonly Guest[]>> => {
  const byHost = new Map<string, readonly Guest[]>()
  for (const host of cloud.computes) {
    const store = new GuestStore(join(cloud.folder, 'fake', `${host}.json`))
    await store.load()
    byHost.set(host, store.all())
  }
  return byHost
}

/** What the hypervisors run, against what the API lists. */
export const auditGuests = async (
  cloud: SeparateCloud,
  servers: readonly ServerState[],
): Promise<Violation[]> => {
  const hosts = new Map<string, string[]>()
  for (const [host, guests] of await guestsOf(cloud)) {
    for (const { uuid } of guests) hosts.set(uuid, [...(hosts.get(uuid) ?? []), host])
  }
  const known = new Map(servers.map(server => [server.id, server]))
  const found: Violation[] = []
  for (const [uuid, where] of hosts) {
    const server = known.get(uuid)
    if (!server) found.push(violation('guest', `${uuid} runs on ${where}, and is no server`))
    else if (where.length > 1) found.push(violation('twice', `${uuid} runs on ${where}`))
    else if (server.host !== where[0]) {
      const told = server.host ?? 'no host'
      found.push(violation('guest', `${uuid} runs on ${where}; it is ${server.status} on ${told}`))
    }
  }
  for (const { id, name, status } of servers) {
    if (status === 'ACTIVE' && !hosts.has(id)) {
      found.push(violation('guest', `${name} (${id}) is ACTIVE, and has none`))
    }
  }
  return found
}
