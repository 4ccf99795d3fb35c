import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import { BuildAbortException } from '../exception/index.js'
import { type Instance, InstanceList } from '../objects/index.js'
import type { KeyedLock } from '../util/keyed-lock.js'
import { addInstanceFault } from './faults.js'
import { ownTasks } from './init-host.js'
import { endAbandonedMove, handedTasks, repeatConfirmations } from './moves/abandoned.js'
import type { MoveTools } from './moves/parts.js'
import { isOlder } from './older.js'
import { cleanRunningDeleted } from './running-deleted.js'
import type { ComputeServices } from './services.js'
import { hardRebootTaskStates, softRebootTaskStates, TaskState, VmState } from './states.js'
import type { InstanceTerminator } from './terminate.js'

/** What is done with an instance although nobody asked, as if somebody had. */
export type ActByItself = (
  context: RequestContext,
  instance: Instance,
  action: {
    /** `instance_actions.action` */
    readonly recordedAs: string
    readonly sets: TaskState
    /** The RPC method, and what it takes beside the instance. */
    readonly method: string
    readonly args?: Readonly<Record<string, unknown>>
  },
) => Promise<void>

export interface UpkeepParts {
  readonly services: ComputeServices
  readonly terminator: InstanceTerminator
  readonly locks: KeyedLock
  readonly act: ActByItself
  readonly moves: MoveTools
  /** As at the start of the service. */
  readonly repair: (context: RequestContext, instance: Instance) => Promise<void>
  /** Ends live migrations from here that nobody works on any more. */
  readonly endLive: () => Promise<void>
}

const expectedAttrs = ['info_cache', 'metadata', 'system_metadata', 'flavor']

/** Looks after instances of this host that were left in some state for too long. */
export class InstanceUpkeep {
  readonly #parts: UpkeepParts

  constructor(parts: UpkeepParts) {
    this.#parts = parts
  }

