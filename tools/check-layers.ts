import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { versionComparisons } from './version-comparisons.js'

/**
 * Refuses imports that point upwards, and version ladders in controllers. The layers are those of docs/architecture.md; a folder stands
 * in the first layer that names it or a folder above it.
 */
const layers: readonly (readonly string[])[] = [
  ['lib/exception', 'lib/ini', 'lib/log', 'lib/util'],
  ['lib/paste', 'lib/wsgi', 'lib/conf', 'lib/rpc'],
  ['lib/db', 'lib/policy'],
  ['lib/context'],
  ['lib/objects'],
  [
    'lib/identity',
    'lib/image',
    'lib/network',
    'lib/notifications',
    'lib/placement',
    'lib/share',
    'lib/virt',
    'lib/volume',
  ],
  ['lib/scheduler', 'lib/conductor', 'lib/compute'],
  ['lib/runtime', 'lib/embedded', 'lib/filters'],
  ['controllers', 'extensions'],
  ['lib/service', 'lib/testing'],
  ['lib/cmd', 'bin', 'tools', 'bench', 'test'],
]

/** Rooms that may be used without the cloud, and so import only themselves and layer 0. */
const standalone = ['lib/paste', 'lib/wsgi', 'lib/rpc', 'lib/ini']

const within = (file: string, folder: string): boolean => file.startsWith(`${folder}/`)

const layerOf = (file: string): number =>
  layers.findIndex(folders => folders.some(folder => within(file, folder)))

const root = resolve(import.meta.dirname, '../..')
const folders = ['lib', 'controllers', 'extensions', 'tools', 'bench', 'test']
const files = folders
  .filter(folder => existsSync(join(root, folder)))
  .flatMap(folder =>
    (readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }) as string[])
      .filter(name => name.endsWith('.ts'))
      .map(name => join(folder, name)),
  )

/** Here nothing compares versions: tables do. */
const byTables = ['controllers', 'extensions']

const problems: string[] = []
const ladders: string[] = []
for (const file of files) {
  const layer = layerOf(file)
  if (layer < 0) problems.push(`${file}: stands in no layer of docs/architecture.md`)
  const source = readFileSync(join(root, file), 'utf8')
  if (byTables.some(folder => within(file, folder))) {
    for (const { line, text } of versionComparisons(source)) {
      ladders.push(`${file}:${line}: compares versions: ${text}`)
    }
  }
  const lines = source.split('\n')
  lines.forEach((line, index) => {
    const specifier = /(?:from|import\()\s*'(\.{1,2}\/[^']+)'/.exec(line)?.[1]
    if (!specifier) return
    const target = relative(root, resolve(root, dirname(file), specifier))
    const targetLayer = layerOf(target)
    const home = standalone.find(folder => within(file, folder))
    if (targetLayer > layer) {
      problems.push(`${file}:${index + 1}: imports ${target}, which stands above it`)
    } else if (home && !within(target, home) && targetLayer > 0) {
      problems.push(`${file}:${index + 1}: ${home} stands alone, but imports ${target}`)
    }
  })
}

if (problems.length) {
  console.error(problems.join('\n'))
  console.error(`${problems.length} imports break the layers of docs/architecture.md`)
  process.exitCode = 1
}

if (ladders.length) {
  console.error(ladders.join('\n'))
  console.error("what differs by version is a table: @apiVersion, since('2.N'), behavioursOf")
  process.exitCode = 1
}
