import { minimumComputeVersion } from '../../compute/version-cap.js'
import { TooOldComputeService } from '../../exception/index.js'
import { Service } from '../../objects/index.js'
import { OperatorError } from '../../util/operator-error.js'
import type { DirectProcess, IndirectProcess } from './process.js'

/** Of the release before the one whose messages ours speak. */
const OLDEST = { release: 'yoga', version: 61 }

/** A nova-compute that ours do not understand any more; the message is one sentence. */
export class OldComputes extends OperatorError {
  override readonly name = 'OldComputes'
}

/**
 * As nova's services do when they start: beside a nova-compute from before Yoga this one does not run, for it
 * would send what that one misunderstands. `[workarounds] disable_compute_service_check_for_ffu` makes a warning of it.
 *
 * @throws OldComputes
 */
export const refuseOldComputes = async (
  process: DirectProcess | IndirectProcess,
): Promise<void> => {
  const { conf, log, adminContext } = process
  const scope = 'cells' in process ? 'system' : 'cell'
  const minimum = await ('cells' in process
    ? minimumComputeVersion(process.cells, adminContext)
    : Service.getMinimumVersion(adminContext, 'nova-compute'))
  // 0: there is none yet.
  if (minimum === 0 || minimum >= OLDEST.version) return
  const { message } = new TooOldComputeService({
    oldest_supported_version: OLDEST.release,
    scope,
    min_service_level: minimum,
    oldest_supported_service: OLDEST.version,
  })
  if (!conf.workarounds.disable_compute_service_check_for_ffu) throw new OldComputes(message)
  log.warn({}, message)
}
