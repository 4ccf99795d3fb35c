import assert from 'node:assert/strict'
import fc from 'fast-check'
import { withinSeconds } from '../../lib/util/within.js'
import { disagreements } from './agree.js'
import { type Call, calls, type Outcome, type Request } from './calls/index.js'
import { type Answer, flavors, IMAGE_ID, ModelCloud } from './model-cloud.js'
import { actionsOf, eventsOf, guestsOf, movesOf, showServer } from './observe.js'
import { NETWORK_ID } from './ports.js'
import {
  candidates,
  fits,
  hostOf,
  isHostUp,
  POWER,
  type Server,
  type World,
  worldOf,
} from './world.js'

/** Of drivers: what only looks, and does not fail by itself. */
const looks = /^before driver (get|list|instance|initHost|checkInstance)/

/** What goes wrong while a call is worked on. */
const trouble = fc.oneof(
  /** A nova-compute is killed after so many points of its life. */
  fc.record({
    kind: fc.constant('dies' as const),
    /** 0: its own */
    host: fc.nat({ max: 3 }),
    after: fc.nat({ max: 50 }),
  }),
  /** The hypervisors fail at what they do so many things later. */
  fc.record({ kind: fc.constant('fails' as const), after: fc.nat({ max: 4 }) }),
  /** Somebody asks for something else when the computes have come so far. */
  fc.record({
    kind: fc.constant('meanwhile' as const),
    after: fc.nat({ max: 60 }),
    choice: fc.nat({ max: 1000 }),
    pick: fc.nat({ max: 1000 }),
  }),
)

const step = fc.record({
  kind: fc.oneof(
    { weight: 20, arbitrary: fc.constant('call' as const) },
    { weight: 2, arbitrary: fc.constant('create' as const) },
    { weight: 2, arbitrary: fc.constant('host' as const) },
  ),
  server: fc.nat({ max: 3 }),
  choice: fc.nat({ max: 1000 }),
  /** Among what the state allows; now and then among all. */
  isFit: fc.integer({ min: 0, max: 9 }).map(one => one > 1),
  pick: fc.nat({ max: 1000 }),
  trouble: fc.option(trouble, { freq: 4, nil: null }),
})

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never
type Trouble = NonNullable<Step['trouble']>

export const sequence = fc.record({
  reclaim: fc.constantFrom(0, 3600),
  offload: fc.constantFrom(0, 3600),
  steps: fc.array(step, { minLength: 4, maxLength: 14, size: 'max' }),
})

/** The same, with nothing in the way of any call. */
export const calmSequence = sequence.map(
  (one): Sequence => ({ ...one, steps: one.steps.map(step => ({ ...step, trouble: null })) }),
)

export type Sequence = typeof sequence extends fc.Arbitrary<infer Value> ? Value : never

/** Plays one sequence on a cloud of its own. @throws AssertionError with the list of calls */
export const play = async ({ reclaim, offload, steps }: Sequence): Promise<void> => {
  const cloud = await ModelCloud.start({ reclaim, offload })
  const game = new Game(cloud, worldOf(reclaim, offload))
  try {
    await withinSeconds(PATIENCE, game.play(steps))
  } catch (error) {
    const { message } = error as Error
    const list = game.history.map((line, index) => `  ${index + 1}. ${line}`)
    const head = `reclaim_instance_interval = ${reclaim}, shelved_offload_time = ${offload}`
    const logged = cloud.log.lines
      .filter(({ level }) => level === 'error')
      .slice(-6)
      .map(({ text, fields }) => `  ${text}: ${stackOf(fields.err)}`)
    throw new Error([message, head, ...list, 'log:', ...logged].join('\n'), { cause: error })
  } finally {
    await cloud.stop()
  }
}

/** Seconds for one sequence. */
const PATIENCE = 40

const stackOf = (error: unknown): string =>
  error instanceof Error
    ? (error.stack ?? error.message).split('\n').slice(0, 6).join('\n    ')
    : ''

/** One run: the cloud, what it should be like, and what was done so far. */
class Game {
  readonly history: string[] = []
  readonly #cloud: ModelCloud
  readonly #world: World

  constructor(cloud: ModelCloud, world: World) {
    this.#cloud = cloud
    this.#world = world
  }

  async play(steps: readonly Step[]): Promise<void> {
    await this.#create({ ...calm, kind: 'create' })
    for (const one of steps) await this.#take(one)
    await this.#end()
  }

