import type { RequestContext } from '../context/index.js'
import { insertInstanceMapping } from '../db/queries/api/cells.js'
import { insertBuildRequest, insertRequestSpec } from '../db/queries/api/requests.js'
import { apiOf } from './access.js'
import type { BuildRequest } from './build-request.js'
import type { InstanceMapping } from './instance-mapping.js'
import type { RequestSpec } from './request-spec.js'

/** What the API database knows of a server before it has a cell. */
export interface BootRecords {
  readonly requestSpec: RequestSpec
  readonly buildRequest: BuildRequest
  readonly instanceMapping: InstanceMapping
}

/**
 * Writes the records of all servers of a request, in one transaction: all of them or none. Then they
 * count as created.
 */
export const createBootRecords = async (
  context: RequestContext,
  servers: readonly BootRecords[],
): Promise<void> => {
  const rows = await apiOf(context).transaction(async trx => {
    const written = []
    for (const { requestSpec, buildRequest, instanceMapping } of servers) {
      written.push({
        specId: await insertRequestSpec(trx, requestSpec.instanceUuid, requestSpec.toStored()),
        build: await insertBuildRequest(trx, buildRequest.toRow()),
        mapping: await insertInstanceMapping(trx, instanceMapping.toRow()),
      })
    }
    return written
  })
  servers.forEach(({ requestSpec, buildRequest, instanceMapping }, at) => {
    const row = rows[at]
    if (!row) return
    // As nova has it, what is nested keeps its count of changes.
    requestSpec.assign({ id: row.specId }).resetChanges()
    buildRequest.taken(row.build)
    instanceMapping.assign(row.mapping).resetChanges()
  })
}
