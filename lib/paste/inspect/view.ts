import { messageOf } from '../../util/message-of.js'
import { declarationFor, declarationsOf } from '../declared-options.js'
import type { Source } from '../errors.js'
import { middlewareOf } from '../middleware.js'
import type { FactoryPlan, Plan } from '../plan.js'
import { isSecretName, masked, maskUrl } from '../secrets.js'
import type { Setting } from '../settings.js'
import type { PasteWarning } from '../warnings.js'
import type { TreeNode } from './tree.js'

export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface OptionView {
  readonly name: string
  /** Masked where it is secret. */
  readonly value: string
  readonly secret: boolean
  /** Absent: given by the caller, or a default of the factory. */
  readonly place?: Place | undefined
  /** What it took the place of, the last one first. */
  readonly overrides: readonly { readonly value: string; readonly place?: Place | undefined }[]
}

/** A part of the tree as it is shown and as `--json` prints it. */
export interface NodeView {
  readonly kind: 'app' | 'composite' | 'pipeline' | 'filter' | 'server' | 'broken'
  /** `filter:cors`; of what has no section, the reference. */
  readonly name: string
  readonly place?: Place | undefined
  /** The option of the composite by which it is asked for. */
  readonly mount?: string | undefined
  /** What makes it. */
  readonly factory?: string | undefined
  readonly doc?: string | undefined
  readonly options: readonly OptionView[]
  /** What `set` lines put over the globals of the file. */
  readonly globals: readonly OptionView[]
  /** What is hidden or lost there. */
  readonly warnings: readonly {
    readonly code: string
    readonly text: string
    readonly line: number
  }[]
  readonly filters?: readonly NodeView[] | undefined
  readonly app?: NodeView | undefined
  readonly mounts?: readonly NodeView[] | undefined
  readonly error?: string | undefined
}

const placeOf = (source: Source | undefined): Place | undefined =>
  source && { file: source.file, line: source.line, column: source.column }

/** The tree without anything that is no text. */
export const viewOf = (node: TreeNode, warnings: readonly PasteWarning[] = []): NodeView => {
  const mount = node.mount?.key
  if (node.type === 'broken') {
    const error = messageOf(node.error)
    const place = placeOf(node.mount?.at)
    return { kind: 'broken', name: node.name, place, mount, error, ...nothing }
  }
  const inside = (one: TreeNode): NodeView => viewOf(one, warnings)
  if (node.type === 'pipeline') {
    const { plan } = node
    const section = plan && usedBy(plan)[0]
    return {
      kind: 'pipeline',
      name: section?.section ?? 'pipeline',
      place: placeOf(section ?? node.mount?.at),
      mount,
      ...(plan ? settingsOf(plan, warnings, () => false) : nothing),
      options: [],
      filters: node.filters.map(inside),
      app: inside(node.app),
    }
  }
  const { plan } = node
  const { factory, reference } = plan
  const [section] = usedBy(plan)
  const known = middlewareOf(factory)?.declared ?? declarationsOf(factory) ?? {}
  const composite = plan.protocol?.startsWith('paste.composit') ?? false
  const kind = composite ? 'composite' : plan.want
  const mounted = new Set(node.mounts.map(one => one.mount?.key))
  const settings = settingsOf(plan, warnings, key => declarationFor(known, key)?.secret ?? false)
  const doc: unknown = typeof factory === 'function' ? Reflect.get(factory, 'doc') : undefined
  return {
    kind,
    name: section?.section ?? reference,
    place: placeOf(section ?? plan.at),
    mount,
    factory: reference,
    doc: typeof doc === 'string' ? doc : undefined,
    ...settings,
    options: settings.options.filter(({ name }) => !mounted.has(name)),
    ...(composite ? { mounts: node.mounts.map(inside) } : {}),
  }
}

/** The section that was asked for, then those that it uses, one the other. */
const usedBy = ({ chain, section }: Plan): readonly Source[] => {
  let first = chain.length - 1
  while (first > 0 && chain[first - 1]?.ref?.option === 'use') first--
  const sections = chain.slice(Math.max(first, 0)).map(link => link.section)
  return sections.length ? sections : section ? [section] : []
}

const nothing = { options: [], globals: [], warnings: [] }

const settingsOf = (
  plan: Plan | FactoryPlan,
  warnings: readonly PasteWarning[],
  isSecret: (key: string) => boolean,
) => {
  const view = (name: string, setting: Setting): OptionView => {
    const secret = (one: Setting): boolean =>
      (one.secret ?? false) || isSecret(name) || isSecretName(name)
    const shown = (one: Setting): string =>
      secret(one) ? masked : maskUrl(typeof one.value === 'string' ? one.value : String(one.value))
    const overrides = []
    for (let over = setting.over; over; over = over.over) {
      overrides.push({ value: shown(over), place: placeOf(over.source) })
    }
    const place = placeOf(setting.source)
    return { name, value: shown(setting), secret: secret(setting), place, overrides }
  }
  const sections = usedBy(plan)
  return {
    options: [...plan.options].map(([name, setting]) => view(name, setting)),
    globals: [...plan.globals].flatMap(([name, setting]) =>
      typeof name === 'string' && setting.source?.option?.startsWith('set ')
        ? [view(name, setting)]
        : [],
    ),
    warnings: warnings
      .filter(({ at }) =>
        sections.some(({ file, section }) => at.file === file && at.section === section),
      )
      .map(({ code, reason, at }) => ({ code, text: reason, line: at.line })),
  }
}
