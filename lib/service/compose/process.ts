import { lastAuditPeriod } from '../../compute/audit-period.js'
import { Cells } from '../../compute/cells.js'
import { minimumComputeVersion } from '../../compute/version-cap.js'
import type { NovaConf } from '../../conf/index.js'
import { type ContextServices, type DirectAccess, RequestContext } from '../../context/index.js'
import { connectDatabase, poolOptions } from '../../db/connect.js'
import type { Database, DatabaseOptions } from '../../db/database.js'
import { maskPassword } from '../../db/mask.js'
import { currentRevision } from '../../db/migrations/migrate.js'
import { openDatabase } from '../../db/open.js'
import type { ApiSchema } from '../../db/schema/api.js'
import type { CellSchema } from '../../db/schema/cell.js'
import { type Log, partOf } from '../../log/index.js'
import { type OpenNotifications, openNotifications } from '../../notifications/index.js'
import { CellConnections, NovaObjectSerializer, Service } from '../../objects/index.js'
import type { PolicyChecker } from '../../policy/index.js'
import { createTransport, type FakeBroker, type Transport } from '../../rpc/index.js'
import { OperatorError } from '../../util/operator-error.js'
import type { ProcessMetrics } from '../metrics.js'
import type { ReportSection } from '../report.js'
import { RpcClients } from './rpc-clients.js'
import { upgradeLevelsOf } from './upgrade-levels.js'

export interface ProcessOptions {
  readonly conf: NovaConf
  readonly log: Log
  readonly policy: PolicyChecker
  /** Where it counts what it does; absent: nowhere. */
  readonly metrics?: ProcessMetrics | undefined
  /** Hears of each statement to its databases: see {@link DatabaseOptions}. */
  readonly onQuery?: DatabaseOptions['onQuery']
  /** Shared by the processes that are one: for `fake://`. */
  readonly broker?: FakeBroker | undefined
  /** Stands between the process and its bus; absent: nothing does. */
  readonly around?: ((transport: Transport) => Transport) | undefined
}

/** A process with the databases at hand: api, conductor, scheduler. */
export interface DirectProcess extends ProcessOptions {
  readonly api: Database<ApiSchema>
  readonly transport: Transport
  readonly data: DirectAccess
  readonly contexts: ContextServices
  readonly connections: CellConnections
  readonly cells: Cells
  readonly serializer: NovaObjectSerializer
  readonly rpc: RpcClients
  /** The service's own: what it does for nobody in particular. */
  readonly adminContext: RequestContext
  /** Its databases and its message bus. */
  report(): ReportSection[]
  close(): Promise<void>
}

/** A process without a database: compute. */
export interface IndirectProcess extends ProcessOptions {
  readonly transport: Transport
  readonly contexts: ContextServices
  readonly serializer: NovaObjectSerializer
  readonly rpc: RpcClients
  readonly adminContext: RequestContext
  /** Its message bus. */
  report(): ReportSection[]
  close(): Promise<void>
}

/** A setting without which the process has nothing to work on; the message is one sentence. */
export class MissingOption extends OperatorError {
  override readonly name = 'MissingOption'
}

/** A database that nobody has made tables in; the message is one sentence. */
export class SchemaMissing extends OperatorError {
  override readonly name = 'SchemaMissing'
}

const transportOf = ({ conf, log, broker }: ProcessOptions): Transport =>
  createTransport(conf.DEFAULT.transport_url, {
    controlExchange: conf.DEFAULT.control_exchange,
    rabbit: conf.oslo_messaging_rabbit,
    // A broker that is away keeps a request no longer waiting than an answer may take.
    publishTimeout: conf.DEFAULT.rpc_response_timeout,
    missingReplyQueueTimeout: conf.oslo_messaging_rabbit.kombu_missing_consumer_retry_timeout,
    log: partOf(log, 'oslo.messaging._drivers'),
    ...(broker ? { broker } : {}),
  })

const notificationsOf = ({ conf, log, broker }: ProcessOptions): OpenNotifications =>
  openNotifications(conf, { log, broker, auditPeriod: lastAuditPeriod })

const connectionOf = (conf: NovaConf, group: 'api_database' | 'database'): string => {
  const { connection } = conf[group]
  if (connection) return connection
  throw new MissingOption(`nova.conf sets no [${group}] connection: expected a URL of a database`)
}

const connectConfigured = <Schema>(
  { conf, onQuery }: ProcessOptions,
  group: 'api_database' | 'database',
): Promise<Database<Schema>> =>
  connectDatabase<Schema>(connectionOf(conf, group), { ...poolOptions(conf[group]), onQuery })

/**
 * As {@link openDirectProcess}, for a program that was not the one to make the tables.
 *
 * @throws SchemaMissing, and what openDirectProcess throws
 */
