import type { Command } from 'commander'
import type { Run } from '../run-command.js'
import { type ExplainOptions, explain } from './explain.js'

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
]

/** `nova-manage scheduler …` */
export const buildSchedulerCommands = (scheduler: Command, run: Run): void => {
  scheduler
    .command('explain')
    .description(
      'tell what the scheduler would do now: which host is dropped by what and why, and how ' +
        'the others are weighed. Nothing is claimed. Exits with 0 when there is a host, 3 when there is none',
    )
    .option('--server <id>', 'as this server asked when it was made')
    .option('--flavor <flavor>', 'a server of this flavor, by name or id')
    .option('--image <id>', 'from this image; its properties are asked of the image service')
    .option(
      '--image-property <property=value>',
      'or only such properties; may be repeated',
      collect,
    )
    .option('--availability-zone <zone>', 'in this zone')
    .option('--host <host>', 'on this host')
    .option('--hint <name=value>', 'with this scheduler hint; may be repeated', collect)
    .option('--project <id>', 'of this project')
    .option('--json', 'for programs')
    .action(run((session, options: ExplainOptions) => explain(session, options)))
}
