import assert from 'node:assert/strict'
import { setTimeout as after } from 'node:timers/promises'
import type { MixedCloud } from './mixed-cloud.js'

/** How long a server may take to get where it is to be, seconds. */
const patience = 30

interface ServerDocument {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly locked: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly addresses: Readonly<Record<string, readonly { readonly addr: string }[]>>
  readonly fault?: { readonly message: string; readonly details?: string }
  readonly 'OS-EXT-STS:task_state': string | null
  readonly 'OS-EXT-SRV-ATTR:host': string | null
  readonly 'OS-EXT-SRV-ATTR:root_device_name': string | null
  readonly 'os-extended-volumes:volumes_attached': readonly { readonly id: string }[]
}

/** What placement counts of the two flavors. */
const sizes = {
  '1': { VCPU: 1, MEMORY_MB: 512, DISK_GB: 1 },
  '2': { VCPU: 2, MEMORY_MB: 1024, DISK_GB: 2 },
} as const

/** A server of a mixed cloud, by its REST API, with what placement knows of it. */
export class Server {
  readonly id: string
  readonly #cloud: MixedCloud

  constructor(cloud: MixedCloud, id: string) {
    this.#cloud = cloud
    this.id = id
  }

  /** Ordered, and there. @param more  keys of the request beside name, flavor and image */
  static async boot(cloud: MixedCloud, name: string, more: object = {}): Promise<Server> {
    const { server } = (await cloud.api('POST', '/servers', {
      server: { name, flavorRef: '1', imageRef: await cloud.imageId(), networks: 'none', ...more },
    })) as { server: { id: string } }
    const booted = new Server(cloud, server.id)
    await booted.until('ACTIVE')
    return booted
  }

  async show(): Promise<ServerDocument> {
    const { server } = (await this.#cloud.api('GET', `/servers/${this.id}`)) as {
      server: ServerDocument
    }
    return server
  }

  /** Waits until it has this status and nothing is being done with it. */
  async until(status: string): Promise<ServerDocument> {
    const deadline = performance.now() + patience * 1000
    for (;;) {
      const server = await this.show()
      const { fault, 'OS-EXT-STS:task_state': task } = server
      if (server.status === status && task === null) return server
      const isStuck = server.status === 'ERROR' && task === null
      if (isStuck || performance.now() > deadline) {
        throw new Error(
          `${server.name} is ${server.status} (${task}), not ${status}: ${fault?.message}\n${
            fault?.details
          }\n${this.#cloud.errors()}`,
        )
      }
      await after(100)
    }
  }

  /** An action, until its status is this. */
  async act(action: object, status = 'ACTIVE'): Promise<ServerDocument> {
    await this.order(action)
    return this.until(status)
  }

  /** @returns what the action answers */
  order(action: object): Promise<unknown> {
    return this.#cloud.api('POST', `/servers/${this.id}/action`, action)
  }

  /** Waits until it is on another host than this one, and nothing is being done with it. */
  async movedFrom(host: string | null): Promise<string | null> {
    const deadline = performance.now() + patience * 1000
    for (;;) {
      const { 'OS-EXT-SRV-ATTR:host': now, 'OS-EXT-STS:task_state': task } = await this.show()
      if (now !== host && task === null) return now
      assert.ok(performance.now() < deadline, `still on ${host} (${task})\n${this.#cloud.errors()}`)
      await after(100)
    }
  }

  async delete(): Promise<void> {
    await this.#cloud.api('DELETE', `/servers/${this.id}`)
    await this.#cloud.until(`${this.id} to be deleted`, async () => {
      const { servers } = (await this.#cloud.api('GET', '/servers')) as {
        servers: readonly { id: string }[]
      }
      return servers.every(({ id }) => id !== this.id)
    })
  }

  /** After its deletion: it has neither a claim nor a port. */
  async isGone(): Promise<void> {
    await this.#cloud.until('claims and ports to be given back', async () => {
      const claims = await this.#cloud.claimsOf(this.id)
      return Object.keys(claims).length === 0 && (await this.#cloud.portsOf(this.id)) === 0
    })
  }

  /** Its claim is of this flavor and on its host alone, or there is none. */
  async isClaimed(flavor: keyof typeof sizes | null): Promise<void> {
    const { 'OS-EXT-SRV-ATTR:host': host } = await this.show()
    const expected = flavor === null || host === null ? {} : { [host]: sizes[flavor] }
    // The last step of a move may come after the server shows it.
    let claims: object = {}
    try {
      await this.#cloud.until('claims as they are to be', async () => {
        claims = await this.#cloud.claimsOf(this.id)
        return JSON.stringify(sorted(claims)) === JSON.stringify(sorted(expected))
      })
    } catch {
      assert.deepEqual(claims, expected)
    }
  }
}

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, item]) => [key, sorted(item)]),
      )
    : value