export const openSyncedProcess = async (options: ProcessOptions): Promise<DirectProcess> => {
  const process = await openDirectProcess(options)
  try {
    await needTables(options.conf, 'api_database', process.api)
    await needTables(options.conf, 'database', process.data.cell)
    return process
  } catch (error) {
    await process.close()
    throw error
  }
}

const needTables = async <Schema>(
  conf: NovaConf,
  group: 'api_database' | 'database',
  database: Database<Schema>,
): Promise<void> => {
  if ((await currentRevision(database)) !== null) return
  const url = maskPassword(connectionOf(conf, group))
  const command = group === 'database' ? 'db sync' : 'api_db sync'
  throw new SchemaMissing(
    `The database ${url} of [${group}] has no tables of nova: run nova-manage ${command}`,
  )
}

/**
 * Opens both databases and the message bus.
 *
 * @throws MissingOption, DatabaseConnectionError, TransportConfigError, UpgradeLevelError
 */
export const openDirectProcess = async (options: ProcessOptions): Promise<DirectProcess> => {
  const { conf, policy } = options
  const levels = upgradeLevelsOf(conf)
  const api = await connectConfigured<ApiSchema>(options, 'api_database')
  let main: Database<CellSchema>
  try {
    main = await connectConfigured<CellSchema>(options, 'database')
  } catch (error) {
    await api.close()
    throw error
  }
  const transport = transportOf(options)
  const connections = new CellConnections({
    api,
    databaseUrl: conf.database.connection ?? null,
    transportUrl: conf.DEFAULT.transport_url,
    ownDatabase: main,
    ownTransport: transport,
    // A cell that is away must not keep the others from answering: it is opened, not asked, here.
    openDatabase: url =>
      openDatabase<CellSchema>(url, {
        ...poolOptions(conf.database),
        onQuery: options.onQuery,
      }),
    openTransport: url => transportOf({ ...options, conf: withTransportUrl(conf, url) }),
  })
  const data: DirectAccess = {
    kind: 'direct',
    api,
    cell: main,
    transport,
    cellUuid: null,
    cells: connections,
  }
  const notifications = notificationsOf(options)
  const contexts: ContextServices = { policy, data, notifications: notifications.sink }
  const serializer = new NovaObjectSerializer(contexts)
  const cells = new Cells(connections, { log: partOf(options.log, 'nova.context') })
  const adminContext = new RequestContext({ isAdmin: true, roles: ['admin'] }, contexts)
  const rpc = new RpcClients(conf, transport, serializer, {
    levels,
    minimumComputeVersion: () => minimumComputeVersion(cells, adminContext),
    log: options.log,
  })
  return {
    ...options,
    api,
    transport,
    data,
    contexts,
    connections,
    cells,
    serializer,
    rpc,
    adminContext,
    report: () => [
      { title: 'Databases', lines: [api, main, ...connections.databases].map(one => one.report()) },
      { title: 'Message buses', lines: [transport, ...connections.transports].map(urlOf) },
    ],
    close: async () => {
      await notifications.close()
      await connections.close()
      await transport.close()
      await Promise.all([api.close(), main.close()])
    },
  }
}

const urlOf = ({ url }: Transport): string => url

const withTransportUrl = (conf: NovaConf, url: string): NovaConf => ({
  ...conf,
  DEFAULT: { ...conf.DEFAULT, transport_url: url },
})

/** Opens the message bus; rows are reached through the conductor. */
export const openIndirectProcess = (options: ProcessOptions): IndirectProcess => {
  const { conf, policy } = options
  const levels = upgradeLevelsOf(conf)
  const { around = transport => transport } = options
  const transport = around(transportOf(options))
  const clients = (serializer: NovaObjectSerializer) =>
    new RpcClients(conf, transport, serializer, {
      levels,
      minimumComputeVersion: () => Service.getMinimumVersion(adminContext, 'nova-compute'),
      log: options.log,
    })
  // What carries objects' own calls needs no access of its own: it passes primitives through.
  const { conductor } = clients(new NovaObjectSerializer({ policy }))
  const notifications = notificationsOf(options)
  const contexts: ContextServices = {
    policy,
    data: { kind: 'indirect', indirection: conductor },
    notifications: notifications.sink,
  }
  const adminContext = new RequestContext({ isAdmin: true, roles: ['admin'] }, contexts)
  const serializer = new NovaObjectSerializer(contexts)
  return {
    ...options,
    transport,
    contexts,
    serializer,
    rpc: clients(serializer),
    adminContext,
    report: () => [{ title: 'Message buses', lines: [urlOf(transport)] }],
    close: async () => {
      await notifications.close()
      await transport.close()
    },
  }
}
