import type { RequestContext } from '../context/index.js'
import { integer, listOf, novaObject, object, remotableClassMethod, string } from './base/index.js'
import { architecture, cpuFeaturePolicy, cpuMatch, cpuMode } from './enums.js'
import { extraPrimitive } from './instance-extra.js'

export class VirtCPUFeature extends novaObject('VirtCPUFeature', '1.0', {
  policy: cpuFeaturePolicy({ nullable: true }),
  name: string(),
}) {}

export class VirtCPUTopology extends novaObject('VirtCPUTopology', '1.0', {
  sockets: integer({ nullable: true, default: 1 }),
  cores: integer({ nullable: true, default: 1 }),
  threads: integer({ nullable: true, default: 1 }),
}) {}

export class VirtCPUModel extends novaObject('VirtCPUModel', '1.0', {
  arch: architecture({ nullable: true }),
  vendor: string({ nullable: true }),
  topology: object(() => VirtCPUTopology)({ nullable: true }),
  features: listOf(object(() => VirtCPUFeature)())({ default: [] }),
  mode: cpuMode({ nullable: true }),
  model: string({ nullable: true }),
  match: cpuMatch({ nullable: true }),
}) {
  /** @returns null for a server without */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<VirtCPUModel | null> {
    const primitive = await extraPrimitive(context, instanceUuid, 'vcpu_model')
    return primitive ? VirtCPUModel.fromPrimitive(primitive, context) : null
  }
}
