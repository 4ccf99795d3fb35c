import { createServer } from 'node:http'
import express from 'express'
import request from 'supertest'
import { type ConfOverrides, defaultConf } from '../../lib/conf/index.js'
import {
  type App,
  type Filter,
  type FilterFactory,
  type GlobalConf,
  lintFilter,
} from '../../lib/paste/index.js'
import { type Runtime, withRuntime } from '../../lib/runtime/index.js'
import { failTest } from '../../lib/testing/fail-test.js'
import { MemoryLog } from './log.js'
import { unusedCompute } from './unused.js'

/** Globals with a runtime of defaults. */
export const globalsWith = (
  overrides: ConfOverrides = {},
  parts: Partial<Runtime> = {},
): GlobalConf =>
  withRuntime(
    {},
    {
      conf: defaultConf(overrides),
      log: new MemoryLog(),
      contexts: {},
      compute: unusedCompute(),
      ...parts,
    },
  )

/**
 * An app behind Express, as a process serves it, held to the contract of an app; what it passes on with an
 * error answers 599.
 */
export const serve = (app: App): ReturnType<typeof request> => {
  const shell = express().disable('x-powered-by').disable('etag')
  const linted = lintFilter(failTest)(app)
  shell.use((req, res, next) => linted(req, res, next))
  const failed: express.ErrorRequestHandler = (error, _req, res, _next) => {
    res.status(599).end(`${error.code} ${error.message}`)
  }
  return request(createServer(shell.use(failed)))
}

/** Says what a filter left on the request. */
export const echo: App = (req, res) => {
  res.json({ protocol: req.protocol, host: req.headers.host, base: req.baseUrl, url: req.url })
}

/** The filter, with what is behind it held to the contract as it is itself. */
export const linted =
  (filter: Filter): Filter =>
  app =>
    lintFilter(failTest)(filter(lintFilter(failTest)(app)))

/** One filter around an app. */
export const filtered = async (
  factory: FilterFactory,
  localConf: Record<string, string> = {},
  { app = echo, globals = globalsWith() }: { app?: App; globals?: GlobalConf } = {},
): Promise<ReturnType<typeof request>> => serve(linted(await factory(globals, localConf))(app))
