import assert from 'node:assert/strict'
import { needsEngines, SeparateCloud } from '../support/separate-cloud.js'
import { cloudOptions, runFaults } from './faults.js'
import { table } from './outcome.js'
import { type FaultSettings, settingsOf } from './settings.js'

describe('a cloud whose processes are killed and cut off', function () {
  this.timeout(300_000)
  let cloud: SeparateCloud
  const settings: FaultSettings = {
    ...settingsOf(['--shared', '--seed', '3']).settings,
    ...{ servers: 6, kills: 2, broker: 1, database: 1, cuts: 0, holes: 0 },
    ...{ parallel: 4, rounds: 0, timeout: 5 },
  }
  before(async function () {
    await needsEngines(this)
    const options = cloudOptions(settings)
    const conf = `${options.conf}[database]\nretry_interval = 1\n`
    cloud = await SeparateCloud.start({ ...options, conf })
  })
  after(() => cloud?.stop())

  it('keeps its promises: a small npm run faults', async () => {
    const outcome = await runFaults(cloud, settings, () => {})
    assert.deepEqual(outcome.found, [], [...table(outcome)].join('\n'))
    assert.equal(outcome.orders.length, 6)
  })

  it('has a nova-api that waits at its start for a database that is away', async () => {
    await cloud.kill('nova-api')
    cloud.database.refuse(true)
    cloud.database.cut()
    const started = cloud.startWorker('nova-api')
    await cloud.process('nova-api').printed(/Waiting for the database: .*; \d+ attempts left/, 60)
    cloud.database.refuse(false)
    await started
    assert.match(cloud.process('nova-api').output, /The database is back/)
    assert.deepEqual(await cloud.servers(), [])
  })
})

describe('npm run faults', () => {
  it('takes its numbers from the command line, and refuses what is none', () => {
    const { settings } = settingsOf(['--servers', '7', '--durable'])
    assert.deepEqual(
      [settings.servers, settings.kills, settings.durable, settings.actions],
      [7, 50, true, false],
    )
    assert.throws(() => settingsOf(['--kills', 'many']), /^Error: --kills must be a whole number/)
    assert.throws(() => settingsOf(['--server', '7']), /Unknown option '--server'/)
  })
})
