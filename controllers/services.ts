import type { Runtime } from '../lib/runtime/index.js'
import type { ExtensionManager } from '../lib/wsgi/index.js'

/**
 * What controllers and extensions are constructed with; they take what they need:
 * `constructor({ compute }: ApiServices)`.
 */
export interface ApiServices {
  readonly runtime: Runtime
  readonly extensions: ExtensionManager<ApiServices>
}
