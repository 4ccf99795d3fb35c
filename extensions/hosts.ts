import { orNotImplemented, translating } from '../controllers/faults.js'
import { hostApiOf } from '../controllers/hosts.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import type { HostApi } from '../lib/compute/host-api.js'
import type { HostPowerAction } from '../lib/compute/host-control.js'
import { ComputeNode, HostMapping, type Instance, InstanceList } from '../lib/objects/index.js'
import {
  apiVersion,
  body,
  errors,
  expectedErrors,
  multiple,
  object,
  query,
  querySchema,
  types,
} from '../lib/wsgi/index.js'

interface UpdateBody {
  readonly status?: string
  readonly maintenance_mode?: string
}

const anyQuery = { type: 'object' }

const onOff = {
  type: 'string',
  enum: ['enable', 'disable', 'Enable', 'Disable', 'ENABLE', 'DISABLE'],
}

const update = {
  ...object({ status: onOff, maintenance_mode: onOff }),
  anyOf: [{ required: ['status'] }, { required: ['maintenance_mode'] }],
}

const isEnable = (word: string): boolean => word.toLowerCase() === 'enable'

/** Services that are on no host's list: they are asked directly. */
const apis: ReadonlySet<string | null> = new Set(['nova-osapi_compute', 'nova-metadata'])

const hostFaults = translating({
  400: ['ComputeServiceUnavailable'],
  404: ['HostNotFound', 'HostMappingNotFound'],
})

/** /os-hosts, up to 2.42: hosts, what they have, and whether they are to work. */
export class HostController {
  readonly #hosts: HostApi
  readonly #compute: ComputeApi

  constructor(services: ApiServices) {
    this.#hosts = hostApiOf(services)
    this.#compute = services.compute
  }

  @apiVersion('2.1', '2.42')
  @query(querySchema({ zone: multiple(types.string) }))
  @expectedErrors()
  async index(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hosts:list', {})
    const { zone: wanted } = req.query
    const { services } = await this.#hosts.services(req.context, { disabled: false })
    return {
      hosts: services
        .filter(({ service, zone }) => !apis.has(service.binary) && (!wanted || wanted === zone))
        .map(({ service, zone }) => ({ host_name: service.host, service: service.topic, zone })),
    }
  }

  @apiVersion('2.1', '2.42')
  @query(anyQuery)
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const { context } = req
    context.can('os_compute_api:os-hosts:show', {})
    const { id: host } = req.params
    return hostFaults(async () => {
      const { cellMapping } = await HostMapping.getByHost(context.elevated(), host)
      const cell = await this.#compute.cells.target(context, cellMapping)
      const node = await ComputeNode.getFirstNodeByHostForOldCompat(cell, host)
      const { objects } = await InstanceList.getByHost(cell, host, { expectedAttrs: [] })
      return { host: resourcesOf(host, node, objects) }
    })
  }

  @apiVersion('2.1', '2.42')
  @body(update)
  @expectedErrors(400, 404, 501)
  async update(req: Req<UpdateBody>): Promise<object> {
    const { context } = req
    context.can('os_compute_api:os-hosts:update', {})
    const { id: host } = req.params
    const { status, maintenance_mode: maintenance } = req.body
    const { hosts } = this.#compute
    const answer: Record<string, string> = { host }
    if (status !== undefined) {
      const told = await asked(() => hosts.setEnabled(context, host, isEnable(status)))
      answer.status = oneOf(told, ['enabled', 'disabled'])
    }
    if (maintenance !== undefined) {
      const told = await asked(() => hosts.setMaintenance(context, host, isEnable(maintenance)))
      answer.maintenance_mode = oneOf(told, ['on_maintenance', 'off_maintenance'])
    }
    return answer
  }

  @apiVersion('2.1', '2.42')
  @query(anyQuery)
  @expectedErrors(400, 404, 501)
  async startup(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hosts:start', {})
    return this.#power(req, 'startup')
  }

  @apiVersion('2.1', '2.42')
  @query(anyQuery)
  @expectedErrors(400, 404, 501)
  async shutdown(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hosts:shutdown', {})
    return this.#power(req, 'shutdown')
  }

  @apiVersion('2.1', '2.42')
  @query(anyQuery)
  @expectedErrors(400, 404, 501)
  async reboot(req: Req): Promise<object> {
    req.context.can('os_compute_api:os-hosts:reboot', {})
    return this.#power(req, 'reboot')
  }

  async #power({ context, params: { id: host } }: Req, action: HostPowerAction): Promise<object> {
    const told = await asked(() => this.#compute.hosts.power(context, host, action))
    return { host, power_action: told }
  }
}

const asked = (ask: () => Promise<string>): Promise<string> =>
  orNotImplemented(() => hostFaults(ask))

/** What else a driver says is why it did not do it. */
const oneOf = (told: string, words: readonly string[]): string => {
  if (!words.includes(told)) throw errors.badRequest(told)
  return told
}

interface Amounts {
  readonly cpu: number
  readonly memory_mb: number
  readonly disk_gb: number
}

/** All there is, what is used, and what the servers may use: together and by project. */
const resourcesOf = (host: string, node: ComputeNode, instances: readonly Instance[]): object[] => {
  const projects = new Set(instances.map(({ projectId }) => projectId ?? ''))
  const rows: [project: string, amounts: Amounts][] = [
    ['(total)', { cpu: node.vcpus, memory_mb: node.memoryMb, disk_gb: node.localGb }],
    [
      '(used_now)',
      { cpu: node.vcpusUsed, memory_mb: node.memoryMbUsed, disk_gb: node.localGbUsed },
    ],
    ['(used_max)', sumOf(instances)],
    ...[...projects].map((project): [string, Amounts] => [
      project,
      sumOf(instances.filter(({ projectId }) => projectId === project)),
    ]),
  ]
  return rows.map(([project, amounts]) => ({ resource: { host, project, ...amounts } }))
}

const sumOf = (instances: readonly Instance[]): Amounts =>
  instances.reduce(
    (sum, { vcpus, memoryMb, rootGb, ephemeralGb }) => ({
      cpu: sum.cpu + (vcpus ?? 0),
      memory_mb: sum.memory_mb + (memoryMb ?? 0),
      disk_gb: sum.disk_gb + (rootGb ?? 0) + (ephemeralGb ?? 0),
    }),
    { cpu: 0, memory_mb: 0, disk_gb: 0 },
  )

export const extension = {
  alias: 'os-hosts',
  name: 'Hosts',
  description: 'Hosts, for administrators.',
  resources: [
    {
      collection: 'os-hosts',
      controller: HostController,
      memberActions: { startup: 'GET' as const, shutdown: 'GET' as const, reboot: 'GET' as const },
    },
  ],
}
