import type { ResourceExtension } from '../lib/wsgi/index.js'
import { VersionsController } from './api-versions.js'
import { ExtensionInfoController } from './extension-info.js'
import { FlavorsController } from './flavors/index.js'
import { ImagesController } from './images/index.js'
import { ImageMetadataController } from './images/metadata.js'
import { IpsController } from './ips.js'
import { LimitsController } from './limits.js'
import { ServerMetadataController } from './server-metadata.js'
import { ServerTagsController } from './server-tags.js'
import { ServerImageController } from './servers/actions/create-image.js'
import { ServerPowerController } from './servers/actions/power.js'
import { ServerRebuildController } from './servers/actions/rebuild.js'
import { ServerResizeController } from './servers/actions/resize.js'
import { ServersController } from './servers/index.js'
import type { ApiServices } from './services.js'

/** The core of the compute API; what else there is comes from extensions. One line a collection. */
export const coreResources: readonly ResourceExtension<ApiServices>[] = [
  {
    collection: 'versions',
    controller: VersionsController,
    routes: [['GET', '/', 'root']],
  },
  { collection: 'extensions', controller: ExtensionInfoController },
  {
    collection: 'flavors',
    memberName: 'flavor',
    controller: FlavorsController,
    collectionActions: { detail: 'GET' },
  },
  {
    collection: 'servers',
    memberName: 'server',
    controller: ServersController,
    actions: [
      ServerPowerController,
      ServerResizeController,
      ServerRebuildController,
      ServerImageController,
    ],
    collectionActions: { detail: 'GET' },
  },
  {
    collection: 'ips',
    controller: IpsController,
    parent: { memberName: 'server', collectionName: 'servers' },
  },
  {
    collection: 'metadata',
    controller: ServerMetadataController,
    parent: { memberName: 'server', collectionName: 'servers' },
    routes: [['PUT', '/servers/:server_id/metadata', 'updateAll']],
  },
  {
    collection: 'tags',
    controller: ServerTagsController,
    parent: { memberName: 'server', collectionName: 'servers' },
    routes: [
      ['PUT', '/servers/:server_id/tags', 'updateAll'],
      ['DELETE', '/servers/:server_id/tags', 'deleteAll'],
    ],
  },
  { collection: 'limits', controller: LimitsController },
  {
    collection: 'images',
    memberName: 'image',
    controller: ImagesController,
    collectionActions: { detail: 'GET' },
  },
  {
    collection: 'metadata',
    controller: ImageMetadataController,
    parent: { memberName: 'image', collectionName: 'images' },
    routes: [['PUT', '/images/:image_id/metadata', 'updateAll']],
  },
]
