import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import {
  appconfig,
  type LoadOptions,
  loadapp,
  loadfilter,
  loadserver,
} from '../../../lib/paste/index.js'
import { contractFile } from '../../support/contract.js'
import { inner, type Node, recording } from './recording.js'

interface Case {
  id: string
  about: string
  op: 'loadapp' | 'loadfilter' | 'loadserver' | 'appconfig'
  uri: string
  name: string | null
  relative_to: string | null
  global_conf: Record<string, string> | null
  names?: string[]
  should_name?: string[]
  should_point_at?: Record<string, unknown>
  deviation?: string
  expect: {
    tree?: unknown
    calls?: string[]
    config?: Record<string, unknown>
    error?: { kind: string }
  }
}

/** Cases where ours differs on purpose, with what comes of it instead. */
const differently: Readonly<Record<string, string>> = {
  'error-bare-section': 'app(bare)',
  'error-call-in-filter-app': 'filter(app)',
  'error-call-in-pipeline': 'filter(app)',
  'error-call-last-in-pipeline': 'filter(app)',
  'error-call-direct': 'app',
  'error-call-dotted-attribute': 'app',
  'error-globals-percent': 'app',
  'filter-with-on-pipeline': 'filter(filter(app))',
  'filter-with-twice': 'filter(filter(filter(app)))',
  'error-percent-include': 'app',
  'error-default-protocol': 'app',
}

/** Those that must at least be warned of. */
const warned: ReadonlySet<string> = new Set([
  'alias-shadow',
  'explicit-filter-both',
  'use-beats-protocol',
  'options-hidden-by-default',
  'globals-hide-option',
  'pipeline-through-use',
  'filter-with-used',
  'grammar-default-lower',
  'default-protocol-with-use',
  // an empty reference in DEFAULT
  'interpolation',
  'interpolation-before-override',
  // children asked for without globals, of a composite that sets some
  'composite-tree',
  'composite-no-globals',
  'composite-chain',
  'composite-override',
  // the filter used has `use` and `filter-with`, so an option over it is lost
  'filter-app-set',
])

const shapeOf = (node: Node): string =>
  node.kind + (node.children.length ? `(${node.children.map(shapeOf).join(', ')})` : '')

describe('paste: the cases of the contract', () => {
  it('come out as in the original, or better where it is at fault', async function () {
    const file = contractFile(this, 'paste/cases/cases.json')
    const folder = join(file, '../ini')
    const put = <Value>(value: Value): Value =>
      JSON.parse(JSON.stringify(value).replaceAll('<DIR>', folder)) as Value
    const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[]
    assert.equal(cases.length, 202)

    const failures: string[] = []
    for (const one of cases.map(put)) {
      try {
        await check(one, folder)
      } catch (error) {
        failures.push(`${one.id}: ${one.about}\n${error instanceof Error ? error.message : error}`)
      }
    }
    assert.equal(failures.join('\n\n'), '')
  })
})

const check = async (one: Case, folder: string): Promise<void> => {
  const { modules, packages, calls } = recording()
  const warnings: string[] = []
  const options: LoadOptions = {
    name: one.name,
    relativeTo: one.relative_to,
    globalConf: one.global_conf,
    modules,
    packages,
    warn: warning => warnings.push(warning.message),
  }
  const { expect } = one
  try {
    if (one.op === 'appconfig') {
      const { config, globalConf, localConf } = await appconfig(one.uri, options)
      assert.deepEqual(
        { merged: config, global_conf: globalConf, local_conf: localConf },
        expect.config,
      )
      return
    }
    const made: unknown = await load(one.op, one.uri, options)
    const shape = differently[one.id]
    if (shape !== undefined) {
      assert.equal(shapeOf(made as Node), shape.replace('(bare)', ''))
      return
    }
    assert.deepEqual(made, expect.tree, 'tree')
    assert.deepEqual(calls, expect.calls, 'calls')
    assert.equal(warnings.length > 0, warned.has(one.id), `warnings: ${warnings.join('; ')}`)
  } catch (error) {
    if (!expect.error || error instanceof assert.AssertionError) throw error
    checkError(one, error, folder)
  }
}

const load = async (op: Case['op'], uri: string, options: LoadOptions): Promise<unknown> => {
  if (op === 'loadapp') return loadapp(uri, options)
  const around: unknown = await (op === 'loadfilter' ? loadfilter : loadserver)(uri, options)
  return (around as (node: Node) => unknown)(inner())
}

const checkError = (one: Case, error: unknown, folder: string): void => {
  assert(error instanceof Error)
  const told = error as Error & Record<string, unknown>
  assert.equal(told.kind, one.expect.error?.kind, error.stack)
  const chain = Array.isArray(told.chain) ? told.chain.join(' ') : ''
  const text = `${error.message} ${told.file} ${chain}`
  for (const name of [...(one.names ?? []), ...(one.should_name ?? [])]) {
    // a factory's own error keeps its own text; where it stands is told beside it
    assert(
      (told.kind === 'factory-refused' ? text : error.message).includes(name),
      `'${name}' is not in: ${error.message}`,
    )
  }
  for (const [key, value] of Object.entries(one.should_point_at ?? {})) {
    const got = told[key]
    const shown = key === 'file' ? relative(folder, String(got)) && basename(String(got)) : got
    assert.equal(shown, value, `${key}: ${error.message}`)
  }
}
