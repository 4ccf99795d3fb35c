import { asForbidden, translating } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import {
  action,
  behavioursOf,
  between,
  body,
  boolFromString,
  errors,
  expectedErrors,
  object,
  response,
  schema,
  since,
  types,
  until,
  versions,
} from '../lib/wsgi/index.js'

interface MigrateBody {
  readonly migrate: { readonly host?: string | null } | null
}

interface MigrateLiveBody {
  readonly 'os-migrateLive': {
    readonly host: string | null
    readonly block_migration: boolean | string
    readonly disk_over_commit?: boolean | string
    readonly force?: boolean | string
  }
}

const hostOrNull = { ...types.hostname, type: ['string', 'null'] }

const migrateSchema = object(
  { migrate: object({ host: hostOrNull }, { nullable: true }) },
  { required: ['migrate'] },
)

const liveSchema = schema(
  object(
    {
      'os-migrateLive': object(
        {
          host: hostOrNull,
          block_migration: versions(until('2.24', types.boolean), {
            anyOf: [types.boolean, { enum: ['auto'] }],
          }),
          disk_over_commit: until('2.24', types.boolean),
          force: between('2.30', '2.67', types.boolean),
        },
        { required: ['block_migration', 'host', until('2.24', 'disk_over_commit')] },
      ),
    },
    { required: ['os-migrateLive'] },
  ),
)

const behaviours = behavioursOf({
  /** A host that is named is asked of the scheduler, unless it is forced. */
  verifies: since('2.30'),
  /** What forbids it shows in the server's actions, and in no answer. */
  isAsync: since('2.34'),
  /** Before, anything may stand under `migrate`, and means nothing. */
  toHost: since('2.56'),
})

const migrateFaults = translating({
  400: ['ComputeHostNotFound', 'CannotMigrateToSameHost', 'NoValidHost'],
  403: asForbidden,
  409: ['InstanceInvalidState', 'InstanceNotReady', 'ServiceUnavailable'],
})

const liveFaults = translating({
  400: [
    'NoValidHost',
    'ComputeHostNotFound',
    'ComputeServiceUnavailable',
    'InvalidHypervisorType',
    'InvalidCPUInfo',
    'UnableToMigrateToSelf',
    'DestinationHypervisorTooOld',
    'InvalidLocalStorage',
    'InvalidSharedStorage',
    'HypervisorUnavailable',
    'MigrationPreCheckError',
  ],
  409: ['InstanceInvalidState'],
})

const rule = (name: string): string => `os_compute_api:os-migrate-server:${name}`

/** The actions `migrate` and `os-migrateLive` of POST /servers/{id}/action. */
export class MigrateServerController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('migrate')
  @body({}, '2.1', '2.55')
  @body(migrateSchema, '2.56')
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async migrate(req: Req<MigrateBody>): Promise<void> {
    const { context } = req
    const { toHost } = behaviours.at(req.version)
    const host = (toHost && req.body.migrate?.host) || null
    const instance = await this.#compute.get(context, req.params.id)
    context.can(rule(host === null ? 'migrate' : 'migrate:host'), instance)
    await migrateFaults(() => this.#compute.migrate(instance, host))
  }

  @action('os-migrateLive')
  @body(liveSchema)
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async migrateLive(req: Req<MigrateLiveBody>): Promise<void> {
    const { context } = req
    const { host, ...wanted } = req.body['os-migrateLive']
    const instance = await this.#compute.get(context, req.params.id)
    context.can(rule(host === null ? 'migrate_live' : 'migrate_live:host'), instance)
    const { verifies, isAsync } = behaviours.at(req.version)
    const force = boolFromString(wanted.force ?? false)
    if (force && host === null) {
      throw errors.badRequest("Can't force to a non-provided destination")
    }
    await liveFaults(() =>
      this.#compute.liveMigrate(instance, {
        host,
        force: host !== null && (force || !verifies),
        blockMigration:
          wanted.block_migration === 'auto' ? null : boolFromString(wanted.block_migration),
        diskOverCommit:
          wanted.disk_over_commit === undefined ? null : boolFromString(wanted.disk_over_commit),
        isAsync,
      }),
    )
  }
}

export const extension = {
  alias: 'os-migrate-server',
  name: 'MigrateServer',
  description: 'Enable migrate and live-migrate server actions.',
  controllerExtensions: { servers: MigrateServerController },
}
