import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { fillGroup } from '../../../lib/conductor/scheduling.js'
import { RequestContext } from '../../../lib/context/index.js'
import { Flavor, InstanceGroup, RequestSpec } from '../../../lib/objects/index.js'
import { eachEngine } from '../../support/databases.js'

describe('the group of a request', () => {
  eachEngine(engine => {
    // A move reads the stored request, in which these are null: anti-affinity then held for nobody.
    it('has the members and hosts of today, though the request was stored without', async () => {
      const [api, cell] = [await engine.api(), await engine.cell()]
      const data = { kind: 'direct', api, cell } as const
      const context = new RequestContext({ isAdmin: true }, { data })
      const [moving, other] = [randomUUID(), randomUUID()]
      const group = new InstanceGroup(context, {
        uuid: randomUUID(),
        userId: 'u',
        projectId: 'p',
        name: 'apart',
        policy: 'anti-affinity',
        members: [moving, other],
      })
      await group.create()
      await cell.kysely
        .insertInto('instances')
        .values([
          { uuid: moving, host: 'a', deleted: 0 },
          { uuid: other, host: 'b', deleted: 0 },
        ])
        .execute()
      await new RequestSpec(context, {
        instanceUuid: moving,
        flavor: new Flavor(null, { name: 'x', vcpus: 1, memoryMb: 1, rootGb: 1 }),
        numInstances: 1,
        instanceGroup: group,
      }).create()

      const spec = await RequestSpec.getByInstanceUuid(context, moving)
      await fillGroup(context, spec)
      assert.deepEqual(spec.instanceGroup?.hosts?.toSorted(), ['a', 'b'])
      assert.deepEqual(spec.instanceGroup?.members?.toSorted(), [moving, other].sort())
    })
  })
})