/** What becomes of a server that stays where it is. */
export const lifeOnOneHost = async (cloud: MixedCloud): Promise<void> => {
  const server = await Server.boot(cloud, 'stays', { networks: 'auto' })
  const { addresses } = await server.show()
  assert.equal(addresses.private?.length, 1)
  await server.isClaimed('1')
  const { output } = (await server.order({ 'os-getConsoleOutput': {} })) as { output: string }
  assert.notEqual(output, '')
  await server.act({ reboot: { type: 'SOFT' } })
  await server.act({ reboot: { type: 'HARD' } })
  await server.act({ pause: null }, 'PAUSED')
  await server.act({ unpause: null })
  await server.act({ suspend: null }, 'SUSPENDED')
  await server.act({ resume: null })
  await server.act({ 'os-stop': null }, 'SHUTOFF')
  await server.act({ 'os-start': null })
  assert.equal((await server.act({ lock: null })).locked, true)
  assert.equal((await server.act({ unlock: null })).locked, false)
  await server.act({ rescue: {} }, 'RESCUE')
  await server.act({ unrescue: null })
  await cloud.api('PUT', `/servers/${server.id}`, { server: { name: 'renamed' } })
  await cloud.api('PUT', `/servers/${server.id}/metadata`, { metadata: { colour: 'blue' } })
  const { name, metadata } = await server.act({ rebuild: { imageRef: await cloud.imageId() } })
  assert.deepEqual([name, metadata], ['renamed', { colour: 'blue' }])
  await withVolume(cloud, server)
  await cloud.api('POST', `/servers/${server.id}/os-interface`, {
    interfaceAttachment: { net_id: await cloud.networkId() },
  })
  await cloud.until('the second address', async () => {
    const { addresses: now } = await server.show()
    return now.private?.length === 2
  })
  await server.isClaimed('1')
  await server.delete()
  await server.isGone()
}

const withVolume = async (cloud: MixedCloud, server: Server): Promise<void> => {
  const volume = await cloud.newVolume({ size: 1 })
  await cloud.api('POST', `/servers/${server.id}/os-volume_attachments`, {
    volumeAttachment: { volumeId: volume },
  })
  await cloud.until('the volume to be in use', async () => {
    return (await cloud.volumeStatus(volume)) === 'in-use'
  })
  await server.until('ACTIVE')
  await cloud.api('DELETE', `/servers/${server.id}/os-volume_attachments/${volume}`)
  await cloud.until('the volume to be free', async () => {
    return (await cloud.volumeStatus(volume)) === 'available'
  })
  await cloud.deleteVolume(volume)
}

/** What becomes of a server that moves, between two hosts. */
export const lifeOnTheMove = async (cloud: MixedCloud): Promise<void> => {
  const server = await Server.boot(cloud, 'moves', { networks: 'auto' })
  const host = async () => (await server.show())['OS-EXT-SRV-ATTR:host']
  const first = await host()

  await server.act({ resize: { flavorRef: '2' } }, 'VERIFY_RESIZE')
  assert.notEqual(await host(), first)
  await server.isClaimed('2')
  await server.act({ revertResize: null })
  assert.equal(await host(), first)
  await server.isClaimed('1')

  await server.act({ resize: { flavorRef: '2' } }, 'VERIFY_RESIZE')
  await server.act({ confirmResize: null })
  const second = await host()
  assert.notEqual(second, first)
  await server.isClaimed('2')

  await server.order({ 'os-migrateLive': { host: null, block_migration: 'auto' } })
  assert.equal(await server.movedFrom(second), first)
  await server.isClaimed('2')

  await server.act({ migrate: null }, 'VERIFY_RESIZE')
  await server.act({ confirmResize: null })
  assert.equal(await host(), second)
  await server.isClaimed('2')

  await server.act({ shelve: null }, 'SHELVED_OFFLOADED')
  await server.isClaimed(null)
  await server.act({ unshelve: null })
  await server.isClaimed('2')
  const { addresses } = await server.show()
  assert.equal(addresses.private?.length, 1)
  await server.delete()
  await server.isGone()
}

/** What becomes of a server whose root disk is a volume, made of an image. */
export const lifeOnAVolume = async (cloud: MixedCloud): Promise<void> => {
  const volume = await cloud.newVolume({ size: 1, imageRef: await cloud.imageId() })
  const server = await Server.boot(cloud, 'on a volume', {
    imageRef: '',
    block_device_mapping_v2: [
      { source_type: 'volume', destination_type: 'volume', uuid: volume, boot_index: 0 },
    ],
  })
  assert.equal(await cloud.volumeStatus(volume), 'in-use')
  const from = (await server.show())['OS-EXT-SRV-ATTR:host']
  await server.order({ 'os-migrateLive': { host: null, block_migration: 'auto' } })
  await server.movedFrom(from)
  await server.act({ shelve: null }, 'SHELVED_OFFLOADED')
  await server.act({ unshelve: null })
  await server.delete()
  await cloud.until('the volume to be free', async () => {
    return (await cloud.volumeStatus(volume)) === 'available'
  })
  await cloud.deleteVolume(volume)
}
