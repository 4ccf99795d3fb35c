import { sql } from 'kysely'
import { type Caller, owned } from './caller.js'
import { networks } from './definitions.js'
import { conflict } from './errors.js'
import { releaseIps, releaseMac } from './ipam.js'
import { checkQuota } from './quotas.js'
import { changed, newDoc, readBody } from './resource.js'
import { ensureDefaultGroup } from './security-groups.js'
import { type Db, find, insert, remove, replace, type StoredDoc } from './store.js'

export const createNetwork = async (caller: Caller, values: unknown): Promise<StoredDoc> => {
  const { db, context } = caller
  const given = readBody(networks, 'POST', values, context)
  const doc = newDoc(networks, given, context)
  await checkQuota(db, 'network', String(doc.tenant_id))
  if (doc['provider:network_type'] === 'vxlan' || doc['provider:network_type'] === 'vlan') {
    doc['provider:segmentation_id'] ??= await nextSegment(db)
  }
  await insert(db, 'network', doc)
  await ensureDefaultGroup(db, String(doc.tenant_id))
  return doc
}

/** Virtual segments are numbered as networks are made; nobody else draws from them here. */
const nextSegment = async (db: Db): Promise<number> => {
  const row = await db
    .selectFrom('resources')
    .select(sql<number>`coalesce(max(seq), 0) + 1`.as('next'))
    .executeTakeFirst()
  return ((row?.next ?? 1) % 4000) + 1
}

export const updateNetwork = async (
  caller: Caller,
  id: string,
  values: unknown,
): Promise<StoredDoc> => {
  const old = await owned(caller, 'network', id)
  const doc = changed(old, readBody(networks, 'PUT', values, caller.context))
  await replace(caller.db, 'network', doc)
  return withSubnets(caller.db, doc)
}

export const deleteNetwork = async (caller: Caller, id: string): Promise<void> => {
  const { db } = caller
  await owned(caller, 'network', id)
  const ports = await find(db, 'port', { parents: [id] })
  const inUse = ports.filter(port => port.device_owner !== 'network:dhcp')
  if (inUse.length) {
    throw conflict(
      'NetworkInUse',
      `Unable to complete operation on network ${id}. There are one or more ports still in use on the network, id for these ports is: ${inUse.map(port => port.id).join(',')}.`,
    )
  }
  for (const port of ports) {
    await releaseIps(db, port.id)
    await releaseMac(db, port.id)
    await remove(db, 'port', port.id)
  }
  for (const subnet of await find(db, 'subnet', { parents: [id] })) {
    await remove(db, 'subnet', subnet.id)
  }
  await remove(db, 'network', id)
}

/** `subnets` of a network is not stored: it is what stands in it now. */
export const withSubnets = async (db: Db, doc: StoredDoc): Promise<StoredDoc> =>
  (await allWithSubnets(db, [doc]))[0] ?? doc

export const allWithSubnets = async (db: Db, docs: readonly StoredDoc[]): Promise<StoredDoc[]> => {
  const subnets = docs.length ? await find(db, 'subnet', { parents: docs.map(doc => doc.id) }) : []
  return docs.map(doc => ({
    ...doc,
    subnets: subnets.filter(subnet => subnet.network_id === doc.id).map(subnet => subnet.id),
  }))
}
