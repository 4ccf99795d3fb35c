import { declarationsOf, type OptionDeclaration } from '../declared-options.js'
import { importReference } from '../importer.js'
import { allProtocols, type Want, wantOf } from '../kinds.js'
import { type LoadOptions, sessionOf } from '../load.js'
import { middlewareOf } from '../middleware.js'
import { type OrderRules, orderOf } from '../order.js'
import { findEntries } from '../packages.js'
import { parseReference } from '../reference.js'
import { resolveUri } from '../resolve.js'

/** What a factory says of itself. */
export interface Description {
  readonly reference: string
  /** What it makes, where that is known. */
  readonly makes: Want | 'composite' | null
  readonly doc: string | null
  /** Null where it declares nothing; any option is then handed on as text. */
  readonly options: Readonly<Record<string, OptionDeclaration>> | null
  /** A middleware of npm takes others than those that are known, by marker. */
  readonly open: boolean
  readonly order: OrderRules
}

/**
 * Describes what `egg:…`, `call:…`, `config:…#name` or a `module:export` names.
 *
 * @throws PasteError as loading would
 */
export const describe = async (
  reference: string,
  options: LoadOptions = {},
): Promise<Description> => {
  const { factory, makes } = await find(reference, options)
  const middleware = middlewareOf(factory)
  const doc: unknown = typeof factory === 'function' ? Reflect.get(factory, 'doc') : undefined
  return {
    reference,
    makes,
    doc: typeof doc === 'string' ? doc : null,
    options: middleware ? (middleware.known ? middleware.declared : null) : declarationsOf(factory),
    open: middleware !== undefined,
    order: orderOf(factory),
  }
}

const find = async (
  reference: string,
  options: LoadOptions,
): Promise<{ factory: unknown; makes: Description['makes'] }> => {
  const session = sessionOf(options)
  const base = options.relativeTo ?? process.cwd()
  const via = { at: undefined, chain: [] }
  if (/^(egg|call|config):/i.test(reference)) {
    let first: unknown
    for (const want of wantsOf(reference, base, options)) {
      try {
        const plan = await resolveUri(session, want, reference, null, base, null, via)
        if (plan.type !== 'factory') continue
        return { factory: plan.factory, makes: isComposite(plan.protocol) ? 'composite' : want }
      } catch (error) {
        first ??= error
      }
    }
    throw first ?? new RangeError(`'${reference}' is a pipeline, which no factory makes`)
  }
  const parsed = parseReference(reference)
  if (!parsed)
    throw new RangeError(`'${reference}' is no reference: write egg:package#name or module:export`)
  return { factory: await importReference(parsed, base, session.modules, via), makes: null }
}

const isComposite = (protocol: string | null): boolean =>
  protocol?.startsWith('paste.composit') ?? false

/** A package's entry may be of one kind only; middleware is a filter by what it mostly is. */
const wantsOf = (
  reference: string,
  base: string,
  { packages = {} }: LoadOptions,
): readonly Want[] => {
  const [, name, entry = 'main'] = /^egg:([^#]*)(?:#(.*))?$/is.exec(reference) ?? []
  if (name === undefined) return ['app', 'filter', 'server']
  const via = { at: undefined, chain: [] }
  const found = findEntries(name, base, packages, via)
  const protocols = allProtocols.filter(protocol => found.entries[protocol]?.[entry] !== undefined)
  return protocols.length ? protocols.map(wantOf) : ['filter', 'app', 'server']
}
