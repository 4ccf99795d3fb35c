import { existsSync, readFileSync } from 'node:fs'
import { type Runtime, Session } from 'node:inspector'
import { SourceMap } from 'node:module'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Anything that was written as a function or method. */
export type Written = (...args: unknown[]) => unknown

const ROOT = resolve(import.meta.dirname, '../../..')
const HANDED_OVER = Symbol.for('kilonova.source-places')

/**
 * Where functions are written: `extensions/pause-server.ts:18`. The engine knows file and line of each
 * function and tells them to a debugger; source maps lead from what was compiled to what was
 * written. Below the project's folder or the working one the path is a relative one.
 */
export const sourcePlaces = (functions: Iterable<Written>): ReadonlyMap<Written, string> => {
  const list = [...new Set(functions)]
  const session = new Session()
  session.connect()
  try {
    const urls = new Map<string, string>()
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
    session.post('Debugger.enable')
    const maps = new Map<string, SourceMap | null>()
    const places = new Map<Written, string>()
    propertiesOfHandedOver(session, list).forEach(({ objectId }, index) => {
      const written = list[index]
      const at = objectId === undefined ? null : locationOf(session, objectId)
      const url = urls.get(at?.scriptId ?? '')
      if (written && at && url?.startsWith('file:')) {
        places.set(written, placeOf(fileURLToPath(url), at, maps))
      }
    })
    return places
  } finally {
    session.disconnect()
  }
}

/** `Class.method (extensions/pause-server.ts:18)`; the text alone where nobody knows the place. */
export const placed = (text: string, written: unknown): string => {
  if (typeof written !== 'function') return text
  const place = sourcePlaces([written as Written]).get(written as Written)
  return place === undefined ? text : `${text} (${place})`
}

interface Location {
  readonly scriptId: string
  /** Both from 0. */
  readonly lineNumber: number
  readonly columnNumber: number
}

/** A debugger finds objects by expressions: the functions stand under a symbol while it looks. */
const propertiesOfHandedOver = (
  session: Session,
  functions: readonly Written[],
): readonly Runtime.RemoteObject[] => {
  Object.defineProperty(globalThis, HANDED_OVER, { value: functions, configurable: true })
  try {
    const expression = `globalThis[Symbol.for('${Symbol.keyFor(HANDED_OVER)}')]`
    let objectId: string | undefined
    // Calls to a debugger in the same process are answered before `post` returns.
    session.post('Runtime.evaluate', { expression }, (_error, found) => {
      objectId = found?.result.objectId
    })
    const objects: Runtime.RemoteObject[] = []
    if (objectId === undefined) return objects
    session.post('Runtime.getProperties', { objectId, ownProperties: true }, (_error, found) => {
      for (const { name, value } of found?.result ?? []) {
        if (/^\d+$/.test(name) && value) objects[Number(name)] = value
      }
    })
    return objects
  } finally {
    Reflect.deleteProperty(globalThis, HANDED_OVER)
  }
}

const locationOf = (session: Session, objectId: string): Location | null => {
  let location: Location | null = null
  session.post('Runtime.getProperties', { objectId, ownProperties: true }, (_error, found) => {
    const internal = found?.internalProperties?.find(({ name }) => name === '[[FunctionLocation]]')
    if (internal?.value) location = internal.value.value
  })
  return location
}

const placeOf = (
  file: string,
  { lineNumber, columnNumber }: Location,
  maps: Map<string, SourceMap | null>,
): string => {
  let map = maps.get(file)
  if (map === undefined) {
    map = existsSync(`${file}.map`)
      ? new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')))
      : null
    maps.set(file, map)
  }
  const entry = map?.findEntry(lineNumber, columnNumber)
  if (entry && 'originalSource' in entry) {
    const source = resolve(dirname(file), entry.originalSource.replace(/^file:\/\//, ''))
    // A package may come with maps and without sources.
    if (existsSync(source)) return `${shown(source)}:${entry.originalLine + 1}`
  }
  return `${shown(file)}:${lineNumber + 1}`
}

/** A path for people: from the project's folder or the working one if it is below. */
export const shown = (file: string): string => {
  for (const folder of [ROOT, process.cwd()]) {
    const path = relative(folder, file)
    if (!path.startsWith('..') && !isAbsolute(path)) return path
  }
  return file
}
