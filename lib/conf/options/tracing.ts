import { bool } from '../kinds.js'
import { group } from '../option.js'

/** Kilonova's own group: what is told of the sections of api-paste.ini that a request passes. */
export const tracing = group('tracing', {
  spans: bool({
    default: false,
    mutable: true,
    help: 'A span for each request and each section, through the API of OpenTelemetry. Load an SDK with it: NODE_OPTIONS="--import ./telemetry.mjs".',
  }),
  server_timing: bool({
    default: false,
    mutable: true,
    help: 'Tell in each answer, by Server-Timing, how long each section took. Clients then know the names of the sections.',
  }),
})
