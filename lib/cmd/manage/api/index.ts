import type { Command } from 'commander'
import type { Run } from '../run-command.js'
import type { ManageSession } from '../session.js'
import { type ListOptions, listActions, listExtensions, listRoutes } from './list.js'
import { printOpenApi } from './openapi.js'
import { scaffold } from './scaffold.js'

/** `nova-manage api …`: what the compute API is made of, with the extensions of this nova.conf. */
export const buildApiCommands = (api: Command, run: Run): void => {
  const listing = (
    name: string,
    description: string,
    work: (session: ManageSession, options: ListOptions) => Promise<number>,
  ) =>
    api
      .command(name)
      .description(description)
      .option(
        '--why <path>',
        "all about these: 'GET /servers/{id}', 'POST /servers/{id}/action pause', 'pause'",
      )
      .option('--json', 'for programs')
      .action(run(work))

  listing('routes', 'print what answers: versions, statuses, class, file', listRoutes)
  listing('actions', 'the same of …/action alone', listActions)
  api
    .command('openapi')
    .description('print an OpenAPI 3.1 document of the API')
    .option('--microversion <version>', '2.N, by default the newest')
    .option('--url <url>', 'where its paths begin', '/v2.1')
    .option('--output <file>', 'write it there')
    .action(run(printOpenApi))
  api
    .command('scaffold')
    .description('write an extension that works: controller, schemas, test')
    .argument('<name>', "its alias, such as 'rack-notes'")
    .option(
      '--dir <folder>',
      "folder of extensions; by default ./extensions if it is there, else '.'",
    )
    .action((name: string, options: { readonly dir?: string }) =>
      run((session, given: typeof options) => scaffold(session, name, given))(options),
    )
  listing('extensions', 'print what is loaded and what it does to the API', listExtensions)
}
