import type { ResourceExtension } from '../lib/wsgi/index.js'
import { ExtensionInfoController } from './extension-info.js'
import type { ApiServices } from './services.js'
import { VersionsController } from './versions.js'

/** The core of the compute API; what else there is comes from extensions. One line a collection. */
export const coreResources: readonly ResourceExtension<ApiServices>[] = [
  {
    collection: 'versions',
    controller: VersionsController,
    routes: [['GET', '/', 'root']],
  },
  { collection: 'extensions', controller: ExtensionInfoController },
]
