import { type IniSection, words } from '../ini/index.js'
import { nearest } from '../util/nearest.js'
import { ConfigFile } from './config-file.js'
import { type Chain, PasteError, type Source } from './errors.js'
import { type ImportFile, importReference, type Modules, parseReference } from './importer.js'
import {
  allProtocols,
  articleFor,
  type Protocol,
  protocolOfCall,
  protocolsOf,
  type Want,
  wantOf,
} from './kinds.js'
import { editedBase, overlaidBy } from './overlay.js'
import { findEntries, findEntry, type Package, type Packages } from './packages.js'
import type { FactoryPlan, Plan } from './plan.js'
import { FileScope, type Scope } from './scope.js'
import { isSecretName } from './secrets.js'
import { type Globals, lay, type Options } from './settings.js'
import type { Tracer } from './trace.js'
import { configPath, isUri, parseUri } from './uri.js'
import { type Warn, warningAt } from './warnings.js'

/** What one load is given, and keeps. */
export interface Session {
  readonly modules: Modules
  readonly packages: Packages
  readonly warn: Warn
  /** Files read so far, by path: one load reads each once. */
  readonly files: Map<string, Promise<ConfigFile>>
  /** How files are imported, where not by `import()`. */
  readonly importFile?: ImportFile | undefined
  /** Told of every application and filter that is made. */
  readonly made?: ((thing: unknown) => void) | undefined
  /** What stands for a section, by its name. */
  readonly stubs?: Readonly<Record<string, unknown>> | undefined
  /** Watches requests on their way. */
  readonly tracer?: Tracer | undefined
  /**
   * Told of what is wrong besides the error that is thrown; a file that does not parse is then read
   * as far as it makes sense. For `paster check`.
   */
  readonly alsoWrong?: ((error: unknown) => void) | undefined
  /** Told of every opening of a file. */
  readonly opened?: ((scope: FileScope, globals: Globals | null) => void) | undefined
}

/** Who asks: the option, and the way to it. */
interface Via {
  readonly at: Source | undefined
  readonly chain: Chain
}

/** Follows a URI. @param base  the folder that relative paths start from */
export const resolveUri = async (
  session: Session,
  want: Want,
  uri: string,
  name: string | null,
  base: string | undefined,
  globals: Globals | null,
  via: Via,
): Promise<Plan> => {
  const { scheme, rest, name: entry } = parseUri(uri, name, via)
  if (scheme === 'config') {
    const path = configPath(rest, base, via)
    const scope = new FileScope(await open(session, path, via), globals, session.warn)
    session.opened?.(scope, globals)
    const { partner } = scope.file
    if (partner) session.opened?.(scope.of(partner), globals)
    return resolveName(session, scope, want, entry, globals, via)
  }
  const folder = base ?? process.cwd()
  if (scheme === 'egg') {
    const found = findEntries(rest, folder, session.packages, via)
    return fromPackage(session, found, want, entry, globals, folder, via)
  }
  return fromCall(session, rest, want, globals, folder, via)
}

const open = (session: Session, path: string, via: Via): Promise<ConfigFile> => {
  const known = session.files.get(path)
  if (known) return known
  const reading = read(session, path, via)
  session.files.set(path, reading)
  return reading
}

/** Reads a file, and the one under it where it is an overlay. */
const read = async (session: Session, path: string, via: Via): Promise<ConfigFile> => {
  const { chain } = via
  const file = await ConfigFile.read(path, via.at, chain, session.alsoWrong)
  file.warnOfStrays(session.warn)
  const overlaid = overlaidBy(file)
  if (!overlaid) return file
  const { at } = overlaid
  const place = { at, chain }
  const name = configPath(overlaid.base.replace(/^config:/, ''), file.folder, place)
  const base = await ConfigFile.read(name, at, chain, session.alsoWrong)
  if (overlaidBy(base)) {
    const text = `${base.path} is an overlay itself; an overlay's base is a file as it stands`
    throw new PasteError('bad-overlay', text, place)
  }
  base.warnOfStrays(session.warn)
  file.join(editedBase(base, file, chain))
  return file
}

