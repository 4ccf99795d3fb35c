export * from './driver.js'
export * from './power-state.js'
