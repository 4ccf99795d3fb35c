import type { Command } from 'commander'
import { showTree, treeDot, treeHtml, treeText } from '../../paste/inspect/index.js'
import { globals, optionsOf, uriOf, wantsColour } from './arguments.js'

interface Options {
  readonly appName?: string
  readonly filter?: boolean
  readonly json?: boolean
  readonly dot?: boolean
  readonly html?: boolean
}

export const addShow = (program: Command): void => {
  program
    .command('show')
    .description(
      'show what a request passes: every composite, mount, filter and app, and each option with its place',
    )
    .argument('<file>', 'FILE, FILE#name, or a URI')
    .argument('[var=value...]', 'globals', globals)
    .option('-n, --app-name <name>', 'the section (main)')
    .option('--filter', 'the section is a filter')
    .option('--json', 'as JSON')
    .option('--dot', 'for Graphviz')
    .option('--html', 'as one page, for a browser')
    .addHelpText(
      'after',
      '\nSecrets are not shown. Nothing is made or served.\n\nExamples:\n  paster show api-paste.ini#osapi_compute\n  paster show app.ini --html > pipelines.html\n  paster show app.ini --dot | dot -Tsvg > pipelines.svg',
    )
    .action(async (file: string, given: Record<string, string>, options: Options) => {
      const { tree } = await showTree(
        uriOf(file),
        optionsOf(options.appName, given),
        options.filter ? 'filter' : 'app',
      )
      const text = options.json
        ? JSON.stringify(tree, null, 2)
        : options.dot
          ? treeDot(tree).trimEnd()
          : options.html
            ? treeHtml(tree, `${file} · ${tree.name}`, process.cwd()).trimEnd()
            : treeText(tree, { colour: wantsColour(process.stdout), folder: process.cwd() })
      console.log(text)
    })
}
