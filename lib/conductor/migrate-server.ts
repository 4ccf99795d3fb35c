import { wrapInstanceEvent } from '../compute/guards.js'
import type { RequestContext } from '../context/index.js'
import { NotImplementedError } from '../exception/index.js'
import { Instance } from '../objects/index.js'
import { coldMigrate } from './cold-migration.js'
import type { MigrateServerArgs } from './rpcapi.js'
import { cellContextOf } from './scheduling.js'
import type { ConductorServices } from './services.js'

/** Sends a server to another host, as it is or with another flavor. @throws as {@link coldMigrate} */
export const migrateServer = async (
  services: ConductorServices,
  context: RequestContext,
  args: MigrateServerArgs,
): Promise<void> => {
  const { instance } = args
  if (!(instance instanceof Instance)) throw new TypeError('migrate_server needs an Instance')
  if (args.rebuild || (!args.live && !args.flavor)) {
    throw new NotImplementedError('migrate_server moves live, or to a flavor')
  }
  const inCell = await cellContextOf(services, context, instance)
  instance.bind(inCell)
  await wrapInstanceEvent(
    services.host,
    'conductor_migrate_server',
  )(async () => {
    await coldMigrate(services, inCell, instance, args)
  })(inCell, { instance })
}
