import { PasteError } from './errors.js'
import { importReference } from './importer.js'
import { allProtocols, articleFor, type Protocol, protocolsOf, type Want, wantOf } from './kinds.js'
import { meantKey } from './meant-key.js'
import type { FactoryPlan } from './plan.js'
import { meantReference, parseReference } from './reference.js'
import type { SectionAt } from './section-at.js'
import { take } from './section-lines.js'
import type { Globals, Options } from './settings.js'
import { warningAt } from './warnings.js'

/**
 * What a section comes to that names its factory by a protocol.
 *
 * @throws PasteError no-loader, multiple-protocols, bad-reference, import-failed, no-such-export
 */
export const explicitFactory = async (
  here: SectionAt,
  want: Want,
  globals: Globals,
  options: Options,
): Promise<FactoryPlan> => {
  const { session, scope, chain } = here
  const found = protocolsOf[want].flatMap(
    group => group.find(protocol => options.has(protocol)) ?? [],
  )
  const [protocol] = found
  if (!protocol) throw noLoader(here, want, options)
  if (found.length > 1) {
    const told = found.map(one => `${one} = ${options.get(one)?.value}`).join(' and ')
    throw new PasteError('multiple-protocols', `only one of these may stand here: ${told}`, {
      at: here.at(found.at(-1) ?? protocol),
      chain,
    })
  }
  const other = allProtocols.find(one => one !== protocol && options.has(one))
  if (other) {
    const text = `'${protocol}' is taken; '${other}' is passed on as an option`
    session.warn(warningAt('protocol-left', here.at(other), text))
  }
  const text = take(options, protocol) ?? ''
  const reference = parseReference(text)
  const at = here.at(protocol, text)
  if (!reference) {
    throw new PasteError(
      'bad-reference',
      `${protocol} = ${text}: this is no reference; it is written module:export, as in ./filters.js:factory.`,
      { at, chain, suggestion: meantReference(text) },
    )
  }
  const asking = { at, chain, importFile: session.importFile }
  return {
    ...here.common(globals, options),
    want,
    type: 'factory',
    reference: text,
    protocol,
    factory: await importReference(reference, scope.folder, session.modules, asking),
    at,
    scope,
  }
}

const noLoader = (here: SectionAt, want: Want, options: Options): PasteError => {
  const { chain, section, source } = here
  const wanted = protocolsOf[want].flat()
  const says = `needs 'use', or one of ${wanted.join(', ')}`
  const wrong = allProtocols.find((one: Protocol) => options.has(one))
  if (wrong) {
    return new PasteError(
      'no-loader',
      `'${wrong}' makes ${articleFor[wantOf(wrong)]}, but ${articleFor[want]} is wanted: the section ${says}`,
      { at: here.at(wrong), chain },
    )
  }
  for (const key of options.keys()) {
    if (!section.has(key)) continue
    const near = meantKey(key, ['use', ...wanted])
    if (!near) continue
    const { lines, line } = here.at(key)
    // the sign behind it was lost, and the next one has split the line
    const rest = /\s/.test(key) ? /^\s*\S+\s+(.*)$/.exec(lines[line - 1] ?? '')?.[1] : undefined
    const suggestion = rest === undefined ? near : `${near} = ${rest.trim()}`
    return new PasteError('no-loader', `the section ${says}; it has '${key}'.`, {
      at: here.at(key),
      chain,
      suggestion,
    })
  }
  return new PasteError('no-loader', `nothing says what makes this: the section ${says}`, {
    at: source,
    chain,
  })
}
