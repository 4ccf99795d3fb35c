import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { defaultConf, type NovaConf } from '../../conf/index.js'
import { localServices } from '../../embedded/support/local-services.js'
import { novaModules } from '../../filters/aliases.js'
import type { Log } from '../../log/index.js'
import { discoverHosts } from '../../objects/index.js'
import { type App, ReloadableApp, type Tracer } from '../../paste/index.js'
import { FakeBroker } from '../../rpc/index.js'
import { type Runtime, withRuntime } from '../../runtime/index.js'
import {
  apiRuntime,
  computeService,
  conductorService,
  enforcerOf,
  openDirectProcess,
  openIndirectProcess,
  schedulerService,
  serviceClients,
} from '../../service/compose/index.js'
import {
  type ReportSection,
  requestTracer,
  type Service,
  WsgiService,
} from '../../service/index.js'
import { IniReport } from '../ini-report.js'
import { Companions } from './companions.js'
import { knownPassword, writeCredentials } from './credentials.js'
import type { AllOptions } from './options.js'
import { databases, mapCells, seedFlavors, syncSchemas } from './prepare.js'
import type { StateDir } from './state.js'

const ownIni = resolve(import.meta.dirname, '../../../../api-paste.ini')

/** Seconds that work under way gets at the end: Ctrl-C is to be done within two. */
const STOP_SECONDS = 1

export interface CloudReport {
  readonly url: string
  readonly openrc: string | null
  readonly hosts: readonly string[]
}

/** A whole cloud in this process. */
export class EmbeddedCloud {
  readonly #options: AllOptions
  readonly #state: StateDir
  readonly #log: Log
  readonly #stoppers: (() => Promise<void>)[] = []
  readonly #reporters: (() => readonly ReportSection[])[] = []
  /** Takes the port before there is an app. */
  readonly #gate = new Gate()

  constructor(options: AllOptions, state: StateDir, log: Log) {
    this.#options = options
    this.#state = state
    this.#log = log
  }

