import type { RequestContext } from '../context/index.js'
import { RequestSpecNotFound } from '../exception/index.js'
import { notify } from '../notifications/index.js'
import { type Instance, RequestSpec } from '../objects/index.js'

/** Tasks whose failure is told of, by nova's names. */
type Task = 'build_instances' | 'migrate_server' | 'rebuild_server'

/**
 * Tells of a task that failed, and of the state that it leaves the server in.
 *
 * @param spec  looked up when it is not at hand
 */
export const tellFailed = async (
  context: RequestContext,
  task: Task,
  { uuid: instanceUuid, vmState: state }: Instance,
  error: unknown,
  spec?: unknown,
): Promise<void> => {
  if (!context.services.notifications) return
  const requestSpec = spec instanceof RequestSpec ? spec : await storedSpec(context, instanceUuid)
  await notify(context, `compute_task.${task}.error`, { instanceUuid, requestSpec, state, error })
}

const storedSpec = async (context: RequestContext, uuid: string): Promise<RequestSpec | null> => {
  try {
    return await RequestSpec.getByInstanceUuid(context, uuid)
  } catch (error) {
    if (error instanceof RequestSpecNotFound) return null
    throw error
  }
}
