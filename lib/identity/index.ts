export * from './token-body.js'
export * from './token-validator.js'
