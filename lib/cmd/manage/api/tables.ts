import { createComputeRouter, loadExtensions } from '../../../../controllers/router.js'
import type { ApiServices } from '../../../../controllers/services.js'
import { standInServices } from '../../../../controllers/stand-in-services.js'
import type { NovaConf } from '../../../conf/index.js'
import { messageOf } from '../../../util/message-of.js'
import type { ApiRouter, ExtensionManager, WsgiLog } from '../../../wsgi/index.js'
import { CommandError } from '../session.js'

/** The tables by which nova-api answers when it is started with the same nova.conf. */
export interface ApiTables {
  readonly router: ApiRouter
  readonly extensions: ExtensionManager<ApiServices>
}

/**
 * Loads and joins everything as nova-api does, but for the cloud behind it.
 *
 * @param warn  told what a start would log
 * @throws CommandError when nova-api would not start
 */
export const loadTables = async (
  conf: NovaConf,
  warn: (text: string) => void,
): Promise<ApiTables> => {
  const say = (_fields: object, text: string) => warn(text)
  const log: WsgiLog = { warn: say, error: say }
  try {
    const extensions = await loadExtensions(conf.api)
    return { extensions, router: createComputeRouter(standInServices(extensions, conf), log) }
  } catch (error) {
    throw new CommandError(messageOf(error))
  }
}
