import type { NovaConf } from '../conf/index.js'
import type { RequestContext } from '../context/index.js'
import { InvalidMigrationState, MarkerNotFound, MigrationNotFound } from '../exception/index.js'
import { type Instance, InstanceAction, Migration, MigrationList } from '../objects/index.js'
import { CellNotResponding, type Cells } from './cells.js'
import { checkAction } from './checks.js'
import type { ComputeRpcApi } from './rpcapi.js'
import { TaskState, VmState } from './states.js'

export interface MigrationPage {
  readonly limit: number
  /** uuid of the last one of the page before */
  readonly marker: string | null
}

/** Migrations of servers, over all cells; and what can be done to a live one that is under way. */
export class MigrationApi {
  readonly #cells: Cells
  readonly #skipsDown: boolean
  readonly #rpc: ComputeRpcApi

  constructor(parts: {
    readonly conf: Pick<NovaConf, 'api'>
    readonly cells: Cells
    readonly compute: ComputeRpcApi
  }) {
    this.#cells = parts.cells
    this.#skipsDown = parts.conf.api.list_records_by_skipping_down_cells
    this.#rpc = parts.compute
  }

  /**
   * Newest first. Those of cells that are down are left out, if
   * `[api] list_records_by_skipping_down_cells` lets them.
   *
   * @param filters  as MigrationList's
   * @throws MarkerNotFound; CellNotResponding (500)
   */
  async list(
    context: RequestContext,
    filters: Readonly<Record<string, unknown>>,
    page?: MigrationPage,
  ): Promise<Migration[]> {
    const marker = page?.marker ? await this.#marker(context, page.marker) : null
    const { answers, down } = await this.#cells.gather(context, cell =>
      MigrationList.getByFilters(
        cell,
        { ...filters, ...(marker ? { after: marker } : {}) },
        { limit: page?.limit ?? null },
      ),
    )
    const [failed] = down
    if (failed && !this.#skipsDown) throw new CellNotResponding(failed)
    const found = answers.flatMap(({ objects }) => objects).sort(newestFirst)
    return page ? found.slice(0, page.limit) : found
  }

  async #marker(context: RequestContext, uuid: string): Promise<Migration> {
    const { answers } = await this.#cells.gather(context, cell => migrationIn(cell, uuid))
    const found = answers.find(answer => answer !== null)
    if (!found) throw new MarkerNotFound({ marker: uuid })
    return found
  }

  /** The server's live migrations that are not over. */
  async inProgress(instance: Instance): Promise<readonly Migration[]> {
    const { objects } = await MigrationList.getInProgressByInstance(
      instance.requireContext('migrations'),
      instance.uuid,
      { migrationType: 'live-migration' },
    )
    return objects
  }

  /** @throws MigrationNotFoundForInstance */
  get(instance: Instance, id: number): Promise<Migration> {
    return Migration.getByIdAndInstance(instance.requireContext('migrations'), id, instance.uuid)
  }

  /**
   * @param states  in which a migration may be aborted
   * @throws InstanceIsLocked, InstanceInvalidState (409), MigrationNotFoundForInstance,
   *   InvalidMigrationState (400)
   */
  async abort(instance: Instance, id: number, states: readonly string[]): Promise<void> {
    const context = instance.requireContext('abort')
    const name = 'abort live migration'
    checkAction(context, instance, { name, taskStates: [TaskState.migrating] })
    const migration = await this.get(instance, id)
    checkState(migration, states, name)
    await InstanceAction.actionStart(context, instance.uuid, 'live_migration_cancel', {
      wantResult: false,
    })
    await this.#rpc.liveMigrationAbort(context, instance, migration.id)
  }

  /** The guest is paused if need be, so that its migration comes to an end. @throws as {@link abort} */
  async forceComplete(instance: Instance, id: number): Promise<void> {
    const context = instance.requireContext('force_complete')
    checkAction(context, instance, {
      name: 'force_complete',
      vmStates: [VmState.active],
      taskStates: [TaskState.migrating],
    })
    const migration = await this.get(instance, id)
    checkState(migration, ['running'], 'force complete')
    await InstanceAction.actionStart(context, instance.uuid, 'live_migration_force_complete', {
      wantResult: false,
    })
    await this.#rpc.liveMigrationForceComplete(context, instance, migration)
  }
}

/** Statuses in which a live migration is told of by its server. */
export const statusesInProgress: readonly (string | null)[] = [
  'queued',
  'preparing',
  'running',
  'post-migrating',
]

export const isLiveInProgress = (migration: Migration): boolean =>
  migration.migrationType === 'live-migration' && statusesInProgress.includes(migration.status)

const migrationIn = async (cell: RequestContext, uuid: string): Promise<Migration | null> => {
  try {
    return await Migration.getByUuid(cell, uuid)
  } catch (error) {
    if (error instanceof MigrationNotFound) return null
    throw error
  }
}

const newestFirst = (a: Migration, b: Migration): number =>
  (b.get('createdAt')?.getTime() ?? 0) - (a.get('createdAt')?.getTime() ?? 0) || b.id - a.id

const checkState = (migration: Migration, allowed: readonly string[], method: string): void => {
  if (allowed.includes(migration.status ?? '')) return
  throw new InvalidMigrationState({
    migration_id: migration.id,
    instance_uuid: migration.instanceUuid,
    state: migration.status,
    method,
  })
}
