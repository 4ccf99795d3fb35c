import { Readable } from 'node:stream'
import { RequestContext } from '../../context/index.js'
import { storeData } from './data.js'
import { createImage } from './images.js'
import type { ImageState } from './service.js'

export interface SeededImage {
  readonly imageId: string
  /** false: it was there already */
  readonly created: boolean
}

/** 1 MiB, all of it unallocated. */
const DISK_BYTES = 1024 * 1024
// The least that the format allows, so that the file is small.
const CLUSTER_BITS = 9
const CLUSTER = 1 << CLUSTER_BITS
/** An L1 entry stands for a cluster of 8-byte L2 entries, each of which stands for a cluster. */
const L1_ENTRIES = DISK_BYTES / ((CLUSTER / 8) * CLUSTER)

/**
 * An empty disk as QEMU's qcow2, version 3: header, refcount table, one refcount block, L1 table, a
 * cluster each (docs/interop/qcow2.rst in QEMU). Every L1 entry is 0, so every byte reads as zero.
 */
export const emptyQcow2 = (): Buffer => {
  const image = Buffer.alloc(4 * CLUSTER)
  image.writeUInt32BE(0x514649fb, 0) // magic
  image.writeUInt32BE(3, 4) // version
  image.writeUInt32BE(CLUSTER_BITS, 20)
  image.writeBigUInt64BE(BigInt(DISK_BYTES), 24)
  image.writeUInt32BE(L1_ENTRIES, 36) // entries of the L1 table
  image.writeBigUInt64BE(BigInt(3 * CLUSTER), 40) // where the L1 table is
  image.writeBigUInt64BE(BigInt(CLUSTER), 48) // where the refcount table is
  image.writeUInt32BE(1, 56) // its clusters
  image.writeUInt32BE(4, 96) // refcounts of 1 << 4 bits
  image.writeUInt32BE(104, 100) // length of the header
  image.writeBigUInt64BE(BigInt(2 * CLUSTER), CLUSTER) // the refcount block
  for (let cluster = 0; cluster < 4; cluster++) image.writeUInt16BE(1, 2 * CLUSTER + 2 * cluster)
  return image
}

/**
 * A first image, public, so that a first server has something to boot. It is called `cirros` because every
 * tutorial's is; the disk is empty, which the fake driver does not mind. Does nothing when the project has a
 * public image of that name that is active.
 */
export const seedImage = async (
  state: ImageState,
  options: { readonly projectId: string; readonly name?: string },
): Promise<SeededImage> => {
  const name = options.name ?? 'cirros'
  const { database } = state
  const context = new RequestContext({
    projectId: options.projectId,
    isAdmin: true,
    roles: ['admin'],
  })
  const known = await database.kysely
    .selectFrom('images')
    .select(['id', 'status'])
    .where('name', '=', name)
    .where('owner', '=', options.projectId)
    .where('visibility', '=', 'public')
    .executeTakeFirst()
  if (known && known.status !== 'queued') return { imageId: known.id, created: false }
  // A start that was cut short may have left it without its bytes.
  const id = known?.id ?? (await createSeed(state, context, name))
  await storeData(state, context, id, Readable.from([emptyQcow2()]))
  return { imageId: id, created: true }
}

const createSeed = async (
  { database }: ImageState,
  context: RequestContext,
  name: string,
): Promise<string> => {
  const row = await database.transaction(db =>
    createImage(db, context, {
      name,
      visibility: 'public',
      disk_format: 'qcow2',
      container_format: 'bare',
    }),
  )
  return row.id
}