const fromPackage = async (
  session: Session,
  found: Package,
  want: Want,
  name: string,
  globals: Globals | null,
  folder: string,
  via: Via,
): Promise<FactoryPlan> => ({
  type: 'factory',
  want,
  reference: `egg:${found.name}#${name}`,
  ...(await findEntry(found, want, name, session.modules, {
    ...via,
    folder,
    importFile: session.importFile,
  })),
  at: via.at,
  globals: new Map(globals ?? []),
  options: new Map(),
  chain: via.chain,
  scope: { type: 'package', found, folder },
})

const fromCall = async (
  session: Session,
  spec: string,
  want: Want,
  globals: Globals | null,
  folder: string,
  via: Via,
): Promise<FactoryPlan> => {
  const reference = parseReference(spec)
  if (!reference || reference.attribute === null) {
    throw new PasteError(
      'bad-call-spec',
      `'call:${spec}' must be written call:module.path:attribute`,
      via,
    )
  }
  return {
    type: 'factory',
    want,
    reference: `call:${spec}`,
    protocol: null,
    factory: await importReference(reference, folder, session.modules, {
      ...via,
      importFile: session.importFile,
    }),
    at: via.at,
    globals: new Map(globals ?? []),
    options: new Map(),
    chain: via.chain,
    scope: { type: 'call', spec, folder },
  }
}

/** Follows a name in a scope. @param name  null when none is asked for */
export const resolveName = async (
  session: Session,
  scope: Scope,
  want: Want,
  name: string | null,
  globals: Globals | null,
  via: Via,
): Promise<Plan> => {
  if (name !== null && isUri(name)) {
    return resolveUri(session, want, name, null, scope.folder, globals, via)
  }
  if (scope.type === 'package') {
    const { found, folder } = scope
    return fromPackage(session, found, want, name ?? 'main', globals, folder, via)
  }
  if (scope.type === 'call') {
    return fromCall(session, scope.spec, want, globals, scope.folder, via)
  }
  const owner = scope.file.owner(want, name)
  const section = owner.find(want, name, via.at, via.chain, session.warn)
  const stub = session.stubs?.[section.name]
  if (stub) return stubPlan(stub, want, owner.sourceOf(section), scope, globals, via)
  return new SectionResolver(session, scope.of(owner), want, section, via.chain).resolve(globals)
}

/** A section that a test has put something else in the place of. */
const stubPlan = (
  stub: unknown,
  want: Want,
  section: Source,
  scope: Scope,
  globals: Globals | null,
  { at, chain }: Via,
): FactoryPlan => ({
  type: 'factory',
  want,
  reference: `stub of ${section.section}`,
  protocol: protocolOfCall(want),
  factory: want === 'filter' ? () => stub : stub,
  at,
  section,
  globals: new Map(globals ?? []),
  options: new Map(),
  chain: [...chain, { section }],
  scope,
})

const structuralKeys: ReadonlySet<string> = new Set(['use', 'pipeline', 'next', ...allProtocols])

/** From one section to its plan: PasteDeploy's ConfigLoader.get_context, rule by rule. */
class SectionResolver {
  readonly #session: Session
  readonly #scope: FileScope
  readonly #want: Want
  readonly #section: IniSection
  readonly #source: Source
  readonly #chain: Chain
  /** What `set` lines say; laid over what is used. */
  readonly #additions: Options = new Map()

  constructor(session: Session, scope: FileScope, want: Want, section: IniSection, before: Chain) {
    this.#session = session
    this.#scope = scope
    this.#want = want
    this.#section = section
    this.#source = scope.file.sourceOf(section)
    this.#chain = [...before, { section: this.#source }]
    this.#refuseCycle(before)
  }

