export * from './behaviour.js'
export * from './driver.js'
export * from './guest-store.js'
