import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import {
  InvalidInput,
  SnapshotNotFound,
  VolumeAttachmentNotFound,
  VolumeNotFound,
  VolumeTypeNotFound,
} from '../exception/index.js'
import type {
  Attachment,
  NewSnapshot,
  NewVolume,
  Snapshot,
  Volume,
  VolumeApi,
} from '../volume/api.js'

interface Held {
  readonly id: string
  readonly volumeId: string
  readonly serverId: string
  readonly device: string | null
  readonly state: 'reserved' | 'attaching' | 'attached'
}

const CREATED = '2026-01-02T03:04:05.000000'

/** A volume service in memory: no permissions, no quotas; what is made is there at once. */
export class FakeVolumes implements VolumeApi {
  readonly #volumes = new Map<string, Volume>()
  readonly #snapshots = new Map<string, Snapshot>()
  readonly #attachments = new Map<string, Held>()

  /** Hears of volumes that an image was written over, and the servers that they are held for. */
  onReimaged: (volumeId: string, serverIds: ReadonlySet<string>) => void = () => {}

  /** Puts an available volume there. */
  add(volume: Partial<Volume> = {}): Volume {
    const whole: Volume = {
      status: 'available',
      size: 1,
      availabilityZone: 'nova',
      createdAt: CREATED,
      name: null,
      description: null,
      volumeType: '__DEFAULT__',
      snapshotId: null,
      metadata: {},
      bootable: false,
      multiattach: false,
      migrationStatus: null,
      imageMetadata: {},
      attachments: [],
      ...volume,
      id: volume.id ?? randomUUID(),
    }
    this.#volumes.set(whole.id, whole)
    return whole
  }

  addSnapshot(snapshot: Partial<Snapshot> & { readonly volumeId: string }): Snapshot {
    const whole: Snapshot = {
      status: 'available',
      size: 1,
      createdAt: CREATED,
      name: null,
      description: null,
      ...snapshot,
      id: snapshot.id ?? randomUUID(),
    }
    this.#snapshots.set(whole.id, whole)
    return whole
  }