  #refuseCycle(before: Chain): void {
    const { file, section } = this.#source
    const first = before.findIndex(
      link => link.section.file === file && link.section.section === section,
    )
    if (first < 0) return
    const round = [...before.slice(first).map(link => link.section.section), section]
    throw new PasteError('cycle', `this leads back to itself: ${round.join(' -> ')} (in ${file})`, {
      at: before[first]?.ref ?? this.#source,
      chain: this.#chain,
    })
  }

  async resolve(given: Globals | null): Promise<Plan> {
    const globals = this.#scope.defaults(this.#chain)
    for (const [key, setting] of given ?? []) lay(globals, key, setting)
    const options = this.#options(globals)

    const filterWith = this.#want === 'server' ? undefined : this.#take(options, 'filter-with')
    this.#require(options)

    const { name } = this.#section
    const plan = name.startsWith('filter-app:')
      ? await this.#filterApp(globals, options)
      : name.startsWith('pipeline:')
        ? await this.#pipeline(globals, options)
        : options.has('use')
          ? await this.#used(this.#want, globals, options)
          : await this.#explicit(this.#want, globals, options)
    if (filterWith === undefined) return plan
    const filter = await this.#follow('filter', filterWith, 'filter-with', globals)
    return { ...this.#common(globals, options), type: 'filter-with', filter, next: plan }
  }

  #common(globals: Globals, options: Options) {
    return {
      want: this.#want,
      section: this.#source,
      globals,
      options,
      chain: this.#chain,
    }
  }

  /** Sorts the lines into globals (changed), options, and what `get` asks for. */
  #options(globals: Globals): Options {
    const defaults = this.#scope.defaults(this.#chain)
    const options: Options = new Map()
    const gets = new Map<string, string>()
    const inherited = this.#scope.defaultKeys.filter(
      key => typeof key === 'string' && !this.#section.has(key),
    )
    const keys = [...this.#section.options.map(option => option.key), ...inherited]
    for (const key of keys) {
      if (typeof key !== 'string') continue
      const option = this.#scope.option(this.#section, key)
      const setting = () =>
        option
          ? this.#scope.setting(this.#section, option, this.#chain)
          : (this.#scope.extra(key) ?? { value: '' })
      if (key.startsWith('set ')) {
        const name = key.slice(4).trim()
        const value = setting()
        this.#additions.set(name, value)
        lay(globals, name, value)
      } else if (key.startsWith('get ')) {
        gets.set(key.slice(4).trim(), key)
      } else if (!defaults.has(key)) {
        options.set(key, setting())
      } else if (this.#section.has(key)) {
        this.#hidden(key, options, setting)
      }
    }
    for (const [name, key] of gets) this.#get(globals, options, name, key)
    return options
  }

  /** An option named like a global of DEFAULT or of the caller never reaches the factory. */
  #hidden(
    key: string,
    options: Options,
    setting: () => Options extends Map<string, infer S> ? S : never,
  ): void {
    const option = this.#section.get(key)
    if (!option) return
    const kept = structuralKeys.has(key)
    const inDefault = this.#scope.file.document.section('DEFAULT')?.get(key)
    const by = inDefault ? `[DEFAULT] (line ${inDefault.keyAt.line})` : 'a global of the caller'
    const text = kept
      ? `'${key}' is also in ${by}, where it does nothing; the section's own is used`
      : `'${key}' is ignored: ${by} has the same name and hides it. To override it write 'set ${key} = ${isSecretName(key) ? '…' : option.value}'`
    this.#session.warn(warningAt('option-hidden', this.#scope.file.sourceOfOption(option), text))
    if (kept) options.set(key, setting())
  }

  #get(globals: Globals, options: Options, name: string, key: string): void {
    const option = this.#scope.option(this.#section, key)
    const wanted = option
      ? String(this.#scope.setting(this.#section, option, this.#chain).value)
      : String(this.#scope.extra(key)?.value)
    const found = globals.get(wanted)
    if (!found) {
      const names = [...globals.keys()].filter(one => typeof one === 'string')
      throw new PasteError(
        'missing-global',
        `'get ${name}' asks for the global '${wanted}', and there is none.`,
        {
          at: option ? this.#scope.file.sourceOfOption(option) : this.#source,
          chain: this.#chain,
          suggestion: nearest(wanted, names),
        },
      )
    }
    const source = option && this.#scope.file.sourceOfOption(option)
    options.delete(name)
    options.set(name, { value: found.value, source, over: found, secret: found.secret })
  }

  #take(options: Options, key: string): string | undefined {
    const setting = options.get(key)
    options.delete(key)
    return setting === undefined ? undefined : String(setting.value)
  }

  #require(options: Options): void {
    for (const name of words(this.#take(options, 'require') ?? '')) {
      const asking = { at: this.#at('require', name), chain: this.#chain }
      findEntries(name, this.#scope.folder, this.#session.packages, asking)
    }
  }

  /** The place of an option, or of a word in its value. */
  #at(key: string, word?: string): Source {
    const option = this.#scope.option(this.#section, key)
    return option ? this.#scope.file.sourceOfOption(option, word) : this.#source
  }

  /** The way on, through this option. */
  #via(key: string, word?: string): Via {
    const at = this.#at(key, word)
    return { at, chain: [...this.#chain.slice(0, -1), { section: this.#source, ref: at }] }
  }

  #follow(want: Want, name: string, key: string, globals: Globals): Promise<Plan> {
    return resolveName(this.#session, this.#scope, want, name, globals, this.#via(key, name))
  }

  async #used(want: Want, globals: Globals, options: Options): Promise<Plan> {
    const use = this.#take(options, 'use') ?? ''
    const plan = await this.#follow(want, use, 'use', globals)
    for (const [key, setting] of this.#additions) lay(plan.globals, key, setting)
    this.#warnOfLost(plan, options)
    for (const [key, setting] of options) lay(plan.options, key, setting)
    const file = globals.get('__file__')
    if (file) plan.globals.set('__file__', file)
    if (plan.type === 'factory') {
      this.#warnOfMove(plan)
      plan.scope = this.#scope
      if (!plan.section) {
        plan.section = this.#source
        plan.chain = this.#chain
      }
      plan.protocol ??= protocolOfCall(want, this.#section.name)
    }
    for (const protocol of protocolsOf[want].flat()) {
      const left = options.get(protocol)?.source
      if (!left) continue
      const text = `both 'use' and '${protocol}' stand here; 'use' wins, and the other is passed on as an option`
      this.#session.warn(warningAt('protocol-left', left, text))
    }
    return plan
  }

  /** A composite of another file looks its children up here from now on. */
  #warnOfMove(plan: FactoryPlan): void {
    const { scope, section, protocol } = plan
    // files rely on it, so only `paster check` says so
    if (!this.#session.alsoWrong) return
    if (!protocol?.startsWith('paste.composit') || scope.type !== 'file') return
    if (!section || scope.file.path === this.#source.file) return
    const text = `[${section.section}] comes from ${scope.file.path}, but the names in it are looked up in this file; written as a mount (/ = config:…) it would keep its own`
    this.#session.warn(warningAt('composite-moved', this.#at('use'), text))
  }

  #warnOfLost(plan: Plan, options: Options): void {
    const lost =
      plan.type === 'pipeline' ||
      (plan.type === 'filter-with' && plan.next.options !== plan.options) ||
      (plan.type === 'filter-app' && plan.filter.options !== plan.options)
    if (!lost) return
    for (const [key, { source }] of options) {
      if (!source) continue
      const what = plan.section ? `[${plan.section.section}]` : 'what is used'
      const text = `'${key}' is lost: ${what} is a ${plan.type}, which has no options of its own; 'set ${key} = …' reaches its parts`
      this.#session.warn(warningAt('option-lost', source, text))
    }
  }

  async #explicit(want: Want, globals: Globals, options: Options): Promise<FactoryPlan> {
    const found = protocolsOf[want].flatMap(
      group => group.find(protocol => options.has(protocol)) ?? [],
    )
    const [protocol] = found
    if (!protocol) throw this.#noLoader(want, options)
    if (found.length > 1) {
      const told = found.map(one => `${one} = ${options.get(one)?.value}`).join(' and ')
      throw new PasteError('multiple-protocols', `only one of these may stand here: ${told}`, {
        at: this.#at(found.at(-1) ?? protocol),
        chain: this.#chain,
      })
    }
    const other = allProtocols.find(one => one !== protocol && options.has(one))
    if (other) {
      const text = `'${protocol}' is taken; '${other}' is passed on as an option`
      this.#session.warn(warningAt('protocol-left', this.#at(other), text))
    }
    const text = this.#take(options, protocol) ?? ''
    const reference = parseReference(text)
    const at = this.#at(protocol, text)
    if (!reference) {
      throw new PasteError(
        'bad-reference',
        `${protocol} = ${text}: this is no reference; it is written module:export, as in ./filters.js:factory`,
        { at, chain: this.#chain },
      )
    }
    const asking = { at, chain: this.#chain, importFile: this.#session.importFile }
    const { folder } = this.#scope
    return {
      ...this.#common(globals, options),
      want,
      type: 'factory',
      reference: text,
      protocol,
      factory: await importReference(reference, folder, this.#session.modules, asking),
      at,
      scope: this.#scope,
    }
  }

  #noLoader(want: Want, options: Options): PasteError {
    const wanted = protocolsOf[want].flat()
    const says = `needs 'use', or one of ${wanted.join(', ')}`
    const wrong = allProtocols.find((one: Protocol) => options.has(one))
    if (wrong) {
      return new PasteError(
        'no-loader',
        `'${wrong}' makes ${articleFor[wantOf(wrong)]}, but ${articleFor[want]} is wanted: the section ${says}`,
        { at: this.#at(wrong), chain: this.#chain },
      )
    }
    for (const key of options.keys()) {
      const suggestion = nearest(key, ['use', ...wanted])
      if (!suggestion || !this.#section.has(key)) continue
      return new PasteError('no-loader', `the section ${says}; it has '${key}'.`, {
        at: this.#at(key),
        chain: this.#chain,
        suggestion,
      })
    }
    return new PasteError('no-loader', `nothing says what makes this: the section ${says}`, {
      at: this.#source,
      chain: this.#chain,
    })
  }

  /** One after the other, to the first that fails; or to the end, where every failure is asked for. */
  async #all<First, Rest>([first, ...rest]: readonly [
    () => Promise<First>,
    ...(() => Promise<Rest>)[],
  ]): Promise<[First, ...Rest[]]> {
    const { alsoWrong } = this.#session
    if (!alsoWrong) {
      const done: [First, ...Rest[]] = [await first()]
      for (const one of rest) done.push(await one())
      return done
    }
    const [head, ...tail] = [await settle(first), ...(await Promise.all(rest.map(settle)))]
    const failed = [head, ...tail].filter(outcome => 'error' in outcome)
    for (const { error } of failed.slice(1)) alsoWrong(error)
    if (failed[0]) throw failed[0].error
    return [gained(head), ...tail.map(gained)]
  }

  async #filterApp(globals: Globals, options: Options): Promise<Plan> {
    const nextName = this.#take(options, 'next')
    if (nextName === undefined) {
      throw new PasteError(
        'missing-next',
        "'next' is missing: the app that the filter goes around",
        {
          at: this.#source,
          chain: this.#chain,
        },
      )
    }
    const next = await this.#follow('app', nextName, 'next', globals)
    const filter = options.has('use')
      ? await this.#used('filter', globals, options)
      : await this.#explicit('filter', globals, options)
    return { ...this.#common(globals, options), type: 'filter-app', filter, next }
  }

  async #pipeline(globals: Globals, options: Options): Promise<Plan> {
    const text = this.#take(options, 'pipeline')
    if (text === undefined) {
      throw new PasteError(
        'missing-pipeline',
        "'pipeline' is missing: the filters and, last, the app",
        {
          at: this.#source,
          chain: this.#chain,
        },
      )
    }
    const extra = [...options.keys()]
    if (extra[0] !== undefined) {
      const told = extra.map(key => `'${key}'`).join(', ')
      throw new PasteError(
        'pipeline-extra-options',
        `a pipeline takes no options but 'pipeline', 'set …' and 'filter-with'; here are ${told}`,
        { at: this.#at(extra[0]), chain: this.#chain },
      )
    }
    const names = words(text)
    const last = names.at(-1)
    if (last === undefined) {
      throw new PasteError('empty-pipeline', "'pipeline' is empty: it must name an app at least", {
        at: this.#at('pipeline'),
        chain: this.#chain,
      })
    }
    const [app, ...filters] = await this.#all([
      () => this.#follow('app', last, 'pipeline', globals),
      ...names.slice(0, -1).map(name => () => this.#follow('filter', name, 'pipeline', globals)),
    ])
    return { ...this.#common(globals, options), type: 'pipeline', filters, app }
  }
}

type Outcome<Value> = { readonly value: Value } | { readonly error: unknown }

const settle = async <Value>(make: () => Promise<Value>): Promise<Outcome<Value>> => {
  try {
    return { value: await make() }
  } catch (error) {
    return { error }
  }
}

const gained = <Value>(outcome: Outcome<Value>): Value => {
  if ('error' in outcome) throw outcome.error
  return outcome.value
}
