import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Database } from '../../../lib/db/database.js'
import { apiHistory } from '../../../lib/db/migrations/history.js'
import { migrate } from '../../../lib/db/migrations/migrate.js'
import { providerCapacities } from '../../../lib/db/queries/api/placement.js'
import type { ApiSchema } from '../../../lib/db/schema/api.js'
import {
  claimResources,
  deleteProvider,
  getAllocations,
  moveAllocations,
  removeAllocations,
  removeProviderAllocations,
  setInventory,
} from '../../../lib/scheduler/claims.js'
import { eachEngine } from '../../support/databases.js'

const resources = { DISK_GB: 1, MEMORY_MB: 512, VCPU: 1 }

const inventory = (vcpus: number, { ratio = 1, reserved = 0 } = {}) => {
  const of = (total: number, kept: number, allocationRatio: number) => ({
    total,
    reserved: kept,
    min_unit: 1,
    max_unit: total,
    step_size: 1,
    allocation_ratio: allocationRatio,
  })
  return {
    VCPU: of(vcpus, reserved, ratio),
    MEMORY_MB: of(100_000, 0, 1),
    DISK_GB: of(1000, 0, 1),
  }
}

const owner = () => ({ consumerUuid: randomUUID(), projectId: 'project', userId: 'user' })

const usedVcpus = async (db: Database<ApiSchema>): Promise<number> =>
  (await providerCapacities(db.kysely))
    .filter(({ resourceClass }) => resourceClass === 'VCPU')
    .reduce((sum, { used }) => sum + used, 0)

describe('claims', () => {
  eachEngine(engine => {
    const host = async (db: Database<ApiSchema>, have = inventory(20)) => {
      const uuid = randomUUID()
      await setInventory(db, { uuid, name: `host-${uuid}` }, have)
      return uuid
    }

    it('of 50 at once on a host with room for 20, exactly 20 are granted', async () => {
      const db = await engine.api()
      const provider = await host(db)
      const granted = await Promise.all(
        Array.from({ length: 50 }, () => claimResources(db, provider, resources, owner())),
      )
      assert.equal(granted.filter(Boolean).length, 20)
      assert.equal(await usedVcpus(db), 20)
    })

    it('never pass a host, though three processes claim at once', async () => {
      const url = await engine.url()
      const first = engine.open<ApiSchema>(url)
      await migrate(first, apiHistory)
      const databases = [first, engine.open<ApiSchema>(url), engine.open<ApiSchema>(url)]
      const provider = await host(first, inventory(10))
      const granted = await Promise.all(
        databases.flatMap(db =>
          Array.from({ length: 10 }, () => claimResources(db, provider, resources, owner())),
        ),
      )
      assert.equal(granted.filter(Boolean).length, 10)
      assert.equal(await usedVcpus(first), 10)
    })

    it('count the ratio and what the host keeps for itself', async () => {
      const db = await engine.api()
      const provider = await host(db, inventory(4, { ratio: 1.5, reserved: 2 }))
      const three = { ...resources, VCPU: 3 }
      assert.equal(await claimResources(db, provider, three, owner()), true)
      assert.equal(await claimResources(db, provider, resources, owner()), false)
    })

    it('tell what is claimed, and give all of it back', async () => {
      const db = await engine.api()
      const provider = await host(db)
      const who = owner()
      await claimResources(db, provider, resources, who)
      assert.deepEqual(await getAllocations(db, who.consumerUuid), { [provider]: { resources } })
      assert.equal(await removeAllocations(db, who.consumerUuid), true)
      assert.equal(await removeAllocations(db, who.consumerUuid), false)
      assert.deepEqual(await getAllocations(db, who.consumerUuid), {})
      assert.equal(await usedVcpus(db), 0)
    })

    it('made again on the same host replace the first, and on another stand beside it', async () => {
      const db = await engine.api()
      const here = await host(db)
      const there = await host(db)
      const who = owner()
      await claimResources(db, here, resources, who)
      await claimResources(db, here, { ...resources, VCPU: 2 }, who)
      await claimResources(db, there, resources, who)
      assert.deepEqual(await getAllocations(db, who.consumerUuid), {
        [here]: { resources: { ...resources, VCPU: 2 } },
        [there]: { resources },
      })
    })

    it('change hands whole, in place of what was claimed meanwhile', async () => {
      const db = await engine.api()
      const [here, there] = [await host(db), await host(db)]
      const [server, migration] = [owner(), owner()]
      assert.equal(await moveAllocations(db, server.consumerUuid, migration), false)
      await claimResources(db, here, resources, server)
      assert.equal(await moveAllocations(db, server.consumerUuid, migration), true)
      await claimResources(db, there, { ...resources, VCPU: 2 }, server)
      assert.deepEqual(await getAllocations(db, migration.consumerUuid), { [here]: { resources } })
      assert.equal(await usedVcpus(db), 3)
      assert.equal(await moveAllocations(db, migration.consumerUuid, server), true)
      assert.deepEqual(await getAllocations(db, server.consumerUuid), { [here]: { resources } })
      assert.deepEqual(await getAllocations(db, migration.consumerUuid), {})
      assert.equal(await usedVcpus(db), 1)
    })

    it('are given back host by host', async () => {
      const db = await engine.api()
      const [here, there] = [await host(db), await host(db)]
      const who = owner()
      await claimResources(db, here, resources, who)
      await claimResources(db, there, resources, who)
      assert.equal(await removeProviderAllocations(db, who.consumerUuid, here), true)
      assert.deepEqual(await getAllocations(db, who.consumerUuid), { [there]: { resources } })
      assert.equal(await removeProviderAllocations(db, who.consumerUuid, here), false)
      assert.equal(await removeProviderAllocations(db, who.consumerUuid, there), true)
      assert.equal(await removeAllocations(db, who.consumerUuid), false)
    })

    it('are refused where the host is not known, or has nothing of a kind', async () => {
      const db = await engine.api()
      const provider = await host(db)
      assert.equal(await claimResources(db, randomUUID(), resources, owner()), false)
      assert.equal(await claimResources(db, provider, { VGPU: 1 }, owner()), false)
      assert.equal(await claimResources(db, provider, { CUSTOM_X: 1 }, owner()), false)
      assert.equal(await usedVcpus(db), 0)
    })

    it('outlive a smaller inventory, and go with the host', async () => {
      const db = await engine.api()
      const provider = await host(db)
      await claimResources(db, provider, { ...resources, VCPU: 5 }, owner())
      await setInventory(db, { uuid: provider, name: 'x' }, inventory(2))
      assert.equal(await usedVcpus(db), 5)
      assert.equal(await claimResources(db, provider, resources, owner()), false)
      await deleteProvider(db, provider)
      assert.equal(await usedVcpus(db), 0)
    })
  })
})
