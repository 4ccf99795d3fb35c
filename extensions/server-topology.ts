import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { InstanceNUMACell } from '../lib/objects/index.js'
import { apiVersion, expectedErrors, query, querySchema, view, when } from '../lib/wsgi/index.js'

interface ViewContext {
  /** compute:server:topology:host:index */
  readonly host: boolean
}

const onHost = when<ViewContext>(({ host }) => host)

const nodeView = view<InstanceNUMACell, ViewContext>({
  memory_mb: cell => cell.memory,
  siblings: cell => siblingsOf(cell),
  vcpu_set: cell => cpusOf(cell),
  host_node: [cell => cell.id, onHost],
  cpu_pinning: [cell => cell.get('cpuPinningRaw') ?? {}, onHost],
})

const cpusOf = (cell: InstanceNUMACell): number[] =>
  [...cell.cpuset, ...(cell.get('pcpuset') ?? [])].sort((a, b) => a - b)

/** CPUs by the core that they are threads of; none where a core has one thread. */
const siblingsOf = (cell: InstanceNUMACell): number[][] => {
  const threads = cell.get('cpuTopology')?.threads ?? 0
  if (threads <= 1) return []
  const cpus = cpusOf(cell)
  const cores = Math.floor(cpus.length / threads)
  return Array.from({ length: cores }, (_, at) => cpus.slice(at * threads, (at + 1) * threads))
}

/** /servers/{server_id}/topology, from 2.78 on: the server's NUMA nodes. */
export class ServerTopologyController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @apiVersion('2.78')
  @query(querySchema({}))
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    const { context } = req
    const instance = await this.#compute.get(context, req.params.server_id ?? '', ['numa_topology'])
    context.can('compute:server:topology:index', instance)
    const host = context.may('compute:server:topology:host:index', instance)
    const cells = instance.get('numaTopology')?.cells ?? []
    const pageSize = cells.map(cell => cell.get('pagesize') ?? null).findLast(Boolean)
    return {
      nodes: cells.map(nodeView.bind(req.version, { host })),
      pagesize_kb: pageSize ?? null,
    }
  }
}

export const extension = {
  alias: 'server-topology',
  name: 'ServerTopology',
  description: "Tells of a server's NUMA nodes.",
  // nova's list has no alias for it
  listed: false,
  resources: [
    {
      collection: 'topology',
      controller: ServerTopologyController,
      parent: { memberName: 'server', collectionName: 'servers' },
    },
  ],
}
