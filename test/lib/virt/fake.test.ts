import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RequestContext } from '../../../lib/context/index.js'
import { InstanceNotFound, NotImplementedError } from '../../../lib/exception/index.js'
import {
  FakeDriver,
  type FakeDriverOptions,
  parseDelays,
  parseFailures,
} from '../../../lib/virt/fake/index.js'
import { ComputeDriver, PowerState } from '../../../lib/virt/index.js'

const context = new RequestContext({ userId: 'u', projectId: 'p', isAdmin: true })
const guest = (uuid = 'guest-1') => ({
  uuid,
  id: 1,
  displayName: 'My Server',
  memoryMb: 512,
  vcpus: 2,
  rootGb: 10,
  ephemeralGb: 5,
})
const spawnOptions = {
  imageMeta: {},
  injectedFiles: [],
  adminPassword: null,
  networkInfo: [],
  blockDeviceInfo: null,
}
const none = { networkInfo: [], blockDeviceInfo: null }

const driver = async (options: FakeDriverOptions = {}) => {
  const fake = new FakeDriver(options)
  await fake.initHost('compute-1')
  return fake
}

describe('fake driver', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-fake-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('lets guests run, pause, sleep and stop, and says so', async () => {
    const fake = await driver()
    const state = async () => (await fake.getInfo(guest())).state
    await fake.spawn(context, guest(), spawnOptions)
    assert.equal(await state(), PowerState.running)
    await fake.pause(guest())
    assert.equal(await state(), PowerState.paused)
    await fake.unpause(guest())
    await fake.suspend(context, guest())
    assert.equal(await state(), PowerState.suspended)
    await fake.resume(context, guest())
    await fake.powerOff(guest())
    assert.equal(await state(), PowerState.shutdown)
    await fake.powerOn(context, guest())
    await fake.reboot(context, guest(), 'SOFT', none)
    assert.equal(await state(), PowerState.running)
    await fake.destroy(context, guest(), none)
    await assert.rejects(state(), InstanceNotFound)
    await fake.destroy(context, guest(), none)
  })

  it('counts what its guests use', async () => {
    const fake = await driver({ capacity: { vcpus: 8, memoryMb: 4096, localGb: 100 } })
    await fake.spawn(context, guest(), spawnOptions)
    const found = await fake.getAvailableResource('compute-1')
    assert.deepEqual(
      [
        found.vcpus,
        found.memoryMb,
        found.localGb,
        found.vcpusUsed,
        found.memoryMbUsed,
        found.localGbUsed,
      ],
      [8, 4096, 100, 2, 512, 15],
    )
  })

  it('has a console that tells of the boot', async () => {
    const fake = await driver()
    await fake.spawn(context, guest(), spawnOptions)
    const lines = (await fake.getConsoleOutput(context, guest())).split('\n')
    assert.equal(lines.at(-1), 'my-server login: ')
    assert.ok(lines.includes('cloud-init: instance-id: guest-1'))
  })

  it('finds its guests again after a restart', async () => {
    const stateFile = join(folder, 'deep', 'guests.json')
    const first = await driver({ stateFile })
    await Promise.all(['a', 'b', 'c'].map(uuid => first.spawn(context, guest(uuid), spawnOptions)))
    await first.powerOff(guest('b'))
    await first.destroy(context, guest('c'), none)
    const second = await driver({ stateFile })
    assert.deepEqual(await second.listInstanceUuids(), ['a', 'b'])
    assert.equal((await second.getInfo(guest('b'))).state, PowerState.shutdown)
    assert.equal(readFileSync(stateFile, 'utf8').split('\n')[0], '{"version":2}')
  })

  it('finds its guests again when it died in the middle of a write', async () => {
    const stateFile = join(folder, 'torn', 'guests.json')
    const first = await driver({ stateFile })
    await first.spawn(context, guest('a'), spawnOptions)
    appendFileSync(stateFile, '{"set":{"uu')
    const second = await driver({ stateFile })
    assert.deepEqual(await second.listInstanceUuids(), ['a'])
    await second.spawn(context, guest('b'), spawnOptions)
    assert.deepEqual(await (await driver({ stateFile })).listInstanceUuids(), ['a', 'b'])
  })

  it('keeps its file in bounds, however often guests change', async () => {
    const stateFile = join(folder, 'bounds', 'guests.json')
    const fake = await driver({ stateFile })
    await fake.spawn(context, guest('a'), spawnOptions)
    for (let turn = 0; turn < 600; turn++) {
      await fake.powerOff(guest('a'))
      await fake.powerOn(context, guest('a'))
    }
    assert.ok(readFileSync(stateFile, 'utf8').split('\n').length < 1010)
    assert.deepEqual(await (await driver({ stateFile })).listInstanceUuids(), ['a'])
  })

  it('refuses a state file that is not its own, by name', async () => {
    const stateFile = join(folder, 'broken.json')
    writeFileSync(stateFile, '{\n')
    await assert.rejects(driver({ stateFile }), {
      message: `${stateFile}:1: not JSON, so not the fake hypervisor's guests`,
    })
    writeFileSync(stateFile, '{"version":1}\n')
    await assert.rejects(driver({ stateFile }), {
      message: `${stateFile}: not the fake hypervisor's guests (version 2)`,
    })
  })

  it('fails as it is told: on this host, and so many times', async () => {
    const fake = await driver({ failures: parseFailures(['spawn@compute-1:1', 'pause@elsewhere']) })
    const spawn = () => fake.spawn(context, guest(), spawnOptions)
    await assert.rejects(spawn(), /told to fail spawn/)
    await spawn()
    await fake.pause(guest())
  })

  it('fails now and then, as often as it is told', async () => {
    const chances = [0.5, 0.04, 0.05]
    const random = () => chances.shift() ?? 1
    const fake = await driver({ failures: parseFailures(['spawn@compute-1:5%']), random })
    const spawn = () => fake.spawn(context, guest(), spawnOptions)
    await spawn()
    await assert.rejects(spawn(), /told to fail spawn/)
    await spawn()
    for (const entry of ['spawn:0%', 'spawn:101%', 'spawn:%']) {
      assert.throws(() => parseFailures([entry]), /is not method, method@host/)
    }
  })

  it('tells when a guest changes by itself', async () => {
    const fake = await driver()
    const events: unknown[] = []
    fake.registerEventListener(event => events.push(event))
    await fake.spawn(context, guest(), spawnOptions)
    await fake.transition(guest(), PowerState.shutdown)
    assert.deepEqual(events, [{ uuid: 'guest-1', transition: 'stopped' }])
  })

  it('refuses options that make no sense, naming the entry', () => {
    assert.throws(() => parseDelays(['spawn:soon']), /\[fake\] delays: 'spawn:soon' is not/)
    assert.throws(() => parseDelays(['spwan:1']), /no method 'spwan'; there are spawn, /)
    assert.throws(() => parseFailures(['spawn@']), /\[fake\] failures: 'spawn@' is not/)
  })
})

describe('ComputeDriver', () => {
  it('rejects what a driver does not implement', async () => {
    class Bare extends ComputeDriver {}
    await assert.rejects(new Bare().pause(guest()), NotImplementedError)
  })
})
