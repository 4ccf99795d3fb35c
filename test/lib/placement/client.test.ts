import assert from 'node:assert/strict'
import { MockAgent } from 'undici'
import { RequestContext } from '../../../lib/context/index.js'
import {
  AllocationDeleteFailed,
  AllocationMoveFailed,
  AllocationUpdateFailed,
  PlacementAPIConnectFailure,
} from '../../../lib/exception/index.js'
import { PlacementClaims, PlacementClient, PlacementFault } from '../../../lib/placement/index.js'
import { MemoryLog } from '../../support/log.js'

const url = 'http://placement.test'
const context = new RequestContext({ isAdmin: true })
const consumer = { uuid: 'server', projectId: 'project', userId: 'user' }
const request = { allocations: { node: { resources: { VCPU: 1 } } }, mappings: { '': ['node'] } }
const claimed = {
  allocations: { node: { generation: 7, resources: { VCPU: 1 } } },
  project_id: 'project',
  user_id: 'user',
  consumer_generation: 1,
}

const refusal = (status: number, code: string, detail: string) => ({
  errors: [{ status, code, title: 'Conflict', detail }],
})
const race = refusal(409, 'placement.concurrent_update', 'resource provider generation conflict')
const consumerRace = refusal(409, 'placement.concurrent_update', 'consumer generation conflict')
const full = refusal(409, 'placement.undefined_code', 'Unable to allocate inventory')

describe('claims at Placement', () => {
  let agent: MockAgent
  let log: MemoryLog
  let client: PlacementClient
  let claims: PlacementClaims

  beforeEach(() => {
    agent = new MockAgent()
    agent.disableNetConnect()
    log = new MemoryLog()
    const session = { token: async () => 'token', endpointFor: async () => `${url}/` }
    client = new PlacementClient({}, { dispatcher: agent, session, retries: 0 })
    claims = new PlacementClaims(client, log)
  })
  afterEach(() => agent.close())

  const answers = (method: string, path: string, status: number, body: object = {}, times = 1) =>
    agent.get(url).intercept({ method, path }).reply(status, body).times(times)
  const claim = () => claims.claimResources(context, consumer, request, '1.36')

  it('are tried again when a provider changed meanwhile', async () => {
    answers('GET', '/allocations/server', 200, { allocations: {} }, 3)
    answers('PUT', '/allocations/server', 409, race, 2)
    answers('PUT', '/allocations/server', 204)
    assert.equal(await claim(), true)
    agent.assertNoPendingInterceptors()
  })

  it('are given up after four tries', async () => {
    answers('GET', '/allocations/server', 200, { allocations: {} }, 4)
    answers('PUT', '/allocations/server', 409, race, 4)
    assert.equal(await claim(), false)
    agent.assertNoPendingInterceptors()
  })

  it('are none where there is no room, and an error where the consumer changed', async () => {
    answers('GET', '/allocations/server', 200, { allocations: {} }, 2)
    answers('PUT', '/allocations/server', 409, full)
    assert.equal(await claim(), false)
    answers('PUT', '/allocations/server', 409, consumerRace)
    await assert.rejects(claim(), AllocationUpdateFailed)
  })

  it('fail, rather than being refused, when Placement does not let us in or is broken', async () => {
    answers('GET', '/allocations/server', 200, { allocations: {} }, 2)
    for (const status of [403, 500]) {
      answers('PUT', '/allocations/server', status, refusal(status, 'x', 'no'))
      await assert.rejects(claim(), (error: PlacementFault) => {
        assert.ok(error instanceof PlacementFault)
        return error.status === status
      })
    }
  })

  it('of a document older than generations are sent without one', async () => {
    answers('GET', '/allocations/server', 200, { allocations: {} })
    agent
      .get(url)
      .intercept({
        method: 'PUT',
        path: '/allocations/server',
        body: JSON.stringify({ ...request, project_id: 'project', user_id: 'user' }),
        headers: { 'openstack-api-version': 'placement 1.12' },
      })
      .reply(204)
    assert.equal(await claims.claimResources(context, consumer, request, '1.12'), true)
  })

  it('are moved and released, or told why not', async () => {
    const target = { ...consumer, uuid: 'migration' }
    const move = () => claims.moveAllocations(context, 'server', target)
    answers('GET', '/allocations/server', 200, { allocations: {} })
    assert.equal(await move(), false)
    answers('GET', '/allocations/server', 200, claimed, 2)
    answers('GET', '/allocations/migration', 200, { allocations: {} })
    answers('POST', '/allocations', 409, consumerRace)
    await assert.rejects(move(), AllocationMoveFailed)
    answers('PUT', '/allocations/server', 409, consumerRace)
    await assert.rejects(claims.releaseAllocations(context, 'server'), AllocationDeleteFailed)
  })

  it('of a server that is deleted stay where Placement is away; others fail of it', async () => {
    const away = () =>
      agent
        .get(url)
        .intercept({ method: /.*/, path: '/allocations/server' } as never)
        .replyWithError(new Error('gone'))
    away()
    assert.equal(await claims.removeAllocations(context, 'server'), false)
    assert.match(log.texts('warn').join(), /Placement is away/)
    away()
    await assert.rejects(claims.releaseAllocations(context, 'server'), PlacementAPIConnectFailure)
  })
})
