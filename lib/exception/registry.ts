import * as aggregates from './aggregates.js'
import * as base from './base.js'
import { NovaException } from './base.js'
import * as console from './console.js'
import * as flavors from './flavors.js'
import * as forbidden from './forbidden.js'
import * as guests from './guests.js'
import * as image from './image.js'
import * as images from './images.js'
import * as instances from './instances.js'
import * as keypairs from './keypairs.js'
import * as kinds from './kinds.js'
import * as migrations from './migrations.js'
import * as network from './network.js'
import * as networking from './networking.js'
import * as numa from './numa.js'
import * as others from './others.js'
import * as pci from './pci.js'
import * as placement from './placement.js'
import * as quota from './quota.js'
import * as quotaLimits from './quota-limits.js'
import * as requests from './requests.js'
import * as scheduling from './scheduling.js'
import * as services from './services.js'
import * as shares from './shares.js'
import * as volumes from './volumes.js'

type ExceptionClass = typeof NovaException

const isExceptionClass = (value: unknown): value is ExceptionClass =>
  typeof value === 'function' &&
  (value === NovaException || value.prototype instanceof NovaException)

const modules: readonly object[] = [
  aggregates,
  base,
  console,
  flavors,
  forbidden,
  guests,
  image,
  images,
  instances,
  keypairs,
  kinds,
  migrations,
  network,
  networking,
  numa,
  others,
  pci,
  placement,
  quota,
  quotaLimits,
  requests,
  scheduling,
  services,
  shares,
  volumes,
]

/** nova's exceptions by class name: a failure that comes over RPC is made again from its name. */
export const novaExceptions: Readonly<Record<string, ExceptionClass>> = Object.freeze(
  Object.fromEntries(
    modules
      .flatMap((module): [string, unknown][] => Object.entries(module))
      .filter((entry): entry is [string, ExceptionClass] => isExceptionClass(entry[1])),
  ),
)
