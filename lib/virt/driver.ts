import { DeviceDriver } from './device-driver.js'

export * from './devices.js'
export * from './guest.js'
export * from './host.js'
export * from './moving.js'

/**
 * What nova-compute asks of a hypervisor: nova's driver interface, by its names. A method that a
 * driver does not override rejects with NotImplementedError, which the manager answers as nova does.
 *
 * Every method may take time and may reject; none may block the event loop, and each has a limit
 * of its own within which it settles.
 */
export abstract class ComputeDriver extends DeviceDriver {}
