import { buildApp } from './build.js'
import { ConfigFile } from './config-file.js'
import { type LoadOptions, planFor, sessionOf } from './load.js'
import type { App, Filter } from './types.js'

export interface LoadTextOptions extends LoadOptions {
  /**
   * What stands for a section, by its whole name: `filter:auth` for a filter (`app => app`), any other for a
   * function that gives the app. The section's own lines are not looked at.
   */
  readonly stubs?: Readonly<Record<string, Filter | (() => App)>> | undefined
}

/**
 * The app of a text, as `loadapp` would make it of a file in the folder `relativeTo` (the working
 * directory when absent). For tests.
 *
 * @throws as {@link loadapp}; the file is called `text.ini`
 */
export const loadText = async (text: string, options: LoadTextOptions = {}): Promise<App> => {
  const relativeTo = options.relativeTo ?? process.cwd()
  const session = sessionOf(options, { stubs: options.stubs })
  const name = `${relativeTo}/text.ini`
  session.files.set(name, Promise.resolve(ConfigFile.parse(name, text)))
  const plan = await planFor(session, 'app', 'config:text.ini', { ...options, relativeTo })
  return buildApp(session, plan)
}
