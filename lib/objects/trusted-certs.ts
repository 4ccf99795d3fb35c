import type { RequestContext } from '../context/index.js'
import { listOf, novaObject, remotableClassMethod, string } from './base/index.js'
import { extraPrimitive } from './instance-extra.js'

export class TrustedCerts extends novaObject('TrustedCerts', '1.0', {
  ids: listOf(string())(),
}) {
  /** @returns null for a server without */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<TrustedCerts | null> {
    const primitive = await extraPrimitive(context, instanceUuid, 'trusted_certs')
    return primitive ? TrustedCerts.fromPrimitive(primitive, context) : null
  }
}
