import { buildApp } from './build.js'
import { ConfigFile } from './config-file.js'
import { type LoadOptions, planFor, sessionOf } from './load.js'
import type { Plan } from './plan.js'
import type { Session } from './session.js'
import type { App, Filter } from './types.js'

export interface StubOptions extends LoadOptions {
  /**
   * What stands for a section, by its whole name: `filter:auth` for a filter (`app => app`), any other for a
   * function that gives the app. The section's own lines are not looked at.
   */
  readonly stubs?: Readonly<Record<string, Filter | (() => App)>> | undefined
  /**
   * Cuts every pipeline at this filter, `filter:auth`: `app` stands in the place of it and of all that is
   * further in, which a pipeline section does not load then.
   */
  readonly cut?: { readonly at: string; readonly app: App } | undefined
}

/** A plan with stubs in it, and what it is to be built with. */
export interface StubbedPlan {
  readonly session: Session
  readonly plan: Plan
  /** To be called when it is built. @throws RangeError when there is no filter to cut at */
  readonly built: () => void
}

/**
 * @param source  a URI; or the text of an ini, which is known by its having more than one line, and is
 *   called `text.ini` in the folder `relativeTo`
 */
export const stubbedPlan = async (
  source: string,
  options: StubOptions = {},
): Promise<StubbedPlan> => {
  const { stubs, cut } = options
  const relativeTo = options.relativeTo ?? process.cwd()
  let isCut = false
  const met = (): void => {
    isCut = true
  }
  const session = sessionOf(options, {
    stubs: cut
      ? {
          ...stubs,
          // where a composite puts filters together
          [cut.at]: () => {
            met()
            return cut.app
          },
        }
      : stubs,
    cut: cut && { ...cut, met },
  })
  const isText = source.includes('\n')
  if (isText) {
    const name = `${relativeTo}/text.ini`
    session.files.set(name, Promise.resolve(ConfigFile.parse(name, source)))
  }
  const uri = isText ? 'config:text.ini' : source
  return {
    session,
    plan: await planFor(session, 'app', uri, { ...options, relativeTo }),
    built: () => {
      if (cut && !isCut) throw new RangeError(`no pipeline has ${cut.at}, to be cut there`)
    },
  }
}

/**
 * The app of a text, as `loadapp` would make it of a file in the folder `relativeTo` (the working
 * directory when absent). For tests.
 *
 * @throws as {@link loadapp}; the file is called `text.ini`
 */
export const loadText = async (text: string, options: StubOptions = {}): Promise<App> => {
  const { session, plan, built } = await stubbedPlan(`${text}\n`, options)
  const app = await buildApp(session, plan)
  built()
  return app
}
