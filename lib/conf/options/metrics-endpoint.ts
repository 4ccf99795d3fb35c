import { bool, port, str } from '../kinds.js'
import { group } from '../option.js'

/** Kilonova's own group: what monitoring asks a process. */
export const metricsEndpoint = group('metrics_endpoint', {
  enabled: bool({
    default: false,
    help: 'Answer GET /health and GET /metrics (for Prometheus) on a port of its own.',
  }),
  listen: str({
    default: '127.0.0.1',
    help: 'Address of that port. There is no authentication: keep it from the public.',
  }),
  port: port({
    default: 9474,
    help: 'The port; 0 for any free one, which the log tells. Of several workers of nova-api, each takes the first free one from here on. Processes on one machine need one each.',
  }),
  sections: bool({
    default: false,
    mutable: true,
    help: 'Tell also how long each section of api-paste.ini had its requests, by outcome.',
  }),
})
