import type { Command } from 'commander'
import { showTree, treeDot, treeHtml, treeText } from '../../paste/inspect/index.js'
import { globals, optionsOf, uriOf, wantsColour } from './arguments.js'
import { withManual } from './manual.js'

interface Options {
  readonly appName?: string
  readonly filter?: boolean
  readonly json?: boolean
  readonly dot?: boolean
  readonly html?: boolean
}

export const addShow = (program: Command): void => {
  const command = program
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
  withManual(command, {
    about: [
      'The effective tree: in order, each option with its value, where that stands, and what it took the place of; what is hidden or lost stands behind an exclamation mark. Secrets are not shown. Modules are imported, but nothing is made or served.',
    ],
    exits: { 1: 'the section cannot be resolved; what cannot be further in is a part of the tree' },
    examples: [
      ['In the terminal', 'paster show api-paste.ini#osapi_compute'],
      ['A page for the browser', 'paster show app.ini --html > pipelines.html'],
      ['A picture', 'paster show app.ini --dot | dot -Tsvg > pipelines.svg'],
    ],
  })
}