  /** @throws ListenError, DatabaseConnectionError, PasteError */
  async start(): Promise<CloudReport> {
    const { host, port, companionsOnly, computeUrl, adminPassword } = this.#options
    const state = this.#state
    const known = knownPassword(state)
    // The port is taken first: a second start on it must not touch what the first one keeps.
    const wsgi = new WsgiService({
      name: 'kilonova',
      app: this.#gate.app,
      host,
      port,
      log: this.#log,
      gracefulShutdownTimeout: STOP_SECONDS,
    })
    await wsgi.start()
    this.#onStop(() => this.#gate.close())
    this.#onStop(() => wsgi.stop())
    this.#reporters.push(() => wsgi.report())
    const url = publicUrlOf(host, wsgi.port)

    const isNew = known === null
    const companions = await Companions.open({
      state,
      publicUrl: url,
      isNew,
      ...(companionsOnly ? { computeUrl: computeUrl ?? `http://${host}:8774/v2.1` } : {}),
      adminPassword: adminPassword ?? undefined,
      log: this.#log,
    })
    this.#onStop(() => companions.close())
    const conf = this.#conf(hostname(), url)
    const policy = enforcerOf(conf, this.#log)
    const password = companions.bootstrap.adminPassword ?? known
    const openrc =
      password === null
        ? null
        : writeCredentials(state, { authUrl: `${url}/identity/v3`, password })

    const tracer = await requestTracer(conf)
    const ini = resolve(this.#options.pasteConfig ?? ownIni)
    const pipelines = { ini, companions, log: this.#log, tracer }
    if (companionsOnly) {
      const alone = { conf, log: this.#log, policy, contexts: { policy } }
      await this.#gate.open('companions', {
        ...pipelines,
        runtime: { ...alone, tokens: companions.identity },
      })
      return { url, openrc, hosts: [] }
    }
    await syncSchemas(state)
    const broker = new FakeBroker()
    const direct = await openDirectProcess({ conf, log: this.#log, policy, broker })
    this.#onStop(() => direct.close())
    await mapCells(direct.adminContext, state)
    await seedFlavors(direct.adminContext, isNew)
    const clients = serviceClients(conf, {
      session: companions.identity.serviceSession(),
      local: localServices(wsgi.shell, url),
    })
    const parts = { ...clients, tokens: companions.identity }
    await this.#gate.open('kilonova', { ...pipelines, runtime: apiRuntime(direct, parts) })
    await this.#run(conductorService(direct, { ...clients, isAlone: true }))
    await this.#run(await schedulerService(direct))
    const hosts = this.#hostNames()
    for (const name of hosts) {
      const own = this.#conf(name, url)
      const indirect = openIndirectProcess({ conf: own, log: this.#log, policy, broker })
      this.#onStop(() => indirect.close())
      await this.#run(computeService(indirect, clients))
    }
    await discoverHosts(direct.adminContext, await direct.cells.mappings(direct.adminContext))
    return { url, openrc, hosts }
  }

  /** In the order opposite to the start: who takes requests first, who has the data last. */
  async stop(): Promise<void> {
    for (const stop of this.#stoppers.splice(0).reverse()) await stop()
  }

  /** SIGHUP: the pipelines of api-paste.ini anew. @throws as they cannot be loaded; then all is as before */
  async reload(): Promise<void> {
    await this.#gate.reload()
    this.#log.info({}, 'Reloaded')
  }

  report(): readonly ReportSection[] {
    return this.#reporters.flatMap(report => report())
  }

  #onStop(stop: () => Promise<void>): void {
    this.#stoppers.push(stop)
  }

  async #run(service: Service<unknown>): Promise<void> {
    this.#onStop(() => service.stop())
    this.#reporters.push(() => service.report())
    await service.start()
  }

  /** One host has the machine's name; several have it with a number. */
  #hostNames(): string[] {
    const { computeNodes } = this.#options
    if (computeNodes === 1) return [hostname()]
    return Array.from({ length: computeNodes }, (_, index) => `${hostname()}-${index + 1}`)
  }

  #conf(host: string, url: string): NovaConf {
    const state = this.#state
    return defaultConf({
      DEFAULT: {
        host,
        transport_url: 'fake://',
        compute_driver: 'fake.FakeDriver',
        state_path: state.path,
        debug: this.#options.debug,
        // Nobody else is on this machine's periodic beat.
        periodic_fuzzy_delay: 1,
        graceful_shutdown_timeout: STOP_SECONDS,
      },
      tracing: { spans: this.#options.spans, server_timing: this.#options.serverTiming },
      api_database: { connection: state.database(databases.api) },
      database: { connection: state.database(databases.cell1) },
      // The fake hypervisor has consoles of all kinds; nobody listens there.
      spice: { enabled: true },
      serial_console: { enabled: true },
      mks: { enabled: true },
      keystone_authtoken: {
        auth_url: `${url}/identity/v3`,
        www_authenticate_uri: `${url}/identity`,
      },
    })
  }
}

/** Where clients reach us; an address that means all of this machine's is no place to go to. */
const publicUrlOf = (host: string, port: number): string => {
  const name = host === '0.0.0.0' || host === '::' ? hostname() : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

interface Pipelines {
  readonly ini: string
  readonly companions: Companions
  readonly runtime: Partial<Runtime>
  readonly log: Log
  readonly tracer: Tracer | undefined
}

/** Takes the port before there is an app: who comes early is told to come again. */
class Gate {
  #pipelines: ReloadableApp | null = null
  #report: IniReport | null = null

  readonly app: App = (req, res, next) => {
    if (this.#pipelines) return this.#pipelines.app(req, res, next)
    res.writeHead(503, { 'retry-after': '1', 'content-type': 'text/plain' })
    res.end('The cloud is starting.\n')
  }

  /** @param name  section of api-paste.ini */
  async open(name: string, { ini, companions, runtime, log, tracer }: Pipelines): Promise<void> {
    const uri = `config:${ini}`
    const globalConf = companions.into(withRuntime({}, runtime))
    const options = { name, globalConf, modules: novaModules() }
    const report = new IniReport(uri, options, log)
    this.#report = report
    this.#pipelines = await report.over(() =>
      ReloadableApp.load(uri, {
        ...options,
        warn: report.warn,
        failed: error => log.warn({ err: error }, 'The pipelines before the reload'),
        tracer,
      }),
    )
  }

  async reload(): Promise<void> {
    await this.#report?.over(async () => this.#pipelines?.reload())
  }

  async close(): Promise<void> {
    await this.#pipelines?.close()
  }
}
