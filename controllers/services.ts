import type { Runtime } from '../lib/runtime/index.js'

/**
 * What controllers and extensions are constructed with; they take what they need:
 * `constructor({ compute }: ApiServices)`.
 */
export interface ApiServices {
  readonly runtime: Runtime
}
