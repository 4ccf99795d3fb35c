export { createLogger, type LogConfig, type Logger, type LogLevel } from './create-logger.js'
export { type Log, silentLog } from './log.js'
export {
  callerFields,
  currentLogContext,
  type LogContext,
  type LoggedCaller,
  withLogContext,
} from './log-context.js'
export { maskText, maskValue } from './mask.js'
