import type { ComputeApi } from '../lib/compute/api.js'
import type { Runtime } from '../lib/runtime/index.js'
import type { ExtensionManager } from '../lib/wsgi/index.js'

/**
 * What controllers and extensions are constructed with; they take what they need:
 * `constructor({ compute }: ApiServices)`.
 */
export interface ApiServices {
  readonly runtime: Runtime
  readonly compute: ComputeApi
  readonly extensions: ExtensionManager<ApiServices>
}

/** Once for an API, when its app is loaded. */
export const createServices = (
  runtime: Runtime,
  extensions: ExtensionManager<ApiServices>,
): ApiServices => ({ runtime, compute: runtime.compute, extensions })
