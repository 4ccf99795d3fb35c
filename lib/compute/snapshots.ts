import type { RequestContext } from '../context/index.js'
import {
  ImageDeleteConflict,
  ImageNotFound,
  InstanceNotFound,
  UnexpectedDeletingTaskStateError,
} from '../exception/index.js'
import { notifying } from '../notifications/index.js'
import type { Instance } from '../objects/index.js'
import { Semaphore } from '../util/semaphore.js'
import { powerStateOf } from './power.js'
import type { ComputeServices } from './services.js'
import { TaskState } from './states.js'

export interface BackupOptions {
  readonly imageId: string
  readonly backupType: string
  /** How many of the type are kept. */
  readonly rotation: number
}

/**
 * Fills images with what is on the disks of guests (contract: flows.md 9). Nothing is locked: a
 * deletion overtakes a snapshot, which notices and leaves no image.
 */
export class InstanceSnapshots {
  readonly #services: ComputeServices
  readonly #running: Semaphore

  constructor(services: ComputeServices) {
    this.#services = services
    this.#running = new Semaphore(services.options.maxConcurrentSnapshots)
  }

  async snapshot(context: RequestContext, instance: Instance, imageId: string): Promise<void> {
    await this.#running.run(() =>
      this.#whileAlive(context, imageId, async () => {
        instance.taskState = TaskState.imageSnapshot
        await instance.save({ expectedTaskState: TaskState.imageSnapshotPending })
        await this.#take(context, instance, imageId, TaskState.imageSnapshot)
      }),
    )
  }

  async backup(
    context: RequestContext,
    instance: Instance,
    { imageId, backupType, rotation }: BackupOptions,
  ): Promise<void> {
    const done = await this.#running.run(() =>
      this.#whileAlive(context, imageId, () =>
        this.#take(context, instance, imageId, TaskState.imageBackup),
      ),
    )
    if (done) await this.#rotate(context, instance, backupType, rotation)
  }

  async #take(
    context: RequestContext,
    instance: Instance,
    imageId: string,
    begunAs: TaskState,
  ): Promise<void> {
    const { driver } = this.#services
    instance.powerState = await powerStateOf(driver, instance)
    await instance.save()
    await notifying(context, 'instance.snapshot', { instance, imageId }, async () => {
      await this.upload(context, instance, imageId, {
        begunAs,
        readingAs: TaskState.imagePendingUpload,
        sendingAs: TaskState.imageUploading,
      })
      instance.taskState = null
      await instance.save({ expectedTaskState: TaskState.imageUploading })
    })
  }

  /** Has the driver read the disk into an image, and tells by the task how far it is. */
  async upload(
    context: RequestContext,
    instance: Instance,
    imageId: string,
    tasks: Readonly<Record<'begunAs' | 'readingAs' | 'sendingAs', TaskState>>,
  ): Promise<void> {
    const { driver, image } = this.#services
    const enter = async (task: TaskState, before: TaskState): Promise<void> => {
      instance.taskState = task
      await instance.save({ expectedTaskState: before })
    }
    await driver.snapshot(context, instance, imageId, {
      reading: () => enter(tasks.readingAs, tasks.begunAs),
      sending: () => enter(tasks.sendingAs, tasks.readingAs),
      upload: async (data, { diskFormat, containerFormat }) => {
        await image.update(context, imageId, {
          disk_format: diskFormat,
          container_format: containerFormat,
        })
        await image.upload(context, imageId, data)
      },
    })
  }

  /** @returns whether the work was done; false when the instance was deleted meanwhile, which is no failure */
  async #whileAlive(
    context: RequestContext,
    imageId: string,
    work: () => Promise<void>,
  ): Promise<boolean> {
    try {
      await this.discardingOnFailure(context, imageId, work)
      return true
    } catch (error) {
      if (!isGone(error)) throw error
      this.#services.log.info({ image: imageId }, 'instance disappeared during its snapshot')
      return false
    }
  }

  /** An image that got no bytes is of no use. */
  async discardingOnFailure(
    context: RequestContext,
    imageId: string,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work()
    } catch (error) {
      await this.#discard(context, imageId)
      throw error
    }
  }

  async #discard(context: RequestContext, imageId: string): Promise<void> {
    const { image, log } = this.#services
    try {
      await image.delete(context, imageId)
    } catch (error) {
      if (error instanceof ImageNotFound) return
      log.error({ err: error, image: imageId }, 'cannot delete the image of a failed snapshot')
    }
  }

  async #rotate(
    context: RequestContext,
    { uuid }: Instance,
    backupType: string,
    rotation: number,
  ): Promise<void> {
    const { image, log } = this.#services
    const backups = await image.list(context, {
      filters: { image_type: 'backup', backup_type: backupType, instance_uuid: uuid },
      sortKey: 'created_at',
      sortDir: 'desc',
    })
    for (const { id } of backups.slice(rotation)) {
      try {
        await image.delete(context, id)
      } catch (error) {
        if (!(error instanceof ImageNotFound || error instanceof ImageDeleteConflict)) throw error
        log.info({ err: error, image: id, instance: uuid }, 'cannot delete an old backup')
      }
    }
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof InstanceNotFound || error instanceof UnexpectedDeletingTaskStateError
