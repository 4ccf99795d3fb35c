import assert from 'node:assert/strict'
import { MockAgent } from 'undici'
import { RequestContext } from '../../../lib/context/index.js'
import { silentLog } from '../../../lib/log/index.js'
import {
  type AllocationRequest,
  PlacementClaims,
  PlacementClient,
} from '../../../lib/placement/index.js'
import { ReportClient } from '../../../lib/placement/report-client.js'
import { capturedPlacement, type PlacementExchange } from '../../support/captured-placement.js'

const url = 'http://placement.test'
const context = new RequestContext({ isAdmin: true })

/** Answers as the reference's Placement did, once each and in order; anything else fails. */
const replaying = (exchanges: readonly PlacementExchange[]) => {
  const agent = new MockAgent()
  agent.disableNetConnect()
  const sent: unknown[] = []
  for (const { method, path, response } of exchanges) {
    agent
      .get(url)
      .intercept({ method, path })
      .reply(request => {
        const headers = request.headers as Record<string, string>
        const body = typeof request.body === 'string' ? JSON.parse(request.body) : null
        const version = headers['openstack-api-version'] ?? null
        sent.push({ method: request.method, path: request.path, version, body })
        return {
          statusCode: response.status,
          data: response.body === null ? '' : JSON.stringify(response.body),
        }
      })
  }
  const client = new PlacementClient(
    { endpoint_override: url },
    { dispatcher: agent, session: { token: async () => 'token', endpointFor: async () => url } },
  )
  const expected = exchanges.map(({ method, path, version, body }) => ({
    method,
    path,
    version,
    body,
  }))
  return { client, sent, expected, close: () => agent.close() }
}

describe('requests to Placement, as the reference sends them', () => {
  const replay = async (
    exchanges: readonly PlacementExchange[],
    work: (client: PlacementClient) => Promise<unknown>,
  ) => {
    const { client, sent, expected, close } = replaying(exchanges)
    const answer = await work(client)
    assert.deepEqual(sent, expected)
    await close()
    return answer
  }
  const claims = (client: PlacementClient) => new PlacementClaims(client, silentLog)
  const ownerIn = ({ path, body }: PlacementExchange) => ({
    uuid: path.split('/')[2] ?? '',
    projectId: String(body?.project_id),
    userId: String(body?.user_id),
  })
  const requestIn = ({ body }: PlacementExchange): AllocationRequest => {
    const { allocations, mappings } = body as unknown as AllocationRequest
    return { allocations, ...(mappings ? { mappings } : {}) }
  }

  it('a claim of a new server (boot-nic-none)', async function () {
    const [read, put] = capturedPlacement(this, 'boot-nic-none', 7, 8)
    assert.ok(read && put)
    const claimed = await replay([read, put], client =>
      claims(client).claimResources(context, ownerIn(put), requestIn(put), '1.36'),
    )
    assert.equal(claimed, true)
  })

  it('a claim beside what is claimed elsewhere (evacuate)', async function () {
    const [read, put] = capturedPlacement(this, 'evacuate', 8, 9)
    assert.ok(read && put)
    const before = (read.response.body as { allocations: object }).allocations
    const { allocations } = requestIn(put)
    const fresh = Object.entries(allocations).filter(([provider]) => !(provider in before))
    const request = { allocations: Object.fromEntries(fresh), mappings: { '': [] } }
    const claimed = await replay([read, put], client =>
      claims(client).claimResources(context, ownerIn(put), request, '1.36'),
    )
    assert.equal(claimed, true)
  })

  it('a server’s claims that become its migration’s (resize)', async function () {
    const [source, target, post] = capturedPlacement(this, 'resize', 4, 5, 6)
    assert.ok(source && target && post)
    const uuidOf = ({ path }: PlacementExchange) => path.split('/')[2] ?? ''
    const to = { uuid: uuidOf(target), projectId: 'other', userId: 'other' }
    const moved = await replay([source, target, post], client =>
      claims(client).moveAllocations(context, uuidOf(source), to),
    )
    assert.equal(moved, true)
  })

  it('what a migration held, given back (resize-confirm)', async function () {
    const [read, put] = capturedPlacement(this, 'resize-confirm', 46, 47)
    assert.ok(read && put)
    const released = await replay([read, put], client =>
      claims(client).releaseAllocations(context, ownerIn(put).uuid),
    )
    assert.equal(released, true)
  })

  it('what a server has claimed, given back, twice (delete-while-spawning)', async function () {
    const [first, again] = capturedPlacement(this, 'delete-while-spawning', 68, 91)
    assert.ok(first && again)
    const uuid = first.path.split('/')[2] ?? ''
    const removed = await replay([first, again], async client => [
      await claims(client).removeAllocations(context, uuid),
      await claims(client).removeAllocations(context, uuid),
    ])
    assert.deepEqual(removed, [true, false])
  })

  it('a host that joins an aggregate (aggregate-add-host)', async function () {
    const [named, read, put] = capturedPlacement(this, 'aggregate-add-host', 2, 3, 4)
    assert.ok(named && read && put)
    const [aggregate = ''] = (put.body as { aggregates: string[] }).aggregates
    await replay([named, read, put], async client => {
      const reports = new ReportClient(client, { refresh: 300 })
      const uuid = await reports.providerNamed(context, 'compute-1')
      assert.ok(uuid)
      await reports.changeAggregate(context, uuid, aggregate, true)
    })
  })

  it('what there is of a node, read once (live-migrate-to-host)', async function () {
    const read = capturedPlacement(this, 'live-migrate-to-host', 121, 122, 123, 124)
    const [tree, inventories] = read
    assert.ok(tree && inventories)
    const uuid = new URLSearchParams(tree.path.split('?')[1]).get('in_tree') ?? ''
    await replay(read, async client => {
      const reports = new ReportClient(client, { refresh: 300 })
      const first = await reports.providerTree(context, uuid, 'compute-1')
      const told = (inventories.response.body as { inventories: object }).inventories
      assert.deepEqual(first.get('compute-1').inventory, told)
      const second = await reports.providerTree(context, uuid, 'compute-1')
      assert.deepEqual(second.providers, first.providers)
      // Nothing to say: nothing is sent.
      await reports.updateFromProviderTree(context, uuid, second)
    })
  })
})
