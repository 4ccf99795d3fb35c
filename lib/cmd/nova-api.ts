import './require-node.js'
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { NovaConf } from '../conf/index.js'
import { novaModules } from '../filters/aliases.js'
import { ReloadableApp } from '../paste/index.js'
import { withRuntime } from '../runtime/index.js'
import {
  apiRuntime,
  enforcerOf,
  refuseOldComputes,
  serviceClients,
  tokenValidator,
} from '../service/compose/index.js'
import { requestTracer, WsgiService } from '../service/index.js'
import { OperatorError } from '../util/operator-error.js'
import { type DaemonContext, type Running, runDaemon } from './daemon.js'
import { IniReport } from './ini-report.js'
import { openWaiting } from './worker.js'

/** The name that stands for "wherever it is": nova's default. */
const DEFAULT_INI = 'api-paste.ini'

/** The repository's own, for who names none. */
const ownIni = resolve(import.meta.dirname, '../../../api-paste.ini')

/**
 * `[wsgi] api_paste_config`: as it stands, or beside nova.conf; where it is not set, the one that comes
 * with this program.
 *
 * @throws OperatorError
 */
const iniOf = (conf: NovaConf, confFile: string | undefined): string => {
  const name = conf.wsgi.api_paste_config
  const places = [resolve(name), ...(confFile ? [resolve(dirname(confFile), name)] : [])]
  const found = places.find(place => existsSync(place))
  if (found) return found
  if (name === DEFAULT_INI) return ownIni
  throw new OperatorError(
    `nova.conf: [wsgi] api_paste_config = '${name}': there is no ${[...new Set(places)].join(', nor ')}`,
  )
}

const serve = async (context: DaemonContext): Promise<Running> => {
  const { conf, log, confFile, metrics } = context
  const policy = enforcerOf(conf, log, confFile)
  const tokens = tokenValidator(conf)
  // Clients would rather find nobody there than somebody who waits for ever.
  const { max_retries: retries, retry_interval: interval } = conf.database
  const process = await openWaiting(context, { retries, interval }, policy)
  await refuseOldComputes(process)
  const runtime = apiRuntime(process, { ...serviceClients(conf), tokens })
  const uri = `config:${iniOf(conf, confFile)}`
  const globalConf = withRuntime({}, runtime)
  const options = { name: 'osapi_compute', globalConf, modules: novaModules() }
  const report = new IniReport(uri, options, log)
  const tracer = await requestTracer(conf, metrics)
  const pipelines = await report.over(() =>
    ReloadableApp.load(uri, {
      ...options,
      warn: report.warn,
      tracer,
      failed: error => log.warn({ err: error }, 'The pipelines before the reload'),
      drainSeconds: conf.DEFAULT.graceful_shutdown_timeout || undefined,
    }),
  )
  const service = new WsgiService({
    name: 'osapi_compute',
    app: pipelines.app,
    host: conf.DEFAULT.osapi_compute_listen,
    port: conf.DEFAULT.osapi_compute_listen_port,
    log,
    onRequest: metrics?.request,
    gracefulShutdownTimeout: conf.DEFAULT.graceful_shutdown_timeout,
    keepAliveTimeout: conf.wsgi.client_socket_timeout,
  })
  await service.start()
  return {
    stop: async () => {
      await service.stop()
      await pipelines.close()
      await process.close()
    },
    reload: async fresh => {
      await report.over(async () =>
        pipelines.reload({
          // Both are read before either counts: a slip in one of them changes nothing.
          ready: () => policy.reload(),
          tracer: (await requestTracer(fresh, metrics)) ?? null,
        }),
      )
      process.rpc.refresh()
    },
    report: () => [...service.report(), ...process.report()],
  }
}

await runDaemon({
  name: 'nova-api',
  about: 'serves the compute API that api-paste.ini describes',
  workers: conf => conf.DEFAULT.osapi_compute_workers,
  start: serve,
})
