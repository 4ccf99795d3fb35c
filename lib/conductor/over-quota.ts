import { addInstanceFault } from '../compute/faults.js'
import { VmState } from '../compute/states.js'
import type { RequestContext } from '../context/index.js'
import {
  BuildRequestNotFound,
  InstanceMappingNotFound,
  RequestSpecNotFound,
} from '../exception/index.js'
import {
  type BuildRequest,
  type CellMapping,
  type Instance,
  InstanceMapping,
  type RequestSpec,
} from '../objects/index.js'
import type { ConductorServices } from './services.js'

export interface OverQuota {
  readonly buildRequest: BuildRequest
  readonly spec: RequestSpec
  readonly instance: Instance
  readonly cell: CellMapping
}

/**
 * Ends an instance that was written to its cell and then found to be beyond the quota: in error, with a
 * fault, for its owner to see and delete. Its claim goes, and what would have built it.
 */
export const endOverQuota = async (
  context: RequestContext,
  { host, claims }: ConductorServices,
  { buildRequest, spec, instance, cell }: OverQuota,
  reason: unknown,
): Promise<void> => {
  await claims.removeAllocations(context, instance.uuid)
  instance.vmState = VmState.error
  instance.taskState = null
  await instance.save()
  await addInstanceFault(instance.requireContext('create'), host, instance, reason)
  await ignoring(InstanceMappingNotFound, async () => {
    const mapping = await InstanceMapping.getByInstanceUuid(context, instance.uuid)
    mapping.cellMapping = cell
    await mapping.save()
  })
  await ignoring(BuildRequestNotFound, () => buildRequest.bind(context).destroy())
  await ignoring(RequestSpecNotFound, () => spec.bind(context).destroy())
}

/** Runs work that is done already when it fails in this one way. */
const ignoring = async (
  type: new (...args: never[]) => Error,
  work: () => Promise<void>,
): Promise<void> => {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof type)) throw error
  }
}
