import { PasteError } from './errors.js'
import { importReference } from './importer.js'
import type { Want } from './kinds.js'
import { openFile } from './open-file.js'
import { findEntries, findEntry, type Package } from './packages.js'
import type { FactoryPlan, Plan } from './plan.js'
import { parseReference } from './reference.js'
import { FileScope, type Scope } from './scope.js'
import { sectionPlan } from './section.js'
import { SectionAt } from './section-at.js'
import type { Session, Via } from './session.js'
import type { Globals } from './settings.js'
import { stubPlan } from './stub-plan.js'
import { configPath, isUri, parseUri } from './uri.js'

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
    const scope = new FileScope(await openFile(session, path, via), globals, session.warn)
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
  const here = new SectionAt(session, scope.of(owner), want, section, via.chain, resolveName)
  return sectionPlan(here, globals)
}
