import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { lastAuditPeriod } from '../../../lib/compute/audit-period.js'
import {
  BlockDeviceMappingList,
  Instance,
  InstanceList,
  Migration,
  TaskLog,
  TaskLogList,
} from '../../../lib/objects/index.js'
import { eachWithServer } from '../../support/action-cloud.js'
import { contractFile } from '../../support/contract.js'
import { eventually } from '../../support/worker-cloud.js'

describe('what a host does again and again', () => {
  const at = eachWithServer({
    options: { instanceUsageAudit: true, instanceUsageAuditPeriod: 'hour' },
  })
  const deleted = () => at.cloud.context.with({ readDeleted: 'yes' })

  it('is all that nova’s hosts do', function () {
    const text = readFileSync(contractFile(this, 'workers/flows.md'), 'utf8')
    const [, table = ''] = text.split('| Periodic task (compute) | Interval option (default) |')
    const [rows = ''] = table.split('\n\n')
    const named = rows
      .split('\n')
      .filter(row => !row.startsWith('| scheduler:'))
      .flatMap(row => row.match(/\b(_?[a-z]+(?:_[a-z]+){2,})\b/g) ?? [])
      .filter(name => name.startsWith('_') || name === 'update_available_resource')
    assert.ok(named.length > 15, named.join())
    const ours = at.cloud.hosts
      .get('compute-1')
      ?.manager.periodicTasks()
      .map(({ name }) => name)
    assert.deepEqual(
      named.filter(name => !ours?.includes(name)),
      [],
    )
  })

  it('writes the usage audit of the last period, once', async () => {
    const instance = await at.asked()
    const { begin, end } = lastAuditPeriod('hour', new Date())
    // It ran in that hour already.
    instance.launchedAt = begin
    await instance.save()
    const logs = () => TaskLogList.getAll(at.cloud.context, 'instance_usage_audit', begin, end)
    await at.periodic('_instance_usage_audit')
    await at.periodic('_instance_usage_audit')
    const [log, ...others] = (await logs()).objects
    assert.deepEqual(others, [])
    assert.deepEqual(
      [log?.host, log?.state, log?.taskItems, log?.errors],
      ['compute-1', 'DONE', 1, 0],
    )
    assert.match(
      log?.message ?? '',
      /^Instance usage audit ran for host compute-1, 1 instances in \d+\.\d+ seconds\.$/,
    )
  })

  it('audits no instance that was not there then', async () => {
    const { begin, end } = lastAuditPeriod('hour', new Date())
    const instance = await at.asked()
    instance.launchedAt = end
    await instance.save()
    await at.periodic('_instance_usage_audit')
    const log = await TaskLog.get(at.cloud.context, 'instance_usage_audit', begin, end, 'compute-1')
    assert.equal(log?.taskItems, 0)
  })

  it('counts what is read and written of volumes', async () => {
    const { id } = at.cloud.volumes.add()
    const none = { device: null, tag: null, deleteOnTermination: false }
    const rules = { shelved: true, multiattach: true }
    await at.cloud.servers.attachments.attach(await at.asked(), id, none, rules)
    await eventually(
      'it is in use',
      async () =>
        (await at.cloud.volumes.get(at.cloud.context, id)).status === 'in-use' || undefined,
    )
    await at.periodic('_poll_volume_usage')
    const row = await at.cloud.cell1.kysely
      .selectFrom('volume_usage_cache')
      .selectAll()
      .executeTakeFirstOrThrow()
    assert.deepEqual([row.volume_id, row.instance_uuid, row.tot_reads], [id, at.uuid, 0])
    assert.ok(Number(row.curr_reads) > 0)
    // The root disk is none.
    const { objects } = await BlockDeviceMappingList.getByInstanceUuid(at.cloud.context, at.uuid)
    assert.equal(objects.length, 2)
  })

  it('tries to clean up after deleted instances, a few times', async () => {
    const driver = at.cloud.hosts.get('compute-1')?.driver
    assert.ok(driver)
    await at.cloud.servers.delete(at.cloud.context, await at.asked())
    await eventually(
      'it is gone',
      async () => (await at.cloud.find(at.uuid)) === undefined || undefined,
    )
    const gone = () =>
      Instance.getByUuid(deleted(), at.uuid, { expectedAttrs: ['system_metadata'] })
    let isClean = false
    driver.deleteInstanceFiles = async () => isClean
    await at.periodic('_run_pending_deletes')
    assert.deepEqual(
      [(await gone()).systemMetadata.clean_attempts, (await gone()).cleaned],
      ['1', false],
    )
    isClean = true
    await at.periodic('_run_pending_deletes')
    await at.periodic('_run_pending_deletes')
    assert.deepEqual(
      [(await gone()).systemMetadata.clean_attempts, (await gone()).cleaned],
      ['2', true],
    )
  })

  it('ends migrations that failed of instances that are deleted', async () => {
    // It has gone to the other host, and was deleted there while it came back.
    const instance = await at.asked()
    instance.host = 'compute-2'
    await instance.save()
    await instance.destroy()
    const migration = new Migration(at.cloud.context, {
      instanceUuid: at.uuid,
      sourceCompute: 'compute-1',
      destCompute: 'compute-2',
      sourceNode: 'compute-1',
      status: 'error',
      migrationType: 'resize',
      oldInstanceTypeId: 1,
      newInstanceTypeId: 1,
    })
    await migration.create()
    const status = async () => (await Migration.getById(at.cloud.context, migration.id)).status
    await at.periodic('_cleanup_incomplete_migrations')
    assert.equal(await status(), 'failed')
    const { length } = await InstanceList.getByFilters(deleted(), { uuid: [at.uuid] })
    assert.equal(length, 1)
  })

  it('keeps the images that its instances are made of', async () => {
    const kept: string[][] = []
    const driver = at.cloud.hosts.get('compute-1')?.driver
    assert.ok(driver)
    driver.manageImageCache = async (_context, images) => void kept.push([...images])
    await at.periodic('_run_image_cache_manager_pass')
    assert.deepEqual(kept, [['image']])
  })

  it('refreshes what it remembers of interfaces, one instance after another', async () => {
    const [other = ''] = await at.cloud.boot()
    await at.cloud.settled(other, 'active')
    const turns: string[] = []
    const elsewhere = at.cloud.networks
    Object.assign(elsewhere.api, {
      listPorts: async (_context: unknown, uuid: string) => {
        turns.push(uuid)
        return [{ id: 'p', 'binding:host_id': uuid === other ? 'compute-9' : 'compute-1' }]
      },
    })
    elsewhere.hosts.set(other, 'compute-9')
    for (let turn = 0; turn < 4; turn++) await at.periodic('_heal_instance_info_cache')
    assert.deepEqual(turns.slice(0, 2).sort(), [at.uuid, other].sort())
    assert.equal(turns.length, 4)
    assert.equal(elsewhere.hosts.get(other), 'compute-1')
  })
})
