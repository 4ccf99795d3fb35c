import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { novaModules } from '../../../../lib/filters/aliases.js'
import { checkFile, type NodeView, showTree } from '../../../../lib/paste/inspect/index.js'
import { judge, type Outcome } from './judge.js'
import { mutate, randomFrom } from './mutations.js'

/** How many to try of each file; KILONOVA_MUTATIONS asks for more, KILONOVA_SEED for others. */
const wanted = Number(process.env.KILONOVA_MUTATIONS ?? 120)
const seed = Number(process.env.KILONOVA_SEED ?? 2026)

const root = resolve(import.meta.dirname, '../../../../..')

/** What a tree comes to, whatever line it stands on. */
const meaning = (node: NodeView): unknown => [
  node.kind,
  node.name,
  node.mount?.replaceAll(/\/\/+/g, '/'),
  node.factory,
  node.options.map(({ name, value }) => [name, value]),
  // which mount is tried first is not told by their order
  (node.mounts ?? []).map(one => JSON.stringify(meaning(one))).toSorted(),
  [...(node.filters ?? []), ...(node.app ? [node.app] : [])].map(meaning),
]

for (const [name, file, entries] of [
  ['api-paste.ini', 'api-paste.ini', ['kilonova', 'companions']],
  ["nova's own api-paste.ini", 'test/fixtures/stock-api-paste.ini', ['osapi_compute', 'metadata']],
] as const) {
  describe(`${name} with one line broken`, function () {
    this.timeout(Math.max(60_000, wanted * 300))
    const original = readFileSync(join(root, file), 'utf8')
    const options = { modules: novaModules(), warn: () => {} }
    let folder = ''
    let number = 0
    const look = async (text: string) => {
      const ini = join(folder, `${number++}.ini`)
      writeFileSync(ini, text)
      const uri = `config:${ini}`
      const [first, ...others] = entries
      const { findings } = await checkFile(uri, { ...options, name: first, others })
      const trees = []
      for (const entry of entries) {
        trees.push(await showTree(uri, { ...options, name: entry }).catch(() => null))
      }
      return { findings, meaning: JSON.stringify(trees.map(tree => tree && meaning(tree.tree))) }
    }
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'paste-'))
    })
    after(() => rmSync(folder, { recursive: true }))

    it('is told with its place and its cure, or still means what it says', async () => {
      const before = await look(original)
      assert.deepEqual(before.findings, [])
      const random = randomFrom(seed)
      const counts: Record<string, number> = {}
      const bad: string[] = []
      for (let tried = 0; tried < wanted; tried++) {
        const mutation = mutate(original, random)
        const { findings, meaning } = await look(mutation.text)
        const outcome: Outcome = judge(mutation, original, findings, meaning === before.meaning)
        counts[outcome] = (counts[outcome] ?? 0) + 1
        if (
          outcome === 'told rightly' ||
          outcome === 'same meaning' ||
          outcome === 'another meaning'
        )
          continue
        const { how, line, was, now } = mutation
        const told = findings.map(
          ({ line, text, suggestion, cure }) => `\n    ${line}: ${text} → ${suggestion} ${cure}`,
        )
        bad.push(`${outcome}: ${how} ${line} '${was}' → '${now}'${told.join('')}`)
      }
      console.log(`        ${wanted} tried: ${JSON.stringify(counts)}`)
      if (process.env.KILONOVA_MUTATIONS) console.log(bad.join('\n'))
      const { silent = 0, 'told badly': badly = 0, 'place without cure': cureless = 0 } = counts
      assert.deepEqual({ silent, badly }, { silent: 0, badly: 0 }, bad.join('\n'))
      assert(cureless <= wanted * 0.03, bad.join('\n'))
    })
  })
}
