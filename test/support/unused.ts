import { ComputeApi } from '../../lib/compute/api.js'

/** A compute API for tests that construct controllers and never reach it: its methods fail. */
export const unusedCompute = (): ComputeApi => Object.create(ComputeApi.prototype)
