export {
  createLogger,
  type LogConfig,
  type Logger,
  partOf,
  setLevels,
} from './create-logger.js'
export { type LogLevel, type LogLevels, readLevels } from './levels.js'
export { type Log, silentLog } from './log.js'
export {
  callerFields,
  currentLogContext,
  type LogContext,
  type LoggedCaller,
  withLogContext,
} from './log-context.js'
export { maskText, maskValue } from './mask.js'
export { type OsloFormats, osloFormats } from './oslo-format.js'
