import { NotImplementedError } from '../exception/index.js'

/** What a driver does that has no such method. */
export const notImplemented = (method: string): Promise<never> =>
  Promise.reject(new NotImplementedError(`the driver does not implement ${method}`))
