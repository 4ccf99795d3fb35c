export { factory, identityApp } from './app.js'
export {
  type BootstrapOptions,
  type BootstrapResult,
  type CatalogService,
  catalogOf,
} from './bootstrap.js'
export { EmbeddedIdentity, type EmbeddedIdentityOptions } from './identity.js'
export type { IdentitySchema } from './schema.js'
