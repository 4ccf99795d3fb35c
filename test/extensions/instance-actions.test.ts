import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Instance, InstanceAction, InstanceActionEvent } from '../../lib/objects/index.js'
import { addServer, PROJECT_ID } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'

describe('/servers/{id}/os-instance-actions', () => {
  const as = eachWithApi()

  /** A server on which a request has done this, and failed with an event. */
  const withAction = async (action: string) => {
    const api = as.current()
    const { uuid } = await addServer(api)
    const context = api.context.with({
      requestId: 'req-1',
      projectId: PROJECT_ID,
      userId: 'u-member',
      timestamp: '2026-01-02T03:04:05.000000',
    })
    await InstanceAction.actionStart(context, uuid, action)
    await InstanceActionEvent.eventStart(context, uuid, 'compute_stop_instance', { host: 'one' })
    await InstanceActionEvent.eventFinishWithFailure(context, uuid, 'compute_stop_instance', {
      excVal: 'it broke',
      excTb: 'line 1',
    })
    return { uuid, path: `/servers/${uuid}/os-instance-actions` }
  }

  const known = (uuid: string) => ({
    action: 'stop',
    instance_uuid: uuid,
    request_id: 'req-1',
    user_id: 'u-member',
    project_id: PROJECT_ID,
    start_time: '2026-01-02T03:04:05.000000',
    message: 'Error',
  })

  it('lists what was done', async () => {
    const { uuid, path } = await withAction('stop')
    await as('reader')
      .get(path)
      .expect(200, { instanceActions: [known(uuid)] })
    await as('other').get(path).expect(404)
    const { body } = await as('reader', '2.58').get(`${path}?limit=1`).expect(200)
    assert.match(body.links[0].href, new RegExp(`${path}\\?limit=1&marker=req-1$`))
    assert.ok('updated_at' in body.instanceActions[0])
    await as('reader', '2.58').get(`${path}?marker=req-2`).expect(400)
    await as('reader', '2.58').get(`${path}?changes-before=2026-01-01`).expect(400)
    await as('reader', '2.66')
      .get(`${path}?changes-since=2026-01-03&changes-before=2026-01-02`)
      .expect(400)
  })

  it('shows its events to whom the version shows them', async () => {
    const { uuid, path } = await withAction('stop')
    const show = async (user: 'admin' | 'reader', version: string) => {
      const { body } = await as(user, version).get(`${path}/req-1`).expect(200)
      const { events, updated_at: _, ...action } = body.instanceAction
      assert.deepEqual(action, known(uuid))
      return events?.map((event: Record<string, unknown>) => {
        const { start_time: start, finish_time: finish, ...rest } = event
        assert.ok(start && finish)
        return rest
      })
    }
    const base = { event: 'compute_stop_instance', result: 'Error' }
    const hostId = createHash('sha224').update(`${PROJECT_ID}one`).digest('hex')
    assert.equal(await show('reader', '2.50'), undefined)
    assert.deepEqual(await show('admin', '2.1'), [{ ...base, traceback: 'line 1' }])
    assert.deepEqual(await show('reader', '2.51'), [base])
    assert.deepEqual(await show('reader', '2.62'), [{ ...base, hostId }])
    assert.deepEqual(await show('admin', '2.62'), [
      { ...base, traceback: 'line 1', hostId, host: 'one' },
    ])
    assert.deepEqual(await show('admin', '2.84'), [
      { ...base, traceback: 'line 1', hostId, host: 'one', details: 'it broke' },
    ])
    assert.deepEqual(await show('reader', '2.84'), [{ ...base, hostId }])
    await as('reader').get(`${path}/req-2`).expect(404)
  })

  it('is read of a deleted server too, from 2.21', async () => {
    const api = as.current()
    const { uuid, path } = await withAction('delete')
    await (await Instance.getByUuid(api.context, uuid)).destroy()
    await as('reader', '2.20').get(path).expect(404)
    const { body } = await as('reader', '2.21').get(path).expect(200)
    assert.equal(body.instanceActions[0].action, 'delete')
  })
})
