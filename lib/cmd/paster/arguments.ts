import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { novaModules } from '../../filters/aliases.js'
import type { LoadOptions } from '../../paste/index.js'

export const port = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text)
  throw new InvalidArgumentError('It must be a number from 0 to 65535.')
}

/** `var=value` arguments, which become globals. */
export const globals = (
  text: string,
  known: Record<string, string> = {},
): Record<string, string> => {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('It must be written var=value.')
  return { ...known, [text.slice(0, equals)]: text.slice(equals + 1) }
}

/** A path means a file; anything with a scheme is a URI as it stands. */
export const uriOf = (file: string): string => (/^[a-zA-Z]+:/.test(file) ? file : `config:${file}`)

export const optionsOf = (
  name: string | undefined,
  globalConf: Record<string, string> = {},
): LoadOptions => {
  const said = new Set<string>()
  return {
    name,
    relativeTo: process.cwd(),
    // where no argument is given commander hands over an empty list, whose `length` would be a global
    globalConf: { ...globalConf },
    modules: novaModules(),
    // an app and a server of one file are loaded each for itself
    warn: ({ message }) => {
      if (said.has(message)) return
      said.add(message)
      console.error(`warning: ${message}`)
    },
  }
}

/** Colour for a terminal that wants it. https://no-color.org */
export const wantsColour = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'

export const packageVersion = (): string => {
  const path = new URL('../../../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string }
  return version
}
