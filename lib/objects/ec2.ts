import type { RequestContext } from '../context/index.js'
import { insertNumbered, type NumberedTable, numberedBy } from '../db/queries/cell/ec2-ids.js'
import { NotFound, ObjectActionError } from '../exception/index.js'
import { cellOf, withDeletedFlag } from './access.js'
import { integer, novaObject, remotable, remotableClassMethod, string, uuid } from './base/index.js'
import { Instance } from './instance.js'
import { persistentFields } from './persistent.js'

/** What a server is called where EC2's names are used, the metadata service above all. */
export class EC2Ids extends novaObject('EC2Ids', '1.0', {
  instance_id: string({ readOnly: true }),
  ami_id: string({ nullable: true, readOnly: true }),
  kernel_id: string({ nullable: true, readOnly: true }),
  ramdisk_id: string({ nullable: true, readOnly: true }),
}) {
  /** Numbers what has none yet. */
  @remotableClassMethod(['instance'])
  static async getByInstance(context: RequestContext, instance: unknown): Promise<EC2Ids> {
    if (!(instance instanceof Instance)) throw new TypeError('EC2Ids are of an Instance')
    const image = (uuid: string | null | undefined, kind: string): Promise<string | null> =>
      uuid ? idOf(context, 's3_images', uuid, kind) : Promise.resolve(null)
    return EC2Ids.hydrate(context, {
      instance_id: await idOf(context, 'instance_id_mappings', instance.uuid, 'i'),
      ami_id: await image(instance.get('imageRef'), 'ami'),
      kernel_id: await image(instance.get('kernelId'), 'aki'),
      ramdisk_id: await image(instance.get('ramdiskId'), 'ari'),
    })
  }
}

const idOf = async (
  context: RequestContext,
  table: NumberedTable,
  uuid: string,
  kind: string,
): Promise<string> => {
  const { id } = await cellOf(context).transaction(
    async trx => (await numberedBy(trx, table, { uuid })) ?? insertNumbered(trx, table, uuid),
  )
  return `${kind}-${id.toString(16).padStart(8, '0')}`
}

export class EC2InstanceMapping extends novaObject('EC2InstanceMapping', '1.0', {
  id: integer(),
  uuid: uuid(),
  ...persistentFields(),
}) {
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) throw alreadyCreated()
    const row = await insertNumbered(cellOf(context).kysely, 'instance_id_mappings', this.uuid)
    this.assign(withDeletedFlag(row)).resetChanges()
  }

  /** @throws NotFound */
  @remotableClassMethod(['ec2_id'])
  static async getById(context: RequestContext, ec2Id: number): Promise<EC2InstanceMapping> {
    return EC2InstanceMapping.hydrate(
      context,
      await found(context, 'instance_id_mappings', { id: ec2Id }),
    )
  }

  /** @throws NotFound */
  @remotableClassMethod(['instance_uuid'])
  static async getByUuid(context: RequestContext, uuid: string): Promise<EC2InstanceMapping> {
    return EC2InstanceMapping.hydrate(
      context,
      await found(context, 'instance_id_mappings', { uuid }),
    )
  }
}

export class S3ImageMapping extends novaObject('S3ImageMapping', '1.0', {
  id: integer({ readOnly: true }),
  uuid: uuid(),
  ...persistentFields(),
}) {
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) throw alreadyCreated()
    const row = await insertNumbered(cellOf(context).kysely, 's3_images', this.uuid)
    this.assign(withDeletedFlag(row)).resetChanges()
  }

  /** @throws NotFound */
  @remotableClassMethod(['s3_id'])
  static async getById(context: RequestContext, s3Id: number): Promise<S3ImageMapping> {
    return S3ImageMapping.hydrate(context, await found(context, 's3_images', { id: s3Id }))
  }

  /** @throws NotFound */
  @remotableClassMethod(['s3_image_uuid'])
  static async getByUuid(context: RequestContext, uuid: string): Promise<S3ImageMapping> {
    return S3ImageMapping.hydrate(context, await found(context, 's3_images', { uuid }))
  }
}

const alreadyCreated = () => new ObjectActionError({ action: 'create', reason: 'already created' })

const found = async (
  context: RequestContext,
  table: NumberedTable,
  by: { readonly id: number } | { readonly uuid: string },
) => {
  const row = await numberedBy(cellOf(context).kysely, table, by)
  if (!row) throw new NotFound()
  return withDeletedFlag(row)
}
