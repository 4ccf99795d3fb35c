export { asbool, asint, aslist, type ListOptions } from './converters.js'
export type { OptionDeclaration, OptionDeclarations } from './declared-options.js'
export { PasteError, type PasteErrorKind, type Source } from './errors.js'
export type { Exports, ModuleSource, Modules } from './importer.js'
export {
  type AppConfig,
  appconfig,
  type LoadOptions,
  loadapp,
  loadfilter,
  loadserver,
} from './load.js'
export type { Entries, Packages } from './packages.js'
export type * from './types.js'
export type { PasteWarning, Warn } from './warnings.js'