  /** Attachments of a volume, as far as each has come. */
  held(volumeId: string): readonly Held[] {
    return [...this.#attachments.values()].filter(one => one.volumeId === volumeId)
  }

  async get(_context: RequestContext, id: string): Promise<Volume> {
    const volume = this.#volumes.get(id)
    if (!volume) throw new VolumeNotFound({ volume_id: id })
    const attached = this.held(id).filter(({ state }) => state === 'attached')
    return {
      ...volume,
      attachments: attached.map(one => ({
        serverId: one.serverId,
        attachmentId: one.id,
        device: one.device,
      })),
    }
  }

  async getAll(context: RequestContext): Promise<Volume[]> {
    return Promise.all([...this.#volumes.keys()].map(id => this.get(context, id)))
  }

  async create(_context: RequestContext, volume: NewVolume): Promise<Volume> {
    const snapshot = volume.snapshotId ? this.#snapshots.get(volume.snapshotId) : undefined
    if (volume.snapshotId && !snapshot) {
      throw new SnapshotNotFound({ snapshot_id: volume.snapshotId })
    }
    return this.add({
      size: volume.size ?? snapshot?.size ?? 1,
      name: volume.name ?? null,
      description: volume.description ?? null,
      snapshotId: volume.snapshotId ?? null,
      bootable: Boolean(volume.imageId),
      imageMetadata: volume.imageId ? { image_id: volume.imageId } : {},
      ...(volume.volumeType ? { volumeType: volume.volumeType } : {}),
      ...(volume.availabilityZone ? { availabilityZone: volume.availabilityZone } : {}),
      metadata: { ...(volume.metadata as Record<string, string> | undefined) },
    })
  }

  async delete(context: RequestContext, id: string): Promise<void> {
    const { status } = await this.get(context, id)
    if (status !== 'available' && status !== 'error') {
      throw new InvalidInput({ reason: `volume ${id} is ${status}` })
    }
    this.#volumes.delete(id)
  }

  async getSnapshot(_context: RequestContext, id: string): Promise<Snapshot> {
    const snapshot = this.#snapshots.get(id)
    if (!snapshot) throw new SnapshotNotFound({ snapshot_id: id })
    return snapshot
  }

  async getAllSnapshots(): Promise<Snapshot[]> {
    return [...this.#snapshots.values()]
  }

  async createSnapshot(
    context: RequestContext,
    volumeId: string,
    { name, description, force }: NewSnapshot,
  ): Promise<Snapshot> {
    const { size, status } = await this.get(context, volumeId)
    if (status !== 'available' && !force) {
      throw new InvalidInput({ reason: `volume ${volumeId} is ${status}` })
    }
    return this.addSnapshot({ volumeId, size, name, description })
  }

  async deleteSnapshot(context: RequestContext, id: string): Promise<void> {
    await this.getSnapshot(context, id)
    this.#snapshots.delete(id)
  }

  async checkType(_context: RequestContext, type: string): Promise<void> {
    if (type !== '__DEFAULT__') throw new VolumeTypeNotFound({ id_or_name: type })
  }

  async attachmentCreate(
    context: RequestContext,
    volumeId: string,
    serverId: string,
  ): Promise<Attachment> {
    const { status, multiattach } = await this.get(context, volumeId)
    const others = this.held(volumeId)
    const free = status === 'available' || multiattach || others.some(o => o.serverId === serverId)
    if (!free) throw new InvalidInput({ reason: `volume ${volumeId} is ${status}` })
    const id = randomUUID()
    this.#attachments.set(id, { id, volumeId, serverId, device: null, state: 'reserved' })
    this.#settle(volumeId)
    return { id, connectionInfo: {} }
  }

  async attachmentUpdate(
    _context: RequestContext,
    id: string,
    _connector: object,
    device: string,
  ): Promise<Attachment> {
    const held = this.#held(id)
    this.#attachments.set(id, { ...held, device, state: 'attaching' })
    this.#settle(held.volumeId)
    const data = { volume_id: held.volumeId, attachment_id: id }
    return { id, connectionInfo: { driver_volume_type: 'fake', data } }
  }

  async attachmentComplete(_context: RequestContext, id: string): Promise<void> {
    const held = this.#held(id)
    this.#attachments.set(id, { ...held, state: 'attached' })
    this.#settle(held.volumeId)
  }

  async attachmentDelete(_context: RequestContext, id: string): Promise<void> {
    const { volumeId } = this.#held(id)
    this.#attachments.delete(id)
    this.#settle(volumeId)
  }

  async beginDetaching(context: RequestContext, id: string): Promise<void> {
    const { status } = await this.get(context, id)
    if (status !== 'in-use') throw new InvalidInput({ reason: `volume ${id} is ${status}` })
    this.#change(id, 'detaching')
  }

  async rollDetaching(_context: RequestContext, id: string): Promise<void> {
    this.#settle(id)
  }

  /** Waits for nothing: who asked is told by {@link onReimaged}. */
  async reimageVolume(context: RequestContext, id: string, imageId: string): Promise<void> {
    const volume = await this.get(context, id)
    if (volume.status !== 'reserved') {
      throw new InvalidInput({ reason: `volume ${id} is ${volume.status}` })
    }
    this.#volumes.set(id, { ...volume, bootable: true, imageMetadata: { image_id: imageId } })
    this.onReimaged(id, new Set(this.held(id).map(({ serverId }) => serverId)))
  }

  async migrateVolumeCompletion(
    _context: RequestContext,
    _oldId: string,
    newId: string,
  ): Promise<string> {
    return newId
  }

  #held(id: string): Held {
    const held = this.#attachments.get(id)
    if (!held) throw new VolumeAttachmentNotFound({ attachment_id: id })
    return held
  }

  #settle(volumeId: string): void {
    const states = this.held(volumeId).map(({ state }) => state)
    if (states.includes('attached')) this.#change(volumeId, 'in-use')
    else this.#change(volumeId, states[0] ?? 'available')
  }

  #change(id: string, status: string): void {
    const volume = this.#volumes.get(id)
    if (volume) this.#volumes.set(id, { ...volume, status })
  }
}
