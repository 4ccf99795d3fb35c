import type { Command } from 'commander'
import type { OptionDeclaration } from '../../paste/index.js'
import { type Description, describe, type Paint, paint } from '../../paste/inspect/index.js'
import { optionsOf, wantsColour } from './arguments.js'
import { withManual } from './manual.js'

export const addDescribe = (program: Command): void => {
  const command = program
    .command('describe')
    .description('tell what a factory makes, which options it takes, and where it wants to stand')
    .argument(
      '<reference>',
      'egg:package#name, call:module:export, FILE URI config:app.ini#name, or module:export',
    )
    .option('--json', 'as JSON')
    .action(async (reference: string, options: { json?: boolean }) => {
      const description = await describe(reference, optionsOf(undefined))
      const colours = paint(wantsColour(process.stdout))
      console.log(
        options.json ? JSON.stringify(description, null, 2) : descriptionText(description, colours),
      )
    })
  withManual(command, {
    about: [
      'A factory that declares nothing gets every option as text. Of a middleware of npm the known options are told, others pass with a marker of their type.',
    ],
    exits: { 1: 'there is nothing of that name' },
    examples: [
      ['Of Paste’s own', 'paster describe egg:Paste#urlmap'],
      ['A middleware of npm', 'paster describe egg:cors'],
      ['A filter of Kilonova', 'paster describe kilonova/filters/ratelimit:factory'],
      ['A filter of yours', 'paster describe ./my-filters.js:slow'],
    ],
  })
}

const descriptionText = (description: Description, colours: Paint): string => {
  const { reference, makes, doc, options, open, order } = description
  const lines = [`${colours.bold(reference)}${makes ? `  (makes ${articles[makes]})` : ''}`]
  if (doc) lines.push(doc)
  lines.push('')
  if (!options) {
    lines.push('It declares no options: what a section says is handed on as text.')
  } else {
    const names = Object.entries(options)
    if (!names.length) lines.push('It takes no options.')
    for (const [name, declaration] of names) lines.push(...optionText(name, declaration, colours))
  }
  if (open) {
    lines.push(
      '',
      'A middleware of npm: other options pass too; a value says its type by a marker:',
    )
    lines.push('  !text !int !number !bool !list !json !regex !import')
  }
  const rules = Object.entries(order).map(
    ([rule, value]) => `  ${rule}: ${Array.isArray(value) ? value.join(', ') : value}`,
  )
  if (rules.length) lines.push('', 'Where it stands:', ...rules)
  return lines.join('\n')
}

const articles = {
  app: 'an application',
  filter: 'a filter',
  server: 'a server',
  composite: 'an application of others',
} as const

const optionText = (name: string, option: OptionDeclaration, colours: Paint): string[] => {
  const { type = 'text', required, choices, min, max, secret, deprecated, ignored, doc } = option
  const marks = [
    type,
    required ? 'required' : '',
    option.default === undefined ? '' : `default ${JSON.stringify(option.default)}`,
    choices ? `one of ${choices.join(', ')}` : '',
    min === undefined ? '' : `from ${min}`,
    max === undefined ? '' : `to ${max}`,
    secret ? 'secret' : '',
  ].filter(Boolean)
  const told = [
    doc,
    deprecated && `deprecated: ${deprecated}`,
    ignored && `does nothing here: ${ignored}`,
  ].filter(Boolean)
  return [
    `  ${colours.cyan(name)}  ${colours.dim(marks.join(', '))}`,
    ...told.map(text => `      ${text}`),
  ]
}
