import type { RequestContext } from '../context/index.js'
import {
  boolean,
  dictOf,
  integer,
  listOf,
  novaObject,
  object,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { pcinumaAffinityPolicy } from './enums.js'
import { extraText } from './instance-extra.js'

export class InstancePCIRequest extends novaObject('InstancePCIRequest', '1.4', {
  count: integer(),
  spec: listOf(dictOf(string({ nullable: true }))())(),
  alias_name: string({ nullable: true }),
  is_new: boolean({ default: false }),
  request_id: uuid({ nullable: true, since: '1.1' }),
  requester_id: string({ nullable: true, since: '1.3' }),
  numa_policy: pcinumaAffinityPolicy({ nullable: true, since: '1.2' }),
}) {}

export class InstancePCIRequests extends novaObject('InstancePCIRequests', '1.1', {
  instance_uuid: uuid(),
  requests: listOf(object(() => InstancePCIRequest)())(),
}) {
  /** Reads `instance_extra.pci_requests`: plain maps, no primitives. */
  static fromStored(
    context: RequestContext | null,
    instanceUuid: string,
    text: string | null,
  ): InstancePCIRequests {
    const stored: unknown = text ? JSON.parse(text) : []
    const requests = (Array.isArray(stored) ? stored : []).map((values: Record<string, unknown>) =>
      InstancePCIRequest.hydrate(context, { ...values, is_new: false }),
    )
    return InstancePCIRequests.hydrate(context, { instance_uuid: instanceUuid, requests })
  }

  /** Of a server without any: an empty one. */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<InstancePCIRequests> {
    const text = await extraText(context, instanceUuid, 'pci_requests')
    return InstancePCIRequests.fromStored(context, instanceUuid, text ?? null)
  }

  toStored(): string {
    return JSON.stringify(
      this.requests.map(request => ({
        count: request.count,
        spec: request.spec,
        alias_name: request.get('aliasName') ?? null,
        is_new: request.get('isNew') ?? false,
        numa_policy: request.get('numaPolicy') ?? null,
        request_id: request.get('requestId') ?? null,
        requester_id: request.get('requesterId') ?? null,
      })),
    )
  }
}
