import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import { rawTime } from '../controllers/times.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { isLiveInProgress } from '../lib/compute/migration-api.js'
import type { Instance, Migration } from '../lib/objects/index.js'
import {
  action,
  apiVersion,
  body,
  errors,
  expectedErrors,
  object,
  query,
  querySchema,
  response,
  serves,
  since,
  types,
  view,
} from '../lib/wsgi/index.js'

interface ViewContext {
  /** servers:migrations:index:host; else the names of hosts are null */
  readonly hosts: boolean
}

const onHost =
  (get: (migration: Migration) => string | null) =>
  (migration: Migration, { hosts }: ViewContext): string | null =>
    hosts ? get(migration) : null

const migrationView = view<Migration, ViewContext>({
  id: migration => migration.id,
  uuid: [migration => migration.uuid, since('2.59')],
  status: migration => migration.status,
  server_uuid: migration => migration.instanceUuid,
  source_compute: onHost(migration => migration.sourceCompute),
  source_node: onHost(migration => migration.sourceNode),
  dest_compute: onHost(migration => migration.destCompute),
  dest_node: onHost(migration => migration.destNode),
  dest_host: onHost(migration => migration.destHost),
  memory_total_bytes: migration => migration.memoryTotal,
  memory_processed_bytes: migration => migration.memoryProcessed,
  memory_remaining_bytes: migration => migration.memoryRemaining,
  disk_total_bytes: migration => migration.diskTotal,
  disk_processed_bytes: migration => migration.diskProcessed,
  disk_remaining_bytes: migration => migration.diskRemaining,
  created_at: migration => rawTime(migration.get('createdAt')),
  updated_at: migration => rawTime(migration.get('updatedAt')),
  user_id: [migration => migration.get('userId') ?? null, since('2.80')],
  project_id: [migration => migration.get('projectId') ?? null, since('2.80')],
})

const rule = (name: string): string => `os_compute_api:servers:migrations:${name}`

/** /servers/{server_id}/migrations: live migrations that are under way. */
export class ServerMigrationsController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @apiVersion('2.23')
  @query(querySchema({}))
  @expectedErrors(404)
  async index(req: Req): Promise<object> {
    const instance = await this.#server(req, 'index')
    const hosts = req.context.may(rule('index:host'), instance)
    const migrations = await this.#compute.migrations.inProgress(instance)
    return { migrations: migrations.map(migrationView.bind(req.version, { hosts })) }
  }

  @apiVersion('2.23')
  @query(querySchema({}))
  @expectedErrors(404)
  async show(req: Req): Promise<object> {
    const instance = await this.#server(req, 'show')
    const migration = await this.#compute.migrations.get(instance, idOf(req))
    if (!isLiveInProgress(migration)) {
      throw errors.notFound(
        `Migration ${migration.id} of server ${instance.uuid} is no live migration in progress.`,
      )
    }
    return { migration: migrationView.at(req.version)(migration, { hosts: true }) }
  }

  @apiVersion('2.24', '2.64')
  @response(202)
  @expectedErrors(400, 404, 409)
  async delete(req: Req): Promise<void> {
    await this.#abort(req, ['running'])
  }

  @serves('delete')
  @apiVersion('2.65')
  @response(202)
  @expectedErrors(400, 404, 409)
  async deleteAlsoQueued(req: Req): Promise<void> {
    await this.#abort(req, ['running', 'queued', 'preparing'])
  }

  async #abort(req: Req, states: readonly string[]): Promise<void> {
    const instance = await this.#server(req, 'delete')
    await this.#compute.migrations.abort(instance, idOf(req), states)
  }

  @action('force_complete')
  @apiVersion('2.22')
  @body(object({ force_complete: types.nothing }, { required: ['force_complete'] }))
  @response(202)
  @expectedErrors(400, 403, 404, 409)
  async forceComplete(req: Req): Promise<void> {
    const instance = await this.#server(req, 'force_complete')
    await this.#compute.migrations.forceComplete(instance, idOf(req))
  }

  async #server(req: Req, name: string): Promise<Instance> {
    const instance = await this.#compute.get(req.context, req.params.server_id ?? '')
    req.context.can(rule(name), instance)
    return instance
  }
}

/** A number; nothing else names a migration. */
const idOf = ({ params: { id } }: Req): number => {
  if (!/^\d{1,10}$/.test(id)) throw errors.notFound(`Migration ${id} not found`)
  return Number(id)
}

export const extension = {
  alias: 'server-migrations',
  name: 'ServerMigrations',
  description: 'Live migrations of a server that are under way: see, force, abort.',
  // nova's list has no alias for it
  listed: false,
  resources: [
    {
      collection: 'migrations',
      memberName: 'migration',
      controller: ServerMigrationsController,
      parent: { memberName: 'server', collectionName: 'servers' },
    },
  ],
}
