import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import express from 'express'
import { type ConfOverrides, defaultConf, type NovaConf } from '../conf/index.js'
import type { RequestContext } from '../context/index.js'
import { apiHistory, cellHistory } from '../db/migrations/history.js'
import { migrate } from '../db/migrations/migrate.js'
import { novaModules } from '../filters/aliases.js'
import { type Log, silentLog } from '../log/index.js'
import type { NetworkApi } from '../network/api.js'
import { CellMapping } from '../objects/index.js'
import { loadapp } from '../paste/index.js'
import { Enforcer, type EnforcerOptions } from '../policy/index.js'
import { FakeBroker } from '../rpc/index.js'
import { withRuntime } from '../runtime/index.js'
import { apiRuntime } from '../service/compose/api.js'
import { type DirectProcess, openDirectProcess } from '../service/compose/process.js'
import { requestTracer } from '../service/request-tracer.js'
import { failTest } from './fail-test.js'
import { FakeImages } from './fake-images.js'
import { FakeNetwork } from './fake-network.js'
import { FakeShares } from './fake-shares.js'
import { FakeVolumes } from './fake-volumes.js'
import { type TestUser, testTokens } from './users.js'

export interface TestApiOptions {
  /** Over nova's defaults, as in nova.conf: `{ api: { max_limit: 2 } }`. Databases are in memory unless it says where. */
  readonly conf?: ConfOverrides
  /** Rules of your own, a policy file. */
  readonly policy?: EnforcerOptions
  /** Folders of extensions beside those that come with the API. */
  readonly extensions?: readonly string[]
  /** In place of {@link FakeNetwork}. */
  readonly network?: NetworkApi
  /** Hears of each statement to the databases. */
  readonly onQuery?: (sql: string) => void
  /** Silent unless given. */
  readonly log?: Log
  /** An api-paste.ini in place of the one that comes with the API; absolute. */
  readonly pasteConfig?: string
  /** Name of the app in it. */
  readonly app?: string
}

/** A whole compute API in this process. */
export interface TestApi {
  /** For supertest: `request(api.app).get('/v2.1/servers')`. */
  readonly app: express.Express
  readonly conf: NovaConf
  readonly images: FakeImages
  readonly volumes: FakeVolumes
  readonly shares: FakeShares
  /** Messages go here; nobody listens but who subscribes. */
  readonly broker: FakeBroker
  /** An administrator's context, aimed at the one cell: for objects that a test needs. */
  readonly context: RequestContext
  readonly cell: CellMapping
  /** Databases, messages and cells, as nova-api has them. */
  readonly process: DirectProcess
  /** Headers of a request by a user, at a microversion: `.set(api.as('member', '2.53'))`. */
  as(user: TestUser, version?: string): Record<string, string>
  close(): Promise<void>
}

const MEMORY = 'sqlite://'
const ownIni = resolve(import.meta.dirname, '../../../api-paste.ini')

/**
 * nova-api on embedded parts: api-paste.ini with all its filters, both databases in memory, messages
 * in process, nova's policy, {@link TestUser}s instead of Keystone, an image and a network service
 * that answer at once. No conductor and no compute run: a server stays in BUILD unless the test
 * goes on by itself.
 */
export const createTestApi = async (options: TestApiOptions = {}): Promise<TestApi> => {
  const broker = new FakeBroker()
  const conf = confOf(options)
  const log = options.log ?? silentLog
  const process = await openDirectProcess({
    conf,
    log,
    policy: new Enforcer(options.policy),
    broker,
    onQuery: options.onQuery,
  })
  try {
    await Promise.all([migrate(process.api, apiHistory), migrate(process.data.cell, cellHistory)])
    const cell = await mapCell(process)
    const images = new FakeImages()
    const volumes = new FakeVolumes()
    const shares = new FakeShares()
    const runtime = apiRuntime(process, {
      images,
      network: options.network ?? new FakeNetwork(),
      volumes,
      shares,
      tokens: testTokens(),
    })
    const name = options.app ?? 'osapi_compute'
    const api = await loadapp(`config:${options.pasteConfig ?? ownIni}#${name}`, {
      globalConf: withRuntime({}, runtime),
      modules: novaModules(),
      lint: failTest,
      tracer: await requestTracer(conf),
    })
    return {
      app: express().disable('x-powered-by').use(api),
      conf,
      images,
      volumes,
      shares,
      broker,
      context: await process.cells.target(process.adminContext, cell),
      cell,
      process,
      as: (user, version) => ({
        'x-auth-token': user,
        ...(version === undefined ? {} : { 'openstack-api-version': `compute ${version}` }),
      }),
      close: () => process.close(),
    }
  } catch (error) {
    await process.close()
    throw error
  }
}

const confOf = ({ conf, extensions }: TestApiOptions): NovaConf =>
  defaultConf({
    ...conf,
    DEFAULT: { ...conf?.DEFAULT, transport_url: 'fake://' },
    database: { connection: MEMORY, ...conf?.database },
    api_database: { connection: MEMORY, ...conf?.api_database },
    ...(extensions ? { api: { ...conf?.api, extensions_path: extensions } } : {}),
  })

/** One cell; its database is the process's own. */
const mapCell = async ({ adminContext, conf }: DirectProcess): Promise<CellMapping> => {
  const cell = new CellMapping(adminContext, {
    uuid: randomUUID(),
    name: 'cell1',
    transportUrl: conf.DEFAULT.transport_url,
    databaseConnection: conf.database.connection ?? MEMORY,
    disabled: false,
  })
  await cell.create()
  return cell
}
