export { TimeLimitExceeded, withinSeconds } from '../util/within.js'
export { type DispatchSeen, ProcessMetrics, type RequestSeen, type SectionSeen } from './metrics.js'
export { type Health, MetricsEndpoint, type MetricsEndpointOptions } from './metrics-endpoint.js'
export { type PeriodicTask, PeriodicTasks, type PeriodicTasksOptions } from './periodic-tasks.js'
export {
  isLauncher,
  type LaunchedProcess,
  ProcessLauncher,
  type ProcessLauncherOptions,
  tellReady,
} from './process-launcher.js'
export { processSection, type ReportSection, renderReport } from './report.js'
export { requestTracer } from './request-tracer.js'
export { Service, type ServiceManager, type ServiceOptions, type ServiceRecord } from './service.js'
export { handleSignals, type SignalHandlers, type SignalSource } from './signals.js'
export { type WaitForOptions, waitFor } from './wait-for.js'
export { ListenError, WsgiService, type WsgiServiceOptions } from './wsgi-service.js'
