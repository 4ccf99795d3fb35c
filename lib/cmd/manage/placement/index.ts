import type { Command } from 'commander'
import type { Run } from '../run-command.js'
import { type AuditOptions, audit } from './audit.js'
import { type HealOptions, healAllocations } from './heal-allocations.js'
import { type SyncAggregatesOptions, syncAggregates } from './sync-aggregates.js'

/** `nova-manage placement …` */
export const buildPlacementCommands = (placement: Command, run: Run): void => {
  placement
    .command('heal_allocations')
    .description('make the claims of servers that have none at Placement')
    .option('--max-count <count>', 'servers looked at in one run; all when absent')
    .option('--verbose', 'tell what is done')
    .option('--dry-run', 'change nothing')
    .option('--instance <uuid>', 'of this server only')
    .option('--cell <uuid>', 'of this cell only')
    .option('--skip-port-allocations', 'what ports claim is left alone in any case')
    .action(run((session, options: HealOptions) => healAllocations(session, options)))
  placement
    .command('sync_aggregates')
    .description('put the hosts of aggregates into the aggregates of Placement')
    .option('--verbose', 'tell what is done')
    .action(run((session, options: SyncAggregatesOptions) => syncAggregates(session, options)))
  placement
    .command('audit')
    .description('look for claims at Placement that belong to no server and to no move')
    .option('--verbose', 'tell what is found')
    .option('--delete', 'give them back')
    .option('--resource_provider <uuid>', 'of this provider only')
    .action(
      run((session, options: AuditOptions & { readonly resource_provider?: string }) =>
        audit(session, { ...options, resourceProvider: options.resource_provider }),
      ),
    )
}
