import type { Flavor, Instance } from '../objects/index.js'
import type { Usage } from './claim.js'
import { TaskState, VmState } from './states.js'

interface Tracked extends Usage {
  readonly vmState: string | null
  readonly taskState: string | null
  readonly projectId: string | null
  readonly osType: string | null
}

/** Tasks that keep a host's disks busy: counted in `stats.io_workload`. */
const busyTasks: ReadonlySet<string | null> = new Set([
  TaskState.resizeMigrating,
  TaskState.rebuilding,
  TaskState.resizePrep,
  TaskState.imageSnapshot,
  TaskState.imageBackup,
  TaskState.rescuing,
  TaskState.unshelving,
])

/**
 * What uses a host: the instances on it, and beside them the room that is held for those that come,
 * and for the way back of those that left.
 */
export class HostUsage {
  readonly #instances = new Map<string, Tracked>()
  readonly #held = new Map<string, Usage>()

  get size(): number {
    return this.#instances.size
  }

  clear(): void {
    this.#instances.clear()
    this.#held.clear()
  }

  has(uuid: string): boolean {
    return this.#instances.has(uuid)
  }

  /** Counts an instance as it is now. */
  track(instance: Instance): void {
    if (usesNothing(instance)) {
      this.#instances.delete(instance.uuid)
      return
    }
    this.#instances.set(instance.uuid, {
      ...usageOf(instance),
      vmState: instance.vmState,
      taskState: instance.taskState,
      projectId: instance.projectId,
      osType: instance.get('osType') ?? null,
    })
  }

  drop(uuid: string): void {
    this.#instances.delete(uuid)
  }

  /** Room of this flavor, for a move of the instance from or to here; one an instance. */
  hold(uuid: string, flavor: Flavor): void {
    this.#held.set(uuid, flavorUsage(flavor))
  }

  release(uuid: string): void {
    this.#held.delete(uuid)
  }

  total(): Usage {
    const total = { vcpus: 0, memoryMb: 0, diskGb: 0 }
    for (const { vcpus, memoryMb, diskGb } of [
      ...this.#instances.values(),
      ...this.#held.values(),
    ]) {
      total.vcpus += vcpus
      total.memoryMb += memoryMb
      total.diskGb += diskGb
    }
    return total
  }

  /** Instances with something under way. */
  busy(): number {
    return [...this.#instances.values()].filter(({ taskState }) => taskState).length
  }

  /** The counts of `compute_nodes.stats`, by nova's names. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>([['num_instances', this.#instances.size]])
    const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
    let io = 0
    for (const { vmState, taskState, projectId, osType } of this.#instances.values()) {
      count(`num_vm_${vmState}`)
      count(`num_task_${taskState ?? 'None'}`)
      count(`num_os_type_${osType ?? 'None'}`)
      count(`num_proj_${projectId}`)
      if (vmState === VmState.building || busyTasks.has(taskState)) io += 1
    }
    return counts.set('io_workload', io)
  }
}

/** Of an instance that is nowhere. */
const usesNothing = ({ vmState, taskState }: Instance): boolean =>
  vmState === VmState.deleted ||
  // On its way back it is claimed before its state says so.
  (vmState === VmState.shelvedOffloaded && taskState !== TaskState.spawning)

export const flavorUsage = ({ vcpus, memoryMb, rootGb, ephemeralGb }: Flavor): Usage => ({
  vcpus,
  memoryMb,
  diskGb: rootGb + ephemeralGb,
})

export const usageOf = (instance: Instance): Usage => {
  const flavor = instance.get('flavor')
  return {
    vcpus: flavor?.vcpus ?? instance.vcpus ?? 0,
    memoryMb: flavor?.memoryMb ?? instance.memoryMb ?? 0,
    diskGb:
      (flavor?.rootGb ?? instance.rootGb ?? 0) + (flavor?.ephemeralGb ?? instance.ephemeralGb ?? 0),
  }
}
