import type { RequestContext } from '../../context/index.js'
import { notifying } from '../../notifications/index.js'
import { ConsoleAuthToken, type Instance, Migration } from '../../objects/index.js'
import { Semaphore } from '../../util/semaphore.js'
import {
  LiveMigrationAborted,
  type LiveMigrationProgress,
  type MigrateData,
} from '../../virt/driver.js'
import { addInstanceFault } from '../faults.js'
import type { InstanceArgs } from '../guards.js'
import { TaskState } from '../states.js'
import {
  connectionsOf,
  dropOldAttachments,
  type OldAttachments,
  type OldConnections,
  restoreAttachments,
} from './live-volumes.js'
import {
  endMigrating,
  freeSource,
  isGone,
  type MoveParts,
  setStatus,
  takeBackAllocations,
  untellScheduler,
} from './parts.js'

export interface LiveMigrationArgs extends InstanceArgs {
  /** The destination's host. */
  readonly dest: string
  readonly block_migration: boolean | null
  /** Migration */
  readonly migration: object
  readonly migrate_data: MigrateData
}

export interface AbortArgs extends InstanceArgs {
  readonly migration_id: number
}

/** One that waits for its turn or is being prepared: to be given up by a word. */
interface Waiting {
  readonly move: Move
  begun: boolean
  aborted: boolean
}

interface Move {
  readonly context: RequestContext
  readonly instance: Instance
  readonly destination: string
  readonly blockMigration: boolean | null
  readonly migration: Migration
  /** As they are here, for the case that it stays. */
  connections: OldConnections
  data: MigrateData
}

/**
 * Live migrations that leave this host, `max_concurrent_live_migrations` at a time (contract: flows.md
 * 6). Each runs after its message was answered; how it ends stands in its record.
 */
export class LiveMigrations {
  readonly #parts: MoveParts
  readonly #turns: Semaphore
  readonly #waiting = new Map<string, Waiting>()
  readonly #running = new Set<Promise<void>>()
  readonly #moving = new Map<string, Promise<void>>()

  constructor(parts: MoveParts) {
    this.#parts = parts
    this.#turns = new Semaphore(parts.services.options.maxConcurrentLiveMigrations)
  }

  /** Whether one of this server is under way, or waits for its turn. */
  has(uuid: string): boolean {
    return this.#moving.has(uuid)
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async start(context: RequestContext, args: LiveMigrationArgs): Promise<void> {
    const { instance, migration } = args
    if (!(migration instanceof Migration)) throw new TypeError('live_migration needs a Migration')
    await instance.save({ expectedTaskState: TaskState.migrating })
    await setStatus(migration, 'queued')
    const move: Move = {
      context,
      instance,
      destination: args.dest,
      blockMigration: args.block_migration,
      migration,
      connections: new Map(),
      data: args.migrate_data,
    }
    const waiting = { move, begun: false, aborted: false }
    this.#waiting.set(instance.uuid, waiting)
    const run = this.#turns
      .run(() => this.#run(move, waiting))
      .catch(error => {
        const fields = { err: error, instance: instance.uuid }
        this.#parts.services.log.error(fields, 'a live migration ended in the middle')
      })
      .finally(() => {
        this.#running.delete(run)
        this.#moving.delete(instance.uuid)
      })
    this.#running.add(run)
    this.#moving.set(instance.uuid, run)
  }

  async #run(move: Move, waiting: Waiting): Promise<void> {
    if (waiting.aborted) return
    waiting.begun = true
    const { instance, migration, destination } = move
    const { driver, compute } = this.#parts.services
    try {
      await setStatus(migration, 'preparing')
      move.connections = await connectionsOf(move.context, instance)
      const disk = await driver.getInstanceDiskInfo(instance)
      move.data = await compute.preLiveMigration(move.context, destination, {
        instance,
        disk,
        migrate_data: move.data,
      })
    } catch (error) {
      return this.#fail(move, waiting.aborted ? 'cancelled' : 'error', error)
    } finally {
      this.#waiting.delete(instance.uuid)
    }
    if (waiting.aborted) return this.#rollBack(move, 'cancelled')
    try {
      await setStatus(migration, 'running')
      await driver.liveMigration(move.context, instance, {
        destination,
        blockMigration: move.blockMigration,
        data: move.data,
        onProgress: progress => this.#tell(move, progress),
      })
    } catch (error) {
      if (error instanceof LiveMigrationAborted) return this.#rollBack(move, 'cancelled')
      return this.#fail(move, 'failed', error)
    }
    const { context } = move
    await notifying(context, 'instance.live_migration_post', { instance }, () =>
      this.#complete(move),
    )
  }

  /** How far it is: in its record, and as the percentage that the server shows. */
  async #tell({ instance, migration }: Move, progress: LiveMigrationProgress): Promise<void> {
    Object.assign(migration, progress)
    await migration.save()
    const { memoryTotal, memoryRemaining } = progress
    if (!memoryTotal || memoryRemaining === null) return
    const percent = Math.round(100 - (memoryRemaining * 100) / memoryTotal)
    if (percent === instance.progress) return
    instance.progress = percent
    await instance.save()
  }

