import type { ComputeTaskRpcApi } from '../../conductor/rpcapi.js'
import type { RequestContext } from '../../context/index.js'
import {
  InvalidRequest,
  UnshelveHostNotInAZ,
  UnshelveInstanceInvalidState,
} from '../../exception/index.js'
import { Destination, type Instance, RequestSpec } from '../../objects/index.js'
import type { AvailabilityZones } from '../availability-zones.js'
import type { Cells } from '../cells.js'
import { checkAction } from '../checks.js'
import { checkRequestedHost } from '../create/requested-host.js'
import { TaskState, VmState } from '../states.js'
import { type BegunAction, beginAction } from './begin-action.js'

export interface UnshelveParts {
  readonly conductor: ComputeTaskRpcApi
  readonly zones: AvailabilityZones
  readonly cells: Cells
}

export interface UnshelveRequest {
  /** 2.77: pinned to this zone from now on; null (2.91): to none; absent: as it was */
  readonly zone?: string | null
  /** 2.91 */
  readonly host: string | null
}

const rule: BegunAction = {
  name: 'unshelve',
  vmStates: [VmState.shelved, VmState.shelvedOffloaded],
  sets: TaskState.unshelving,
  recordedAs: 'unshelve',
}

/**
 * Brings a shelved server back: on its host when it is still there, else on one that the scheduler
 * finds.
 *
 * @throws InvalidRequest (400) for a zone that there is not, ComputeHostNotFound
 * @throws UnshelveInstanceInvalidState, UnshelveHostNotInAZ (409)
 */
export const unshelve = async (
  { conductor, zones, cells }: UnshelveParts,
  instance: Instance,
  { zone, host }: UnshelveRequest,
): Promise<void> => {
  const context = instance.requireContext('unshelve')
  checkAction(context, instance, rule)
  if ((zone !== undefined || host !== null) && instance.vmState !== VmState.shelvedOffloaded) {
    throw new UnshelveInstanceInvalidState({
      instance_uuid: instance.uuid,
      state: instance.vmState,
    })
  }
  const spec = await RequestSpec.getByInstanceUuid(context, instance.uuid)
  if (zone && !(await zones.exists(context, zone))) {
    throw new InvalidRequest('The requested availability zone is not available')
  }
  if (host !== null) {
    await checkRequestedHost(context, cells, { requestedHost: host, requestedNode: null })
    await checkZoneOf(zones, context, host, zone === undefined ? spec.availabilityZone : zone)
  }
  if (zone !== undefined) {
    spec.availabilityZone = zone
    await spec.save()
  }
  if (host !== null) spec.requestedDestination = new Destination(null, { host })
  await beginAction(instance, rule)
  await conductor.unshelveInstance(context, { instance, request_spec: spec })
}

/** Whoever pins a server to a zone does not want it on a host elsewhere. */
const checkZoneOf = async (
  zones: AvailabilityZones,
  context: RequestContext,
  host: string,
  zone: string | null,
): Promise<void> => {
  if (zone !== null && (await zones.zoneOf(context, host)) !== zone) {
    throw new UnshelveHostNotInAZ({ host, availability_zone: zone })
  }
}
