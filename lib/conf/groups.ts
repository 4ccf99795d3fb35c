import { group } from './option.js'
import { api } from './options/api.js'
import {
  barbican,
  cinder,
  cyborg,
  glance,
  ironic,
  keyManager,
  keystone,
  manila,
  neutron,
  osloConcurrency,
  osloLimit,
  osloReports,
  placement,
  serviceUser,
  vendordataDynamicAuth,
} from './options/clients.js'
import {
  compute,
  devices,
  ephemeralStorageEncryption,
  guestfs,
  imageCache,
  pci,
} from './options/compute.js'
import {
  consoleauth,
  consoleProxy,
  mks,
  rdp,
  serialConsole,
  spice,
  vnc,
} from './options/consoles.js'
import { apiDatabase, database } from './options/database.js'
import { computeOptions } from './options/default-compute.js'
import { processOptions } from './options/default-process.js'
import { fake } from './options/fake.js'
import { filterScheduler, metrics } from './options/filter-scheduler.js'
import { historicScheduler } from './options/historic-scheduler.js'
import { profiler, remoteDebug } from './options/ignored.js'
import { keystoneAuthtoken } from './options/keystone-authtoken.js'
import { libvirt } from './options/libvirt.js'
import { loggingOptions } from './options/logging.js'
import {
  notifications,
  osloMessagingNotifications,
  osloMessagingRabbit,
} from './options/messaging.js'
import { metricsEndpoint } from './options/metrics-endpoint.js'
import { osloPolicy } from './options/policy.js'
import { quota } from './options/quota.js'
import { conductor, scheduler } from './options/scheduler.js'
import { tracing } from './options/tracing.js'
import { trustedComputing } from './options/trusted-computing.js'
import { upgradeLevels } from './options/upgrade-levels.js'
import { workarounds } from './options/workarounds.js'
import { cors, healthcheck, osloMiddleware, wsgi } from './options/wsgi.js'

/** Every group of nova.conf, in the order of the sample. */
export const groups = {
  DEFAULT: group('DEFAULT', {
    ...processOptions,
    ...loggingOptions,
    ...computeOptions,
    ...historicScheduler,
  }),
  api,
  api_database: apiDatabase,
  barbican,
  cinder,
  compute,
  conductor,
  console: consoleProxy,
  consoleauth,
  cors,
  cyborg,
  database,
  devices,
  ephemeral_storage_encryption: ephemeralStorageEncryption,
  fake,
  filter_scheduler: filterScheduler,
  glance,
  guestfs,
  healthcheck,
  image_cache: imageCache,
  ironic,
  key_manager: keyManager,
  keystone,
  keystone_authtoken: keystoneAuthtoken,
  libvirt,
  manila,
  metrics,
  metrics_endpoint: metricsEndpoint,
  tracing,
  mks,
  neutron,
  notifications,
  oslo_concurrency: osloConcurrency,
  oslo_limit: osloLimit,
  oslo_messaging_notifications: osloMessagingNotifications,
  oslo_messaging_rabbit: osloMessagingRabbit,
  oslo_middleware: osloMiddleware,
  oslo_policy: osloPolicy,
  oslo_reports: osloReports,
  pci,
  placement,
  profiler,
  quota,
  rdp,
  remote_debug: remoteDebug,
  scheduler,
  serial_console: serialConsole,
  service_user: serviceUser,
  spice,
  trusted_computing: trustedComputing,
  upgrade_levels: upgradeLevels,
  vendordata_dynamic_auth: vendordataDynamicAuth,
  vnc,
  workarounds,
  wsgi,
} as const

export type Groups = typeof groups