  /** Takes away for good what was deleted `reclaim_instance_interval` seconds ago. */
  reclaimDeleted(): Promise<void> {
    const { services, terminator, locks } = this.#parts
    const { reclaimInstanceInterval: seconds } = services.options
    const filters = { vm_state: VmState.softDeleted, task_state: null, soft_deleted: true }
    return this.#each(filters, async (context, instance) => {
      if (!isOlder(instance.get('deletedAt'), seconds)) return
      await locks.run(instance.uuid, async () => {
        await instance.refresh()
        // Its owner may have asked for it back while we waited.
        if (instance.vmState !== VmState.softDeleted || instance.taskState !== null) return
        await terminator.remove(context, instance)
      })
    })
  }

  /** Ends a rescue after `rescue_timeout` seconds. */
  endLongRescues(): Promise<void> {
    const { services, act } = this.#parts
    const filters = { vm_state: VmState.rescued, task_state: null }
    return this.#each(filters, async (context, instance) => {
      if (!isOlder(instance.launchedAt, services.options.rescueTimeout)) return
      await act(context, instance, {
        recordedAs: 'unrescue',
        sets: TaskState.unrescuing,
        method: 'unrescue_instance',
      })
    })
  }

  /** Takes off this host what was shelved `shelved_offload_time` seconds ago. */
  offloadShelved(): Promise<void> {
    const { services, act } = this.#parts
    const filters = { vm_state: VmState.shelved, task_state: null }
    return this.#each(filters, async (context, instance) => {
      const { shelved_at: at } = instance.systemMetadata
      // Written without a zone, and means UTC.
      const shelvedAt = at ? new Date(`${at}Z`) : null
      if (!isOlder(shelvedAt, services.options.shelvedOffloadTime)) return
      await act(context, instance, {
        recordedAs: 'shelveOffload',
        sets: TaskState.shelvingOffloading,
        method: 'shelve_offload_instance',
        args: { clean_shutdown: false },
      })
    })
  }

  /** Calls a build that takes longer than `instance_build_timeout` seconds an error. */
  failLongBuilds(): Promise<void> {
    const { options, log } = this.#parts.services
    return this.#each({ vm_state: VmState.building }, async (_context, instance) => {
      if (!isOlder(instance.get('createdAt'), options.instanceBuildTimeout)) return
      log.warn({ instance: instance.uuid }, 'the build timed out: to error')
      instance.vmState = VmState.error
      await instance.save({ expectedVmState: VmState.building })
    })
  }

  /**
   * Ends builds, finishes deletions and repairs servers at tasks that this service took and no longer
   * works on: the conductor was away when their end was to be written down, or the message was
   * acknowledged and then lost.
   */
  async finishAbandoned(): Promise<void> {
    const { services, terminator, repair } = this.#parts
    await this.#eachAbandoned({ vm_state: VmState.building }, async (context, instance) => {
      if (instance.taskState !== TaskState.deleting) await endBuild(context, services, instance)
    })
    await this.#eachAbandoned({ task_state: TaskState.deleting }, async (context, instance) => {
      const { log } = services
      log.warn({ instance: instance.uuid }, 'finishing a deletion that nobody works on any more')
      await terminator.terminate(context, instance)
    })
    await this.#eachAbandoned({ task_state: ownTasks }, async (context, instance) => {
      const { uuid, taskState: task } = instance
      services.log.warn({ instance: uuid, task }, 'repairing a task that nobody works on any more')
      await repair(context, instance)
    })
    await this.#eachAbandoned({ task_state: handedTasks }, async (context, instance) => {
      const { uuid, taskState: task } = instance
      services.log.warn({ instance: uuid, task }, 'ending a move that nobody works on any more')
      await endAbandonedMove(this.#parts.moves, context, instance)
    })
    await repeatConfirmations(this.#parts.moves)
    await this.#parts.endLive()
  }

  async #eachAbandoned(
    filters: Readonly<Record<string, unknown>>,
    work: (context: RequestContext, instance: Instance) => Promise<void>,
  ): Promise<void> {
    const { services, locks } = this.#parts
    await this.#each(filters, async (context, instance) => {
      const last = instance.get('updatedAt') ?? instance.get('createdAt')
      if (locks.isHeld(instance.uuid) || !isOlder(last, services.options.abandonedAfter)) return
      await locks.run(instance.uuid, () => work(context, instance))
    })
  }

  /** Has the hypervisor look after reboots that take longer than `reboot_timeout` seconds. */
  async pollReboots(): Promise<void> {
    const { adminContext, driver, host, options } = this.#parts.services
    const filters = {
      host,
      deleted: false,
      task_state: [...softRebootTaskStates, ...hardRebootTaskStates],
    }
    const { objects } = await InstanceList.getByFilters(adminContext, filters, { expectedAttrs })
    if (objects.length > 0) await driver.pollRebootingInstances(options.rebootTimeout, objects)
  }

  /** Guests that are still there though their instances are deleted. */
  cleanRunningDeleted(): Promise<void> {
    return cleanRunningDeleted(this.#parts.services, this.#parts.terminator)
  }

  async #each(
    filters: Readonly<Record<string, unknown>>,
    work: (context: RequestContext, instance: Instance) => Promise<void>,
  ): Promise<void> {
    const { adminContext, host, log } = this.#parts.services
    const found = await InstanceList.getByFilters(
      adminContext,
      { deleted: false, ...filters, host },
      { expectedAttrs, useSlave: true },
    )
    for (const instance of found) {
      try {
        // A request of its own, so that what is recorded stands by itself.
        const context = adminContext.with({ requestId: `req-${randomUUID()}` })
        await work(context, instance.bind(context))
      } catch (error) {
        log.warn({ err: error, instance: instance.uuid }, 'upkeep of an instance failed')
      }
    }
  }
}

const endBuild = async (
  context: RequestContext,
  { log, host }: ComputeServices,
  instance: Instance,
): Promise<void> => {
  log.warn({ instance: instance.uuid }, 'a build that nobody works on any more: to error')
  const reason = 'it was interrupted on its host.'
  const why = new BuildAbortException({ instance_uuid: instance.uuid, reason })
  await addInstanceFault(context, host, instance, why)
  instance.vmState = VmState.error
  instance.taskState = null
  await instance.save({ expectedVmState: VmState.building })
}
