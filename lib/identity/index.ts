export * from './token-validator.js'
