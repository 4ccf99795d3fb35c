import { translating } from '../controllers/faults.js'
import { changesBetween, nextLinks, pageOf } from '../controllers/pages.js'
import type { Req } from '../controllers/req.js'
import { type LinkBase, linkBase, memberLinks } from '../controllers/resource-links.js'
import type { ApiServices } from '../controllers/services.js'
import { rawTime } from '../controllers/times.js'
import { isLiveInProgress, type MigrationApi } from '../lib/compute/migration-api.js'
import type { Migration } from '../lib/objects/index.js'
import type { Runtime } from '../lib/runtime/index.js'
import {
  apiVersion,
  boolFromString,
  expectedErrors,
  multiple,
  type QueryValues,
  query,
  querySchema,
  serves,
  since,
  single,
  types,
  view,
  when,
} from '../lib/wsgi/index.js'

const filters = ['host', 'instance_uuid', 'source_compute', 'status', 'migration_type'] as const

const listQuery = querySchema(
  {
    hidden: multiple(types.string),
    ...Object.fromEntries(filters.map(name => [name, multiple(types.string)])),
    limit: since('2.59', single(types.queryInteger)),
    marker: since('2.59', single(types.string)),
    'changes-since': since('2.59', single(types.dateTime)),
    'changes-before': since('2.66', single(types.dateTime)),
    user_id: since('2.80', single(types.string)),
    project_id: since('2.80', single(types.string)),
  },
  { closedSince: '2.59' },
)

interface ViewContext {
  /** os-migrations:index:host; else the names of hosts are null */
  readonly hosts: boolean
  readonly base: LinkBase
}

const onHost =
  (get: (migration: Migration) => string | null) =>
  (migration: Migration, { hosts }: ViewContext): string | null =>
    hosts ? get(migration) : null

const migrationView = view<Migration, ViewContext>({
  id: migration => migration.id,
  uuid: [migration => migration.uuid, since('2.59')],
  created_at: migration => rawTime(migration.get('createdAt')),
  updated_at: migration => rawTime(migration.get('updatedAt')),
  instance_uuid: migration => migration.instanceUuid,
  status: migration => migration.status,
  migration_type: [migration => migration.migrationType, since('2.23')],
  old_instance_type_id: migration => migration.oldInstanceTypeId,
  new_instance_type_id: migration => migration.newInstanceTypeId,
  source_compute: onHost(migration => migration.sourceCompute),
  source_node: onHost(migration => migration.sourceNode),
  dest_compute: onHost(migration => migration.destCompute),
  dest_node: onHost(migration => migration.destNode),
  dest_host: onHost(migration => migration.destHost),
  user_id: [migration => migration.get('userId') ?? null, since('2.80')],
  project_id: [migration => migration.get('projectId') ?? null, since('2.80')],
  links: [
    (migration, { base }) =>
      isLiveInProgress(migration)
        ? memberLinks(base, `servers/${migration.instanceUuid}/migrations`, String(migration.id))
        : undefined,
    since('2.23'),
    when<ViewContext>(() => true),
  ],
})

const rule = 'os_compute_api:os-migrations:index'
const paging = translating({ 400: ['MarkerNotFound'] })

/** /os-migrations: servers that went, or go, from host to host. */
export class MigrationsController {
  readonly #runtime: Runtime
  readonly #migrations: MigrationApi

  constructor({ runtime, compute }: ApiServices) {
    this.#runtime = runtime
    this.#migrations = compute.migrations
  }

  @apiVersion('2.1', '2.58')
  @query(listQuery)
  @expectedErrors()
  async index(req: Req): Promise<object> {
    const wanted = this.#filters(req)
    const found = await this.#migrations.list(req.context, wanted)
    return { migrations: this.#documents(req, found) }
  }

  @serves('index')
  @apiVersion('2.59')
  @query(listQuery)
  @expectedErrors(400)
  async indexByPage(req: Req): Promise<object> {
    const { max_limit, compute_link_prefix } = this.#runtime.conf.api
    const page = pageOf(req, max_limit)
    const wanted = { ...this.#filters(req), ...changesBetween(req.query) }
    const found = await paging(() => this.#migrations.list(req.context, wanted, page))
    const base = linkBase(req, compute_link_prefix)
    const next = nextLinks(
      req,
      base,
      'os-migrations',
      page,
      found.map(({ uuid }) => uuid),
    )
    return {
      migrations: this.#documents(req, found),
      ...(next.length ? { migrations_links: next } : {}),
    }
  }

  /** Others' migrations are only for whom the policy lets see all. */
  #filters({ context, query }: Req): Readonly<Record<string, unknown>> {
    context.can(rule)
    const own = context.projectId
    const { project_id: project } = query
    if (project !== undefined && project !== own) context.can(`${rule}:all_projects`, {})
    const all = project === undefined && context.may(`${rule}:all_projects`, {})
    return { ...known(query), ...(all ? {} : { project_id: project ?? own }) }
  }

  #documents(req: Req, migrations: readonly Migration[]): object[] {
    const base = linkBase(req, this.#runtime.conf.api.compute_link_prefix)
    const hosts = req.context.may(`${rule}:host`, {})
    return migrations.map(migrationView.bind(req.version, { hosts, base }))
  }
}

const known = (query: QueryValues): Record<string, unknown> => {
  const values: Record<string, unknown> = {}
  for (const name of [...filters, 'user_id'] as const) {
    if (query[name] !== undefined) values[name] = query[name]
  }
  if (query.hidden !== undefined) values.hidden = boolFromString(query.hidden)
  return values
}

export const extension = {
  alias: 'os-migrations',
  name: 'Migrations',
  description: 'Provide data on migrations.',
  resources: [{ collection: 'os-migrations', controller: MigrationsController }],
}
