import assert from 'node:assert/strict'
import { needsPrograms, typed } from '../../support/clients.js'
import { findPython } from '../../support/python-peer.js'
import { needsEngines } from '../../support/separate-cloud.js'
import { type Maker, MixedCloud } from './mixed-cloud.js'
import { lifeOnAVolume, lifeOnOneHost, lifeOnTheMove } from './server-life.js'

/**
 * Processes are replaced one by one, in the order of the tests, as somebody would who takes a cloud of Python's
 * over to ours. Each pair of two processes, one of either, that have to do with each other meets once.
 */
describe("Kilonova's processes and Python's in one cloud", function () {
  this.timeout(240_000)
  let cloud: MixedCloud

  before(async function () {
    await needsEngines(this)
    findPython(this, 'nova')
    findPython(this, 'placement')
    cloud = await MixedCloud.start({
      api: 'ours',
      conductor: 'python',
      scheduler: 'python',
      computes: { one: 'python', two: 'python' },
      schema: 'python',
    })
  })
  // A `before` that skips leaves none.
  after(() => (cloud as MixedCloud | undefined)?.stop())

  type Life = (cloud: MixedCloud) => Promise<void>
  /** At the same time, for they wait more than they work. */
  const keepServers = async (...lives: readonly Life[]): Promise<void> => {
    await Promise.all(lives.map(life => life(cloud)))
    await cloud.holdsNothing()
  }
  const all: readonly Life[] = [lifeOnOneHost, lifeOnTheMove, lifeOnAVolume]
  const replaceAll = (makers: Readonly<Record<string, Maker>>): Promise<unknown> =>
    Promise.all(Object.entries(makers).map(([name, maker]) => cloud.replace(name, maker)))

  it('keep servers: nova-api ours, the workers Python’s', () => keepServers(...all))

  it('serve openstack, which waits for what it orders', async function () {
    needsPrograms(this, 'openstack')
    const said = await typed(
      'openstack',
      [
        'server create --flavor m1.tiny --image cirros --nic none --wait -f value -c status typed',
        'server reboot --wait typed',
        'server delete --wait typed',
        'server list -f value -c Name',
      ],
      cloud.env,
    )
    assert.deepEqual(said, ['ACTIVE', 'Complete', '', ''])
  })

  it('keep servers: nova-conductor ours as well', async () => {
    await replaceAll({ conductor: 'ours' })
    await keepServers(...all)
  })

  it('keep servers: nova-scheduler ours as well', async () => {
    await replaceAll({ scheduler: 'ours' })
    await keepServers(lifeOnTheMove)
  })

  it('keep servers: one nova-compute ours as well, the other Python’s', async () => {
    await replaceAll({ one: 'ours' })
    await keepServers(...all)
  })

  it('keep servers: nova-conductor and nova-scheduler of both makers on their queues', async () => {
    await Promise.all([cloud.join('conductor', 'python'), cloud.join('scheduler', 'python')])
    await keepServers(lifeOnOneHost, lifeOnTheMove)
  })

  it('keep servers: nova-conductor Python’s alone', async () => {
    await Promise.all([cloud.leave('scheduler'), cloud.replace('conductor', 'python')])
    await keepServers(lifeOnTheMove)
  })

  it('keep servers: all Python’s but for one nova-compute', async () => {
    await replaceAll({ api: 'python', scheduler: 'python' })
    await keepServers(lifeOnOneHost)
  })

  it('keep servers: all ours but for nova-api', async () => {
    await replaceAll({ conductor: 'ours', scheduler: 'ours', two: 'ours' })
    await cloud.leave('conductor')
    await keepServers(lifeOnOneHost, lifeOnTheMove)
  })
})
