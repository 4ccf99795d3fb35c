export {
  CONFIG,
  popProcessConfig,
  popThreadConfig,
  pushProcessConfig,
  pushThreadConfig,
  withConfig,
} from './config.js'
export { asbool, asint, aslist, type ListOptions } from './converters.js'
export {
  appFactory,
  compositeFactory,
  type Declaring,
  type FactoryDeclaration,
  filterFactory,
  OptionError,
} from './declare.js'
export type {
  OptionDeclaration,
  OptionDeclarations,
  OptionsOf,
  OptionType,
} from './declared-options.js'
export { PasteError, type PasteErrorKind, type Source } from './errors.js'
export type { Exports, ModuleSource, Modules } from './importer.js'
export { type InjectedAnswer, type InjectedRequest, inject } from './inject.js'
export { LintError, lintFilter } from './lint.js'
export {
  type AppConfig,
  appconfig,
  type LoadOptions,
  loadapp,
  loadfilter,
  loadserver,
} from './load.js'
export { loadText, type StubOptions } from './load-text.js'
export type { OrderRules } from './order.js'
export type { Entries, Packages } from './packages.js'
export { type Reload, ReloadableApp, type ReloadOptions } from './reload.js'
export type { OptionDoubt, Review } from './review.js'
export {
  type Outcome,
  type Step,
  type StepOptions,
  type StepTracer,
  stepTracer,
} from './steps.js'
export { combineTracers, type TracedSection, type Tracer } from './trace.js'
export type * from './types.js'
export type { PasteWarning, Warn } from './warnings.js'
