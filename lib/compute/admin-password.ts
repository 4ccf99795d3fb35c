import {
  InstanceAgentNotEnabled,
  InstancePasswordSetFailed,
  NotImplementedError,
  SetAdminPasswdNotSupported,
} from '../exception/index.js'
import type { Instance } from '../objects/index.js'
import { powerStateOf } from './power.js'
import { generatePassword } from './server-names.js'
import type { ComputeServices } from './services.js'
import { PowerState, TaskState } from './states.js'

/** What a guest that cannot do it says; all else is told in words that give no password away. */
const told = [InstanceAgentNotEnabled, SetAdminPasswdNotSupported, NotImplementedError] as const

/**
 * Sets the administrator's password in a running guest.
 *
 * @param password  null: one that nobody learns
 * @throws InstancePasswordSetFailed, InstanceAgentNotEnabled, SetAdminPasswdNotSupported,
 *   NotImplementedError
 */
export const setAdminPassword = async (
  { driver, log, options }: ComputeServices,
  instance: Instance,
  password: string | null,
): Promise<void> => {
  const failed = (reason: string) =>
    new InstancePasswordSetFailed({ instance: instance.uuid, reason })
  if ((await powerStateOf(driver, instance)) !== PowerState.running) {
    throw failed(`instance ${instance.uuid} is not running`)
  }
  try {
    await driver.setAdminPassword(instance, password ?? generatePassword(options.passwordLength))
  } catch (error) {
    if (told.some(type => error instanceof type)) throw error
    log.error({ err: error, instance: instance.uuid }, 'cannot set the password in a guest')
    throw failed('error setting admin password')
  }
  instance.taskState = null
  await instance.save({ expectedTaskState: TaskState.updatingPassword })
}
