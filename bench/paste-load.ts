import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { novaModules } from '../lib/filters/aliases.js'
import { type App, type Filter, loadapp, type Modules } from '../lib/paste/index.js'
import { checkFile } from '../lib/paste/inspect/index.js'
import { globalsWith } from '../test/support/filters.js'
import { median } from './median.js'

const times = 41

const stock = `config:${resolve(import.meta.dirname, '../../test/fixtures/stock-api-paste.ini')}`

const app: App = (_req, res) => void res.end()
const filter: Filter = inner => (req, res, next) => inner(req, res, next)
const standIns = { app: () => app, filter: () => filter }

/** Nova's composites as they are; its filters and applications do nothing, and cost nothing to make. */
const standInModules = (): Modules => {
  const composites = /urlmap|nova\.api\.auth$/
  const factory = Object.assign(() => filter, { factory: () => filter })
  const anything = new Proxy(
    {},
    { get: (_target, name) => (name === 'then' ? undefined : factory) },
  )
  return Object.fromEntries(
    Object.entries(novaModules()).map(([name, source]) => [
      name,
      composites.test(name) ? source : () => anything,
    ]),
  )
}

/** A urlmap of pipelines, eight filters and an application each: nine tenths are filters and apps. */
const generated = (sections: number): string => {
  const pipelines = Array.from({ length: Math.floor((sections - 1) / 10) }, (_, n) => n)
  const filtersOf = (n: number): string[] => Array.from({ length: 8 }, (_, f) => `f${n}-${f}`)
  return [
    '[DEFAULT]\nsite = north\n[composite:main]\nuse = egg:Paste#urlmap',
    ...pipelines.map(n => `/p${n} = p${n}`),
    ...pipelines.flatMap(n => [
      `[pipeline:p${n}]\npipeline = ${filtersOf(n).join(' ')} a${n}`,
      ...filtersOf(n).map(
        name =>
          `[filter:${name}]\npaste.filter_factory = bench:filter\nlabel = ${name} of %(site)s`,
      ),
      `[app:a${n}]\npaste.app_factory = bench:app`,
    ]),
  ].join('\n')
}

/** Milliseconds of processor time, the first (code as yet uncompiled) and the median of many. */
const report = async (name: string, work: () => Promise<unknown>): Promise<void> => {
  const samples: number[] = []
  for (let n = 0; n < times; n++) {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    samples.push((user + system) / 1000)
  }
  const [first = Number.NaN] = samples
  console.log(
    name.padEnd(52) + [first, median(samples)].map(ms => ms.toFixed(1).padStart(8)).join(''),
  )
}

/** What loading costs: nova's stock file, and files of many sections, to see that it grows in a line. */
export const pasteLoad = async (): Promise<void> => {
  console.log('milliseconds of CPU to load, the first time and the median')
  const quiet = { warn: () => {}, globalConf: globalsWith({ api: { auth_strategy: 'noauth2' } }) }
  const modules = standInModules()
  await report("nova's stock file, the loader alone", () =>
    loadapp(`${stock}#osapi_compute`, { ...quiet, modules }),
  )
  await report("nova's stock file, with nova's API in it", () =>
    loadapp(`${stock}#osapi_compute`, { ...quiet, modules: novaModules() }),
  )
  await report("nova's stock file, paster check", () =>
    checkFile(stock, { ...quiet, modules: novaModules() }),
  )
  const folder = mkdtempSync(join(tmpdir(), 'paste-bench-'))
  try {
    for (const sections of [1000, 2000, 4000]) {
      const uri = `config:${join(folder, `${sections}.ini`)}`
      writeFileSync(uri.slice('config:'.length), generated(sections))
      const options = { modules: { bench: standIns } }
      await report(`${sections} sections`, () => loadapp(uri, options))
      if (sections === 4000) continue
      await report(`${sections} sections, paster check`, () => checkFile(uri, options))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
