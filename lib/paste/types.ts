import type { NextFunction, Request, Response } from 'express'

/**
 * What stands at the end of a pipeline, or anywhere in it: Express's own handler. It may have a `close()`, as
 * may a filter: called, and awaited, when nothing more will be asked of it (after a reload, or at the end).
 */
export type App = (req: Request, res: Response, next: NextFunction) => void

/**
 * A line that `paster routes` prints for an app. It is told by a function `routes` of the factory, called as
 * the factory would be, or by one of the app: either gives an array of these, the first also a promise.
 */
export interface AppRoute {
  /** `GET` */
  readonly method: string
  /** Below where it is mounted, as it was written: `/servers/:id`. */
  readonly path: string
}

/** Wraps an app; called once, at load. What it returns runs for every request. */
export type Filter = (app: App) => App

/** Starts serving an app; resolves or returns when the server has ended, if it ever does. */
export type Server = (app: App) => unknown

/**
 * `[DEFAULT]` of the ini, `here`, `__file__` and what the caller of the loader passed. Strings, but
 * for symbol keys: by those an embedding program hands live objects to its factories (see
 * `lib/runtime`). Spreading keeps them.
 */
export type GlobalConf = { readonly [key: string]: string } & { readonly [key: symbol]: unknown }

/** The section's own keys, in their order in the file. */
export type LocalConf = { readonly [key: string]: string }

type MaybePromise<T> = T | Promise<T>

/** `paste.app_factory` */
export type AppFactory = (globalConf: GlobalConf, localConf: LocalConf) => MaybePromise<App>
/** `paste.filter_factory` */
export type FilterFactory = (globalConf: GlobalConf, localConf: LocalConf) => MaybePromise<Filter>
/** `paste.filter_app_factory` */
export type FilterAppFactory = (
  app: App,
  globalConf: GlobalConf,
  localConf: LocalConf,
) => MaybePromise<App>
/** `paste.composite_factory` */
export type CompositeFactory = (
  loader: Loader,
  globalConf: GlobalConf,
  localConf: LocalConf,
) => MaybePromise<App>
/** `paste.server_factory` */
export type ServerFactory = (globalConf: GlobalConf, localConf: LocalConf) => MaybePromise<Server>
/** `paste.server_runner` */
export type ServerRunner = (app: App, globalConf: GlobalConf, localConf: LocalConf) => unknown

/** What a composite factory loads its parts with: names are sections of the same file, or URIs. */
export interface Loader {
  getApp(name?: string, globalConf?: GlobalConf): Promise<App>
  getFilter(name?: string, globalConf?: GlobalConf): Promise<Filter>
  getServer(name?: string, globalConf?: GlobalConf): Promise<Server>
}
