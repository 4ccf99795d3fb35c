import type { RequestContext } from '../context/index.js'
import {
  integer,
  novaObject,
  novaObjectList,
  object,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { extraPrimitive } from './instance-extra.js'

export class ResourceMetadata extends novaObject('ResourceMetadata', '1.0', {}) {}

export class LibvirtVPMEMDevice extends novaObject('LibvirtVPMEMDevice', '1.0', {
  label: string(),
  name: string(),
  size: integer(),
  devpath: string(),
  align: integer(),
}) {}

/** What may stand where a ResourceMetadata is declared. */
export const resourceMetadata = [LibvirtVPMEMDevice]

export class Resource extends novaObject('Resource', '1.0', {
  provider_uuid: uuid(),
  resource_class: string(),
  identifier: string(),
  metadata: object(
    () => ResourceMetadata,
    () => resourceMetadata,
  )(),
}) {}

export class ResourceList extends novaObjectList('ResourceList', '1.0', () => Resource) {
  /** @returns null for a server without */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<ResourceList | null> {
    const primitive = await extraPrimitive(context, instanceUuid, 'resources')
    return primitive ? ResourceList.fromPrimitive(primitive, context) : null
  }
}
