import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { MigrationPreCheckError, NotImplementedError } from '../../../lib/exception/index.js'
import { versionIsCompatible } from '../../../lib/rpc/index.js'
import { contractFile } from '../../support/contract.js'
import { WorkerCloud } from '../../support/worker-cloud.js'

/** What nova's workers answer and ours do not: moves between cells, which nothing here begins. */
const notServed = [
  'compute confirm_snapshot_based_resize_at_source',
  'compute finish_revert_snapshot_based_resize_at_source',
  'compute finish_snapshot_based_resize_at_dest',
  'compute prep_snapshot_based_resize_at_source',
  'compute revert_snapshot_based_resize_at_dest',
  'conductor compute_task.confirm_snapshot_based_resize',
  'conductor compute_task.revert_snapshot_based_resize',
]

describe('the methods of the workers', () => {
  let cloud: WorkerCloud
  beforeEach(async () => {
    cloud = await WorkerCloud.start([{ host: 'compute-1' }])
  })
  afterEach(() => cloud.stop())

  it('are all that nova of Zed and of today may send, at the versions that it sends', function () {
    const text = readFileSync(contractFile(this, 'workers/rpc-apis.tsv'), 'utf8')
    const [head = '', ...lines] = text.trimEnd().split('\n')
    const columns = head.split('\t')
    const missing: string[] = []
    let count = 0
    for (const line of lines) {
      const cells = line.split('\t')
      const cell = (name: string) => cells[columns.indexOf(name)] ?? ''
      const topic = /^(compute|conductor|scheduler)\b/.exec(cell('topic'))?.[1]
      const namespace = cell('namespace')
      // Those that every service has are the RPC server's own.
      if (!topic || namespace === 'baseapi') continue
      count += 1
      const method = cell('method')
      const versions = [cell('wire_version_Zed'), cell('wire_version_HEAD')]
      const endpoint = cloud.served
        .get(topic)
        ?.find(one => (one.namespace ?? '-') === namespace && Object.hasOwn(one.methods, method))
      const full = `${topic} ${namespace === '-' ? '' : `${namespace}.`}${method}`
      if (!endpoint) missing.push(full)
      for (const version of endpoint ? versions.filter(text => text !== '-') : []) {
        assert.ok(
          versionIsCompatible(endpoint?.version ?? '', version),
          `${full}: ${endpoint?.version} does not answer ${version}`,
        )
      }
    }
    assert.ok(count > 80)
    assert.deepEqual(missing.sort(), notServed)
  })

  it('refuse what comes from another cell, so that the move ends before it begins', async () => {
    const [uuid = ''] = await cloud.boot()
    const instance = await cloud.settled(uuid, 'active')
    const [endpoint] = cloud.hosts.get('compute-1')?.manager.endpoints() ?? []
    const prepare = endpoint?.methods.prep_snapshot_based_resize_at_dest
    await cloud.act(instance, 'resize', async context => {
      await assert.rejects(async () => prepare?.(context, { instance }), MigrationPreCheckError)
    })
    const shared = endpoint?.methods.check_instance_shared_storage
    await assert.rejects(async () => shared?.(cloud.context, { data: {} }), NotImplementedError)
  })
})
