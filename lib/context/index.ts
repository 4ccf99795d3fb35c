export * from './data-access.js'
export * from './notification-sink.js'
export * from './request-context.js'
export * from './wire.js'
