import { groups } from './groups.js'
import type { Group, Option } from './option.js'

/** A nova.conf that says, commented out, every option, its meaning and its default. */
export const renderSample = (): string => Object.values<Group>(groups).map(renderGroup).join('\n')

const renderGroup = ({ name, options }: Group): string =>
  [
    `[${name}]`,
    ...Object.entries(options).map(([option, facts]) => renderOption(option, facts)),
  ].join('\n\n')

const renderOption = (name: string, option: Option): string => {
  const lines = [option.help, `Value: ${option.type.expected}.`]
  if (option.mutable) lines.push('May be changed without a restart.')
  if (option.deprecated?.length) lines.push(`Old names: ${option.deprecated.join(', ')}.`)
  return [...lines.flatMap(wrap), ...assignments(name, option)]
    .map(line => `# ${line}`)
    .join('\n')
    .replaceAll(/^# #/gm, '#')
}

/** One a line for an option that may be repeated. */
const assignments = (name: string, option: Option): readonly string[] => {
  if (option.sampleDefault !== undefined) return [`#${name} = ${option.sampleDefault}`]
  const value = option.default()
  if (value === null) return [`#${name} = <none>`]
  const values = option.multi ? (value as readonly unknown[]) : [value]
  return (values.length ? values : ['']).map(each => {
    const written = each === '' ? '' : option.type.write(each)
    const text = written === written.trim() ? written : `"${written}"`
    return `#${name} =${text && ` ${text}`}`
  })
}

const WIDTH = 78

const wrap = (text: string): string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && `${last} ${word}`.length <= WIDTH)
      lines[lines.length - 1] += ` ${word}`
    else lines.push(word)
  }
  return lines
}
