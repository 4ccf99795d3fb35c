import { wrapInstanceEvent } from '../compute/guards.js'
import type { RequestContext } from '../context/index.js'
import { NotImplementedError } from '../exception/index.js'
import { Instance } from '../objects/index.js'
import { coldMigrate } from './cold-migration.js'
import { liveMigrate } from './live-migration.js'
import type { LiveMigrateArgs, MigrateServerArgs } from './rpcapi.js'
import { cellContextOf } from './scheduling.js'
import type { ConductorServices } from './services.js'

/** Sends a server to another host, as it is or with another flavor. @throws as {@link coldMigrate} and {@link liveMigrate} */
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
    if (!args.live) return coldMigrate(services, inCell, instance, args)
    const { host = null } = args.scheduler_hint
    await liveMigrate(services, inCell, instance, {
      scheduler_hint: { host },
      block_migration: args.block_migration,
      disk_over_commit: args.disk_over_commit,
      request_spec: args.request_spec ?? null,
    })
  })(inCell, { instance })
}

/** A live migration whose beginning nobody waits for (2.34). @throws as {@link liveMigrate} */
export const liveMigrateInstance = async (
  services: ConductorServices,
  context: RequestContext,
  args: LiveMigrateArgs,
): Promise<void> => {
  const { instance } = args
  if (!(instance instanceof Instance))
    throw new TypeError('live_migrate_instance needs an Instance')
  const inCell = await cellContextOf(services, context, instance)
  instance.bind(inCell)
  await wrapInstanceEvent(
    services.host,
    'conductor_live_migrate_instance',
  )(() => liveMigrate(services, inCell, instance, args))(inCell, { instance })
}
