import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { novaModules } from '../../../../lib/filters/aliases.js'
import {
  checkFile,
  type Finding,
  type NodeView,
  showTree,
} from '../../../../lib/paste/inspect/index.js'
import { type Mutation, mutate, randomFrom } from './mutations.js'

const original = readFileSync(resolve(import.meta.dirname, '../../../../../api-paste.ini'), 'utf8')

/** How many to try; KILONOVA_MUTATIONS asks for more. */
const wanted = Number(process.env.KILONOVA_MUTATIONS ?? 120)

type Outcome = 'told where and what' | 'told badly' | 'same' | 'means what it says' | 'silent'

/** What a tree comes to, whatever line it stands on. */
const meaning = (node: NodeView): unknown => [
  node.kind,
  node.name,
  node.mount,
  node.factory,
  node.options.map(({ name, value }) => [name, value]),
  [...(node.mounts ?? []), ...(node.filters ?? []), ...(node.app ? [node.app] : [])].map(meaning),
]

describe('api-paste.ini with one line broken', function () {
  this.timeout(Math.max(60_000, wanted * 300))
  let folder = ''
  let number = 0
  const options = { modules: novaModules(), name: 'kilonova' }
  const look = async (text: string) => {
    // modules are looked up from the file's folder; packages also from this one
    const file = join(folder, `${number++}.ini`)
    writeFileSync(file, text)
    const { findings } = await checkFile(`config:${file}`, options)
    const broken = findings.some(({ level }) => level === 'error')
    const tree = broken ? null : await showTree(`config:${file}`, options)
    return { findings, meaning: tree && JSON.stringify(meaning(tree.tree)) }
  }
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('is told with the place, or still means what it says', async () => {
    const before = await look(original)
    const told = new Set(before.findings.map(({ section, text }) => `${section} ${text}`))
    const random = randomFrom(2026)
    const counts = new Map<Outcome, number>()
    const bad: string[] = []
    for (let tried = 0; tried < wanted; tried++) {
      const mutation = mutate(original, random)
      const after = await look(mutation.text)
      const fresh = after.findings.filter(({ section, text }) => !told.has(`${section} ${text}`))
      const outcome: Outcome = fresh.length
        ? fresh.some(finding => isAbout(finding, mutation))
          ? 'told where and what'
          : 'told badly'
        : after.meaning === before.meaning
          ? 'same'
          : isFree(mutation)
            ? 'means what it says'
            : 'silent'
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      if (outcome === 'told badly' || outcome === 'silent') {
        const texts = fresh.map(({ line, text }) => `${line}: ${text}`).join('; ')
        bad.push(
          `${outcome}: ${mutation.how} ${mutation.line} '${mutation.was}' '${mutation.now}' ${texts}`,
        )
      }
    }
    console.log(
      `        ${wanted} tried: ${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')}`,
    )
    assert.deepEqual(bad, [])
  })
})

const lines = original.split('\n')

/** The header above a line. */
const sectionOf = (line: number): string =>
  lines
    .slice(0, line)
    .findLast(text => text.startsWith('['))
    ?.slice(1, -1) ?? ''

const namesIn = (text: string): string[] => text.match(/[\w./-]{3,}/g) ?? []

/** At the line, in its section, or with a name of it. */
const isAbout = (finding: Finding, { line, was, now }: Mutation): boolean => {
  if (finding.line !== undefined && Math.abs(finding.line - line) <= 1) return true
  if (finding.section === sectionOf(line)) return true
  const told = `${finding.text} ${finding.suggestion ?? ''} ${finding.section ?? ''}`
  return [...namesIn(was), ...namesIn(now)].some(name => told.includes(name))
}

/**
 * What a line says that nobody but its writer can know to be wrong: a path that something is mounted at,
 * a value that may be anything, one line less or more of what is complete without it.
 */
const isFree = ({ how, was, now }: Mutation): boolean => {
  if (how === 'delete' || how === 'swap') return true
  const [key = '', value = ''] = was.split(/[=:](.*)/s)
  const [newKey = '', newValue = ''] = now.split(/[=:](.*)/s)
  if (was.startsWith('/')) return newKey !== key || newValue === value
  return (
    newKey.trim() === key.trim() && /^(path|oslo_config_project|disable_by_file_path)\b/.test(key)
  )
}
