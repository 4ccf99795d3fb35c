import { type IniSection, words } from '../../ini/index.js'
import { reportOptions } from '../checked-options.js'
import { declarationFor, declarationsOf } from '../declared-options.js'
import { annotate, type Chain, PasteError, type Source } from '../errors.js'
import { type LoadOptions, planFor, sessionOf } from '../load.js'
import { middlewareOf } from '../middleware.js'
import type { FactoryPlan } from '../plan.js'
import { resolveName } from '../resolve.js'
import type { FileScope } from '../scope.js'
import { isSecretName } from '../secrets.js'
import type { Session } from '../session.js'
import type { Globals } from '../settings.js'
import { parseMount } from '../stock/mount.js'
import { isWaived, type PasteWarning, warningAt } from '../warnings.js'
import { orderWarnings } from './order.js'
import { allNodes, growTree, type TreeNode } from './tree.js'

/** One thing that is wrong, or that may not be what its writer meant. */
export interface Finding {
  readonly level: 'error' | 'warning'
  /** Of an error its kind, of a warning its code. */
  readonly code: string
  readonly text: string
  readonly file: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined
  readonly section: string | undefined
  readonly option: string | undefined
  /** The line, with a mark below. */
  readonly excerpt: string | undefined
  readonly suggestion: string | undefined
  readonly suggestionLine: number | undefined
  /** Sections that lead there, outermost first. */
  readonly chain: readonly string[]
}

export interface CheckResult {
  /** In the order of the files. */
  readonly findings: readonly Finding[]
  readonly files: readonly string[]
  readonly sections: number
}

/**
 * Looks at every section of every file that is reached: all references followed, modules imported,
 * declared options converted, rules of order held against each way through. No factory is called.
 *
 * @param options  with a name (there or in the URI) that section is where all begins, and what it
 *   does not reach is unused; without, whatever nobody refers to
 */
export const checkFile = async (uri: string, options: LoadOptions = {}): Promise<CheckResult> =>
  new Checker(uri, options).run()

class Checker {
  readonly #uri: string
  readonly #options: LoadOptions
  readonly #session: Session
  readonly #errors = new Map<string, PasteError>()
  readonly #warnings = new Map<string, PasteWarning>()
  readonly #opened = new Map<FileScope['file'], { scope: FileScope; globals: Globals | null }>()
  readonly #trees = new Map<string, TreeNode>()
  /** Sections in which a line does not parse: what else is wrong there may follow from that. */
  readonly #unparsed = new Set<string>()
  /** Files in which a header is not understood. */
  #headless = false

  constructor(uri: string, options: LoadOptions) {
    this.#uri = uri
    this.#options = options
    this.#session = sessionOf(
      { ...options, strict: false, warn: warning => this.#warn(warning) },
      {
        alsoWrong: error => this.#wrong(error),
        opened: (scope, globals) => {
          if (!this.#opened.has(scope.file)) this.#opened.set(scope.file, { scope, globals })
        },
      },
    )
  }

  async run(): Promise<CheckResult> {
    const named = this.#options.name ?? (/#(.*)$/s.exec(this.#uri)?.[1] || undefined)
    const roots: TreeNode[] = []
    const start = await this.#start()
    if (start && named !== undefined) roots.push(start)
    // files join while sections are looked at
    for (const { scope, globals } of this.#opened.values()) await this.#sections(scope, globals)
    const [first] = this.#opened.values()
    for (const tree of this.#trees.values()) this.#look(tree)
    if (first) this.#entries(first.scope, roots, named)
    return this.#result()
  }

  /** Opens the file, whatever becomes of the section that is asked for. */
  async #start(): Promise<TreeNode | undefined> {
    const { name } = this.#options
    const asked = name ?? /#(.*)$/s.exec(this.#uri)?.[1]
    try {
      const plan = await planFor(this.#session, 'app', this.#uri, this.#options)
      return this.#keep(await growTree(this.#session, plan))
    } catch (error) {
      // that a file has no [app:main] is wrong only where that is asked for
      const absent =
        error instanceof PasteError && error.kind === 'no-section' && error.line === undefined
      if (!absent || asked !== undefined) this.#wrong(error)
      return undefined
    }
  }

  async #sections(scope: FileScope, globals: Globals | null): Promise<void> {
    for (const { want, name, section } of scope.file.askable) {
      try {
        const via = { at: undefined, chain: [] }
        const plan = await resolveName(this.#session, scope, want, name, globals, via)
        this.#keep(await growTree(this.#session, plan), `${scope.file.path} ${section.name}`)
      } catch (error) {
        this.#wrong(error)
      }
    }
  }

  #keep(tree: TreeNode, key = ''): TreeNode {
    this.#trees.set(key, tree)
    return tree
  }

  #wrong(error: unknown): void {
    const place = error instanceof Error ? Reflect.get(error, 'paste') : undefined
    const told =
      error instanceof PasteError
        ? error
        : place instanceof PasteError
          ? place
          : (annotate(error, undefined, []) as PasteError)
    const { kind, file, line, column, section, reason } = told
    if (told.cause instanceof Error && told.cause.name === 'IniError') {
      if (kind === 'option-before-section' || kind === 'not-an-option-line') {
        this.#headless = true
        this.#unparsed.add(`${file} ${section}`)
      }
    }
    const key = `${kind} ${file}:${line}:${column} ${reason}`
    const known = this.#errors.get(key)
    if (!known || known.chain.length < told.chain.length) this.#errors.set(key, told)
  }

  #warn(warning: PasteWarning): void {
    if (!isWaived(warning)) this.#warnings.set(warning.message, warning)
  }