  async #take(one: Step): Promise<void> {
    const { servers } = this.#world
    if (one.kind === 'host') return this.#hostEvent(one)
    const server = servers[one.server % Math.max(servers.length, 1)]
    if (one.kind === 'create' || !server) return this.#create(one)
    const choice = this.#choose(server, one)
    if (!choice) return
    const { call, request } = choice
    if (one.trouble) return this.#troubled(one.trouble, server, call, request)
    await this.#asked(server, call, request)
  }

  /** Something that can be asked of the server now; or, now and then, something that cannot. */
  #choose(
    server: Server,
    { choice, isFit, pick }: Pick<Step, 'choice' | 'isFit' | 'pick'>,
  ): { readonly call: Call; readonly request: Request } | null {
    const isUp = server.host === null || isHostUp(this.#world, server.host)
    const possible = calls.filter(
      call =>
        (isUp || call.worksWithoutHost) &&
        !(server.hasLooseDevices && isOfDevice(call)) &&
        (!isFit || !call.states || call.states.includes(server.vm)) &&
        (!isFit || call.name !== 'evacuate' || !isUp),
    )
    const call = possible[choice % possible.length]
    const request = call?.make(server, this.#world, this.#cloud, pick)
    return call && request ? { call, request } : null
  }

  /** A call with nothing in its way: all is known of what comes. */
  async #asked(server: Server, call: Call, request: Request): Promise<void> {
    const refusal = refusalOf(server, call, request)
    this.history.push(`${server.name} (${server.vm}): ${request.text}`)
    const answer = await this.#send(call, request)
    this.#say(String(answer.status))
    await this.#cloud.rest()
    if (refusal) {
      assert.ok(
        refusal.codes.includes(answer.status),
        `answered ${answer.status} ${JSON.stringify(answer.body)}, expected ${refusal.codes}`,
      )
      if (refusal.text) assert.equal(messageOf(answer), refusal.text)
      return this.#agree()
    }
    assert.equal(answer.status, request.code, JSON.stringify(answer.body))
    const wasSound = server.isSound
    const outcome = request.brings?.() ?? {}
    if (!wasSound && call.name !== 'rebuild') return this.#adopt(outcome.gone ? [server] : [])
    await this.#come(server, call, outcome)
  }

  /** What was expected has come: the host that was chosen is now known. */
  async #come(server: Server, call: Call, outcome: Outcome): Promise<void> {
    if (outcome.gone) {
      this.#world.servers = this.#world.servers.filter(one => one !== server)
      assert.equal(await showServer(this.#cloud, server.id), null, `${server.name} is still there`)
      return this.#agree()
    }
    if (outcome.hosts) {
      const host = (await showServer(this.#cloud, server.id))?.host ?? null
      assert.ok(
        host && outcome.hosts.includes(host),
        `${server.name} is on ${host}, expected one of ${outcome.hosts}`,
      )
      server.host = host
    }
    await this.#agree()
    await this.#compareActions(server, call, outcome)
    this.#say(`${server.vm}${server.host ? ` on ${server.host}` : ''}`)
  }

  async #compareActions(server: Server, call: Call, outcome: Outcome): Promise<void> {
    if (!call.recordedAs || outcome.isUnrecorded) return
    server.actions.push(...(outcome.before ?? []), call.recordedAs)
    const actions = await actionsOf(this.#cloud, server.id)
    assert.deepEqual(
      actions.map(({ name }) => name),
      server.actions,
      `actions of ${server.name}`,
    )
    const events = await eventsOf(this.#cloud, server.id, actions.at(-1)?.request ?? '')
    const results = new Set(events.map(([, result]) => result))
    if (outcome.fails) {
      assert.ok(results.has('Error'), `no event of ${call.name} failed: ${JSON.stringify(events)}`)
    } else {
      if (call.events) {
        assert.deepEqual(
          events.map(([event]) => event).sort(),
          [...call.events].sort(),
          `events of ${call.name}`,
        )
      }
      assert.deepEqual(
        [...results].filter(result => result !== 'Success'),
        [],
        JSON.stringify(events),
      )
    }
    assert.ok(!results.has(null), `an event goes on: ${JSON.stringify(events)}`)
  }

  /** A call that something comes in between: how it ends is open, but all must agree then. */
  async #troubled(what: Trouble, server: Server, call: Call, request: Request): Promise<void> {
    const cloud = this.#cloud
    this.history.push(`${server.name} (${server.vm}): ${request.text}, ${troubleText(what)}`)
    const deleted: Server[] = isDeletion(call) ? [server] : []
    const end = this.#interrupt(what, server, deleted)
    const answer = await this.#send(call, request)
    this.#say(String(answer.status))
    const known = [200, 202, 204, 400, 403, 404, 409, ...(what.kind === 'fails' ? [500] : [])]
    if (what.kind !== 'dies') {
      assert.ok(known.includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`)
    }
    await cloud.rest()
    await end()
    await this.#settle()
    if (what.kind === 'dies' && isOfDevice(call)) server.hasLooseDevices = true
    await this.#adopt(deleted)
  }

  /** @returns what is to be done when all is still */
  #interrupt(what: Trouble, server: Server, deleted: Server[]): () => Promise<void> {
    switch (what.kind) {
      case 'dies':
        return this.#dying(what, server)
      case 'fails':
        return this.#failing(what.after)
      case 'meanwhile':
        return this.#meanwhile(what, server, deleted)
    }
  }

  #dying({ host, after }: Extract<Trouble, { kind: 'dies' }>, server: Server): () => Promise<void> {
    const cloud = this.#cloud
    const name = (host === 0 ? server.host : null) ?? this.#world.hosts[host % 3]?.name ?? ''
    if (!isHostUp(this.#world, name)) return async () => {}
    const { life } = cloud.host(name)
    let left = after
    let isKilled = false
    life.watch(point => {
      left -= 1
      if (left >= 0 || isKilled) return
      isKilled = true
      this.#say(`${name} dies ${point}`)
      return cloud.killHost(name)
    })
    return async () => {
      life.watch(undefined)
      if (isKilled) await cloud.restartHost(name)
    }
  }

  #failing(after: number): () => Promise<void> {
    let left = after
    return this.#watchAll((host, point) => {
      if (!point.startsWith('before driver') || looks.test(point)) return
      left -= 1
      if (left !== -1) return
      this.#say(`${host} fails ${point}`)
      throw new Error('the hypervisor is on strike')
    })
  }

  #meanwhile(
    { after, choice, pick }: Extract<Trouble, { kind: 'meanwhile' }>,
    server: Server,
    deleted: Server[],
  ): () => Promise<void> {
    const cloud = this.#cloud
    const second: Promise<void>[] = []
    const ask = async (host: string, point: string): Promise<void> => {
      const possible = calls.filter(call => call.anyTime || call.name === 'hard reboot')
      const call = possible[choice % possible.length]
      const request = call?.make(server, this.#world, cloud, pick)
      if (!call || !request || call.name.startsWith('reset')) return
      if (isDeletion(call)) deleted.push(server)
      this.#say(`${host} ${point}, ${request.text}`)
      const answered = this.#send(call, request).then(answer => {
        this.#say(`${answer.status} for ${request.text}`)
        assert.ok(
          [200, 202, 204, 400, 403, 404, 409].includes(answer.status),
          `${request.text}: ${answer.status} ${JSON.stringify(answer.body)}`,
        )
      })
      answered.catch(() => {})
      second.push(answered)
      await cloud.standstill()
    }
    let left = after
    const unwatch = this.#watchAll((host, point) => {
      left -= 1
      return left === -1 ? ask(host, point) : undefined
    })
    return async () => {
      await unwatch()
      await Promise.all(second)
      await cloud.rest()
    }
  }

  #watchAll(
    watch: (host: string, point: string) => Promise<void> | undefined,
  ): () => Promise<void> {
    const lives = [...this.#cloud.hosts.values()]
    for (const { life, name } of lives) life.watch(async point => watch(name, point))
    return async () => {
      for (const { life } of lives) life.watch(undefined)
    }
  }

  async #settle(): Promise<void> {
    await this.#cloud.rest()
    await this.#cloud.tidy()
    await this.#cloud.rest()
  }

  /** Takes over how things ended, as far as that was open; and compares the rest. */
  async #adopt(deleted: readonly Server[]): Promise<void> {
    const gone: Server[] = []
    for (const server of this.#world.servers) {
      const shown = await showServer(this.#cloud, server.id)
      if (!shown) {
        assert.ok(deleted.includes(server), `${server.name} is gone, though nobody deleted it`)
        gone.push(server)
        continue
      }
      server.vm = shown.vm
      server.power = shown.power
      server.host = shown.host
      server.flavor = flavors.find(({ vcpus }) => vcpus === shown.vcpus) ?? server.flavor
      server.name = shown.name
      server.metadata = shown.metadata
      server.tags = shown.tags
      server.isLocked = shown.isLocked
      server.zone = shown.zone
      server.volumes = new Set(shown.volumes)
      const guest = (await guestsOf(this.#cloud, server.id)).find(one => one.host === shown.host)
      server.isSound = shown.vm !== 'error' || false
      if (server.isSound && !guest && shown.host) {
        assert.fail(`${server.name} is ${shown.vm} on ${shown.host}, without a guest there`)
      }
      if (server.isSound) server.ports = this.#cloud.ports.of(server.id).length
      server.actions = (await actionsOf(this.#cloud, server.id)).map(({ name }) => name)
      const move = (await movesOf(this.#cloud, server.id)).find(
        ({ status }) => status === 'finished',
      )
      server.resize =
        shown.vm === 'resized' && move
          ? {
              from: move.from ?? '',
              flavor: flavors[move.oldFlavor - 1] ?? server.flavor,
              wasStopped: shown.power === POWER.shutdown,
            }
          : null
      this.#say(`${shown.vm}${shown.host ? ` on ${shown.host}` : ''}`)
    }
    this.#world.servers = this.#world.servers.filter(one => !gone.includes(one))
    await this.#agree()
  }

  async #agree(): Promise<void> {
    const found = await disagreements(this.#cloud, this.#world)
    assert.deepEqual(found, [], found.join('\n'))
  }

  async #create({ pick, trouble }: Step): Promise<void> {
    const world = this.#world
    const flavor = flavors[pick % flavors.length] ?? flavors[0]
    const name = `server-${++world.made}`
    this.history.push(`create ${name} of flavor ${flavor.id}`)
    const end = trouble?.kind === 'fails' ? this.#failing(trouble.after) : null
    const answer = await this.#cloud.ask('member', '2.104', 'POST', '/servers', {
      server: { name, flavorRef: flavor.id, imageRef: IMAGE_ID, networks: [{ uuid: NETWORK_ID }] },
    })
    this.#say(String(answer.status))
    await this.#cloud.rest()
    await end?.()
    if (!fits(world, { instances: 1, cores: flavor.vcpus, ram: flavor.ram })) {
      assert.equal(answer.status, 403, JSON.stringify(answer.body))
      return this.#agree()
    }
    assert.equal(answer.status, 202, JSON.stringify(answer.body))
    const id = String(Object(Object(answer.body).server).id)
    const shown = await showServer(this.#cloud, id)
    const hosts = candidates(world, null)
    const isThere = hosts.length > 0 && shown?.vm === 'active'
    const server: Server = {
      id,
      name,
      vm: isThere ? 'active' : 'error',
      power: isThere ? POWER.running : 0,
      host: isThere ? (shown?.host ?? null) : null,
      flavor,
      resize: null,
      isLocked: false,
      metadata: {},
      tags: [],
      volumes: new Set(),
      ports: 1,
      ownPorts: new Set(),
      zone: null,
      isSound: isThere,
      hasLooseDevices: false,
      actions: ['create'],
    }
    if (isThere) assert.ok(hosts.includes(server.host ?? ''), `${name} is on ${server.host}`)
    else if (!trouble) assert.equal(hosts.length, 0, `${name} is ${shown?.vm}: ${shown?.fault}`)
    world.servers.push(server)
    this.#say(`${server.vm}${server.host ? ` on ${server.host}` : ''}`)
    await this.#agree()
  }

  async #hostEvent({ pick, choice }: Step): Promise<void> {
    const host = this.#world.hosts[pick % this.#world.hosts.length]
    if (!host) return
    if (!host.isUp) await this.#bringUp(host.name)
    else if (choice % 3 === 0) await this.#takeDown(host.name)
    else await this.#enable(host.name, !host.isEnabled)
    await this.#agree()
  }

  async #takeDown(name: string): Promise<void> {
    this.history.push(`${name} goes down`)
    await this.#cloud.killHost(name)
    await this.#service(name, { forced_down: true })
    Object.assign(hostOf(this.#world, name) ?? {}, { isUp: false })
  }

  async #bringUp(name: string): Promise<void> {
    this.history.push(`${name} comes back`)
    await this.#cloud.restartHost(name)
    await this.#service(name, { forced_down: false })
    Object.assign(hostOf(this.#world, name) ?? {}, { isUp: true })
    await this.#settle()
  }

  async #enable(name: string, isEnabled: boolean): Promise<void> {
    this.history.push(`${name} is ${isEnabled ? 'enabled' : 'disabled'}`)
    await this.#service(name, { status: isEnabled ? 'enabled' : 'disabled' })
    Object.assign(hostOf(this.#world, name) ?? {}, { isEnabled })
    await this.#cloud.rest()
  }

  async #service(name: string, changes: object): Promise<void> {
    const list = await this.#cloud.ask(
      'admin',
      '2.104',
      'GET',
      `/os-services?binary=nova-compute&host=${name}`,
    )
    const [service] = Object(list.body).services as { id: string }[]
    const answer = await this.#cloud.ask(
      'admin',
      '2.104',
      'PUT',
      `/os-services/${service?.id}`,
      changes,
    )
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  }

  /** All hosts come back, all servers go, and nothing is left anywhere. */
  async #end(): Promise<void> {
    const cloud = this.#cloud
    for (const host of this.#world.hosts) {
      if (!host.isUp) await this.#bringUp(host.name)
      if (!host.isEnabled) await this.#enable(host.name, true)
    }
    await this.#agree()
    for (const server of this.#world.servers) {
      this.history.push(`${server.name} (${server.vm}): delete by force as administrator`)
      const { status, body } = await cloud.ask(
        'admin',
        '2.104',
        'POST',
        `/servers/${server.id}/action`,
        { forceDelete: null },
      )
      assert.equal(status, 202, JSON.stringify(body))
      await cloud.rest()
    }
    this.#world.servers = []
    await this.#settle()
    await this.#agree()
    const left: string[] = []
    for (const [name, { driver }] of cloud.hosts) {
      left.push(...(await driver.listInstanceUuids()).map(uuid => `guest ${uuid} on ${name}`))
    }
    left.push(...cloud.ports.novas.map(({ id }) => `port ${id}`))
    left.push(...cloud.ports.used.map(({ id, server }) => `port ${id} of ${server}`))
    for (const { id, status } of await cloud.api.volumes.getAll(cloud.api.context)) {
      if (status !== 'available') left.push(`volume ${id} is ${status}`)
    }
    assert.deepEqual(left, [], 'left behind')
  }

  #send(call: Call, { method, path, body }: Request): Promise<Answer> {
    return this.#cloud.ask(call.user, call.version ?? '2.104', method, path, body)
  }

  #say(what: string): void {
    const last = this.history.length - 1
    this.history[last] = `${this.history[last]} -> ${what}`
  }
}

const calm: Step = {
  kind: 'call',
  server: 0,
  choice: 0,
  isFit: true,
  pick: 0,
  trouble: null,
}

const isDeletion = ({ name }: Call): boolean => name === 'delete' || name === 'force delete'

const isOfDevice = ({ name }: Call): boolean => /volume|interface|network/.test(name)

const messageOf = ({ body }: Answer): unknown => Object(Object.values(Object(body))[0]).message

/** Why the call is refused, if it is: the codes that fit, and the text where it is known. */
const refusalOf = (
  server: Server,
  call: Call,
  request: Request,
): { readonly codes: readonly number[]; readonly text?: string } | null => {
  const codes: number[] = []
  if (request.refusal) codes.push(request.refusal)
  if (server.isLocked && !call.ignoresLock && call.user !== 'admin')
    return { codes: [409, ...codes] }
  if (call.needsHost && server.host === null) return { codes: [409, ...codes] }
  if (!call.states || call.states.includes(server.vm)) return codes.length ? { codes } : null
  if (!call.refusedAs || codes.length || !server.isSound) return { codes: [409, ...codes] }
  return {
    codes: [409],
    text: `Cannot '${call.refusedAs}' instance ${server.id} while it is in vm_state ${server.vm}`,
  }
}

const troubleText = (what: Trouble): string => {
  switch (what.kind) {
    case 'dies':
      return what.host === 0 ? 'its host dies:' : `compute-${what.host} dies:`
    case 'fails':
      return 'a hypervisor fails:'
    case 'meanwhile':
      return 'meanwhile:'
  }
}
