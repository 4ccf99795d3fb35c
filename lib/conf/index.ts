export { changedOptions, type OptionChange } from './changes.js'
export { describeConf } from './describe.js'
export { ConfError, type ConfProblem } from './error.js'
export { type Groups, groups } from './groups.js'
export {
  type ConfOverrides,
  type ConfValues,
  defaultConf,
  type LoadOptions,
  loadConf,
  type NovaConf,
} from './load.js'
export { renderSample } from './sample.js'
export { defaultSources } from './sources.js'