  #look(tree: TreeNode): void {
    for (const node of allNodes(tree)) {
      if (node.type === 'broken') this.#wrong(node.error)
      if (node.type !== 'factory') continue
      this.#factory(node.plan)
      if (node.mounts.length) this.#mounts(node.plan)
    }
  }

  #factory(plan: FactoryPlan): void {
    const { factory, reference, section, at, chain } = plan
    if (typeof factory !== 'function') {
      const what = typeof factory === 'object' ? 'a whole module' : `${typeof factory}`
      const hint = reference.includes(':') ? '' : `; name what is in it, as in ${reference}:factory`
      const text = `'${reference}' is ${what}, no factory${hint}`
      this.#wrong(new PasteError('not-callable', text, { at: at ?? section, chain }))
      return
    }
    const { errors, warnings } = reportOptions(factory, factory.name || reference, plan)
    for (const error of errors) this.#wrong(error)
    for (const warning of warnings) this.#warn(warning)
    const declared = middlewareOf(factory)?.declared ?? declarationsOf(factory) ?? {}
    for (const [key, { value, source, secret }] of plan.options) {
      const declaration = declarationFor(declared, key)
      const isText = (declaration?.type ?? 'text') === 'text'
      const isSecret = declaration?.secret ?? (isText && isSecretName(key))
      if (!isSecret || secret || !source || value === '') continue
      const text = `'${key}' looks like a secret and stands here for everybody to read; write ${key} = %(env:NAME)s or %(file:/path)s`
      this.#warn(warningAt('plain-secret', source, text))
    }
  }

  /** Two mounts that come to the same: the later one takes everything. */
  #mounts(plan: FactoryPlan): void {
    const seen = new Map<string, string>()
    for (const [key, { source }] of plan.options) {
      const [first = ''] = key.split(/\s/, 1)
      if (!key.startsWith('/') && first !== 'domain' && first !== 'port') continue
      try {
        const mount = parseMount(key)
        const normal = `${mount.domain} ${mount.path}`
        const earlier = seen.get(normal)
        if (earlier !== undefined && source) {
          const text = `the mounts '${earlier}' and '${key}' are one and the same; nothing ever reaches the first`
          this.#warn(warningAt('unreachable-mount', source, text))
        }
        seen.set(normal, key)
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error)
        this.#wrong(new PasteError('factory-refused', text, { at: source, chain: plan.chain }))
      }
    }
  }

  #entries(scope: FileScope, roots: readonly TreeNode[], named: string | undefined): void {
    const { file } = scope
    const inFile = (name: string): TreeNode | undefined => this.#trees.get(`${file.path} ${name}`)
    const entries = [...roots]
    const servers: TreeNode[] = []
    const reachedBy = (trees: readonly TreeNode[]): ReadonlySet<string> =>
      new Set(trees.flatMap(tree => [...sectionsIn(tree)]))
    for (const { want, section } of file.askable) {
      const tree = inFile(section.name)
      if (want === 'server' && tree) servers.push(tree)
    }
    if (named === undefined) {
      const main = this.#trees.get('')
      entries.push(...(main ? [main] : this.#entryPoints(scope)))
    }
    for (const tree of [...entries, ...this.#entryPoints(scope)]) {
      for (const warning of orderWarnings(tree)) this.#warn(warning)
    }
    if (!entries.length) return
    const reached = reachedBy([...entries, ...servers])
    // what stands in a section that could not be followed to its end
    const mentioned = this.#errors.size ? wordsOf(file.document.sections) : new Set<string>()
    for (const { want, section } of file.askable) {
      const name = section.name
      if (want === 'server' || reached.has(`${file.path} ${name}`)) continue
      // one that cannot be resolved is told of already
      if (!inFile(name) || mentioned.has(name.slice(name.indexOf(':') + 1).trim())) continue
      const from = named ?? (this.#trees.has('') ? 'main' : undefined)
      const text =
        want === 'filter'
          ? `is used by nothing${from ? ` that '${from}' leads to` : ''}: its name stands in no pipeline`
          : `is reached by nothing${from ? ` from '${from}'` : ''}: no mount and no pipeline leads here`
      this.#warn(warningAt('unused-section', file.sourceOf(section), text))
    }
  }

  /** Without a main: the composites that nobody refers to; else the pipelines; else the apps. */
  #entryPoints({ file }: FileScope): readonly TreeNode[] {
    const apps = file.askable.filter(({ want }) => want === 'app')
    const referred = new Set<string>()
    for (const { section } of file.askable) {
      const own = `${file.path} ${section.name}`
      const tree = this.#trees.get(own)
      if (tree) for (const name of sectionsIn(tree)) if (name !== own) referred.add(name)
    }
    const free = apps.filter(({ section }) => !referred.has(`${file.path} ${section.name}`))
    for (const kinds of [
      ['composite', 'composit'],
      ['pipeline', 'filter-app'],
      ['app', 'application'],
    ]) {
      const found = free.filter(({ section }) =>
        kinds.includes(section.name.split(':', 1)[0] ?? ''),
      )
      const trees = found.flatMap(
        ({ section }) => this.#trees.get(`${file.path} ${section.name}`) ?? [],
      )
      if (trees.length) return trees
    }
    return []
  }

  #result(): CheckResult {
    const consequence = ({ kind, file, section, cause }: PasteError): boolean =>
      !(cause instanceof Error && cause.name === 'IniError') &&
      (this.#unparsed.has(`${file} ${section}`) || (this.#headless && kind === 'no-section'))
    const errors = [...this.#errors.values()].filter(error => !consequence(error)).map(ofError)
    const warnings =
      this.#unparsed.size || this.#headless
        ? [...this.#warnings.values()].filter(({ code }) => code !== 'unused-section')
        : [...this.#warnings.values()]
    const files = [...this.#opened.keys()]
    const order = new Map(files.map((file, index) => [file.path, index]))
    const rank = ({ file }: Finding): number => order.get(file ?? '') ?? -1
    return {
      findings: [...errors, ...warnings.map(ofWarning)].toSorted(
        (a, b) =>
          rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
      ),
      files: files.map(file => file.path),
      sections: files.reduce((sum, file) => sum + file.askable.length, 0),
    }
  }
}

const ofError = (error: PasteError): Finding => {
  const { kind, reason, file, line, column, section, option, excerpt, suggestion, chain } = error
  const { suggestionLine } = error
  const at = { file, line, column, section, option, excerpt }
  return { level: 'error', code: kind, text: reason, ...at, suggestion, suggestionLine, chain }
}

const ofWarning = (warning: PasteWarning): Finding => {
  const { code, reason, at } = warning
  const { file, line, column, section, option, excerpt } = new PasteError('refused-warning', '', {
    at,
  })
  const place = { file, line, column, section, option, excerpt }
  return {
    level: 'warning',
    code,
    text: reason,
    ...place,
    suggestion: undefined,
    suggestionLine: undefined,
    chain: [],
  }
}

/** Every section that is part of it, those it uses too. */
function* sectionsIn(tree: TreeNode): Generator<string> {
  const name = ({ file, section }: Source): string => `${file} ${section}`
  const ofChain = (chain: Chain): string[] => chain.map(link => name(link.section))
  for (const node of allNodes(tree)) {
    if (node.type === 'broken') continue
    const { plan } = node
    if (!plan) continue
    if (plan.section) yield name(plan.section)
    yield* ofChain(plan.chain)
  }
}

const wordsOf = (sections: readonly IniSection[]): ReadonlySet<string> =>
  new Set(sections.flatMap(section => section.options.flatMap(({ value }) => words(value))))