  async #complete(move: Move): Promise<void> {
    const { context, instance, migration, destination } = move
    const { services, networks, tracker } = this.#parts
    await services.driver.postLiveMigrationAtSource(context, instance, networks.cached(instance))
    await this.#tellNetwork(move, 'activateBindings', destination)
    try {
      await services.compute.postLiveMigrationAtDestination(context, destination, instance)
    } catch (error) {
      const fields = { err: error, instance: instance.uuid, destination }
      services.log.error(fields, 'a guest has gone, and its new host cannot complete it')
    }
    await this.#tellNetwork(move, 'deleteBindings', services.host)
    await dropOldAttachments(this.#parts, context, oldAttachmentsOf(move))
    await tracker.forget(instance.uuid)
    await untellScheduler(this.#parts, context, instance)
    await ConsoleAuthToken.cleanConsoleAuthsForInstance(context, instance.uuid)
    await setStatus(migration, 'completed')
    await freeSource(this.#parts, context, migration)
  }

  async #fail(move: Move, status: string, error: unknown): Promise<void> {
    const { services } = this.#parts
    const { instance, destination } = move
    const fields = { err: error, instance: instance.uuid, destination }
    services.log.error(fields, 'a live migration failed')
    if (!isGone(error)) await addInstanceFault(move.context, services.host, instance, error)
    await this.#rollBack(move, status)
  }

  /** The server stays, as it was. */
  #rollBack(move: Move, status: string): Promise<void> {
    const { context, instance } = move
    return notifying(context, 'instance.live_migration_rollback', { instance }, () =>
      this.#putBack(move, status),
    )
  }

  async #putBack(move: Move, status: string): Promise<void> {
    const { context, instance, migration, destination } = move
    const { services } = this.#parts
    await takeBackAllocations(this.#parts, context, instance, migration)
    await this.#disconnectThere(move)
    await this.#tellNetwork(move, 'deleteBindings', destination)
    const old = oldAttachmentsOf(move)
    await restoreAttachments(this.#parts, context, instance, old, move.connections)
    await services.network.setupInstanceNetworkOnHost(context, instance, services.host)
    await services.compute.rollbackLiveMigrationAtDestination(context, destination, {
      instance,
      destroy_disks: true,
      migrate_data: move.data,
    })
    await setStatus(migration, status)
    await endTask(instance)
  }

  /** What fails of it hinders nothing: the guest is where it is, and whoever has it binds its ports there. */
  async #tellNetwork(
    { context, instance }: Move,
    what: 'activateBindings' | 'deleteBindings',
    host: string,
  ): Promise<void> {
    const { network, log } = this.#parts.services
    try {
      await network[what](context, instance, host)
    } catch (error) {
      log.error({ err: error, instance: instance.uuid, host }, 'cannot change bindings of ports')
    }
  }

  /** Its volumes are connected there, and nobody will use them. A host that is away has lost them anyway. */
  async #disconnectThere(move: Move): Promise<void> {
    const { context, instance, destination } = move
    const { compute, log } = this.#parts.services
    for (const volumeId of Object.keys(oldAttachmentsOf(move))) {
      try {
        await compute.removeVolumeConnection(context, destination, instance, volumeId)
      } catch (error) {
        const fields = { err: error, instance: instance.uuid, volume: volumeId, destination }
        log.warn(fields, 'a volume stays connected to a host that its server did not reach')
      }
    }
  }

  /**
   * Of an instance that is to be deleted: its migration is aborted, or ends, before this resolves; then
   * the row tells on which host the guest is.
   */
  async giveUp(context: RequestContext, instance: Instance): Promise<void> {
    const run = this.#moving.get(instance.uuid)
    if (!run) return
    const isQueued = this.#waiting.get(instance.uuid)?.begun === false
    try {
      await this.abort(context, { instance })
    } catch (error) {
      const fields = { err: error, instance: instance.uuid }
      this.#parts.services.log.info(fields, 'a live migration cannot be aborted, and is waited for')
    }
    // Its turn may be far away, and then it does nothing.
    if (!isQueued) await run
  }

  /** @throws NovaException when there is none to abort */
  async abort(context: RequestContext, { instance }: InstanceArgs): Promise<void> {
    const waiting = this.#waiting.get(instance.uuid)
    if (!waiting) return this.#parts.services.driver.liveMigrationAbort(instance)
    waiting.aborted = true
    if (waiting.begun) return
    this.#waiting.delete(instance.uuid)
    const { migration, destination } = waiting.move
    await this.#tellNetwork(waiting.move, 'deleteBindings', destination)
    await takeBackAllocations(this.#parts, context, instance, migration)
    await setStatus(migration, 'cancelled')
    await endTask(instance)
  }
}

const endTask = (instance: Instance): Promise<void> => {
  instance.progress = 0
  return endMigrating(instance)
}

const oldAttachmentsOf = ({ data }: Move): OldAttachments => {
  const known = Object(data) as { get?: (name: string) => unknown }
  return Object(known.get?.('oldVolAttachmentIds') ?? {})
}
