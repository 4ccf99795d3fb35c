import type { Server } from 'node:http'
import { novaModules } from '../filters/aliases.js'
import { buildApp } from '../paste/build.js'
import { dispose } from '../paste/dispose.js'
import {
  combineTracers,
  type LintError,
  type Outcome,
  type Step,
  type StubOptions,
  stepTracer,
} from '../paste/index.js'
import { type NodeView, stubbedTree, treeText } from '../paste/inspect/index.js'
import { stubbedPlan } from '../paste/load-text.js'
import { serverOf } from '../paste/stock/shell.js'
import type { App } from '../paste/types.js'
import { failTest } from './fail-test.js'

export interface PipelineOptions extends Omit<StubOptions, 'lint' | 'cut'> {
  /** `filter:auth`: nothing from this filter on is loaded; `end` answers there. */
  readonly cutAt?: string | undefined
  /** What answers where a pipeline is cut; 200 and what came, as JSON, when absent. */
  readonly end?: App | undefined
  /**
   * Told of what breaks the contract of an app (see `lintFilter`), which is watched around every filter. When
   * absent the breach is thrown where no filter catches it, and so fails the test that runs; false: nothing is
   * watched.
   */
  readonly lint?: false | ((breach: LintError) => void) | undefined
  /** Told of errors that leave the pipeline; they are answered, but not printed, when absent. */
  readonly failed?: ((error: unknown) => void) | undefined
}

/** Pipelines of an ini, for a test. */
export interface TestPipeline {
  /** For supertest: `request(pipeline.server).get('/')`. It is as `paster serve` would have it. */
  readonly server: Server
  /** The app alone. */
  readonly app: App
  /** What a request passes, every option with its place: as `paster show --json`. */
  readonly tree: NodeView
  /** The same as text, for a snapshot; places are relative to `relativeTo`. */
  readonly text: string
  /** What each section did with the last request that is over: `['filter:a passed +x-a', 'app:b answered']`. */
  readonly steps: readonly string[]
  /** Closes the apps and filters that have a `close()`. */
  close(): Promise<void>
}

/**
 * Loads what a URI names, or the text of an ini, for a test: with stubs for sections, cut at a filter, and
 * every filter held to the contract of an app.
 *
 *     const pipeline = await loadPipeline(`
 *     [pipeline:main]
 *     pipeline = mine hello
 *     [filter:mine]
 *     paste.filter_factory = ./mine.js:factory
 *     [app:hello]
 *     `, { stubs: { 'app:hello': () => (req, res) => res.end('hello') } })
 *     await request(pipeline.server).get('/').expect(200, 'hello')
 *
 * @throws as `loadapp`; RangeError when there is no filter to cut at
 */
export const loadPipeline = async (
  source: string,
  { cutAt, end = tellWhatCame, lint = failTest, failed, ...given }: PipelineOptions = {},
): Promise<TestPipeline> => {
  const options: StubOptions = {
    ...given,
    modules: { ...novaModules(), ...given.modules },
    lint: lint || undefined,
    cut: cutAt === undefined ? undefined : { at: cutAt, app: end },
  }
  let last: readonly Step[] = []
  const tracer = combineTracers(
    options.tracer,
    stepTracer({
      done: steps => {
        last = steps
      },
    }),
  )
  const tree = await stubbedTree(source, { ...options, warn: () => {} })
  const { session, plan, built } = await stubbedPlan(source, { ...options, tracer })
  const made = new Set<unknown>()
  const app = await buildApp({ ...session, made: thing => made.add(thing) }, plan)
  built()
  return {
    server: serverOf(app, failed ?? (() => {})),
    app,
    tree,
    text: treeText(tree, { colour: false, folder: options.relativeTo ?? process.cwd() }),
    get steps() {
      return last.map(({ section, outcome, changes }) => stepText(section, outcome, changes))
    },
    close: async () => {
      for (const thing of [...made].toReversed()) await dispose(thing)
      made.clear()
    },
  }
}

const stepText = (section: string, outcome: Outcome, changes: readonly string[]): string =>
  [section, outcome, ...changes].join(' ')

const tellWhatCame: App = (req, res) => {
  const { method, baseUrl, url, headers } = req
  res.json({ method, baseUrl, url, headers })
}
