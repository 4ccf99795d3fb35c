import { ServerImageController } from '../controllers/servers/actions/create-image.js'
import { ServerPowerController } from '../controllers/servers/actions/power.js'
import { ServerRebuildController } from '../controllers/servers/actions/rebuild.js'
import { ServerResizeController } from '../controllers/servers/actions/resize.js'
import { ServersController } from '../controllers/servers/index.js'
import { lastVersion } from '../lib/wsgi/index.js'

/** /os-volumes_boot, up to 2.102: /servers by another name; its documents name /servers. */
@lastVersion('2.102')
export class VolumesBootController extends ServersController {}

@lastVersion('2.102')
class VolumesBootPowerController extends ServerPowerController {}

@lastVersion('2.102')
class VolumesBootResizeController extends ServerResizeController {}

@lastVersion('2.102')
class VolumesBootRebuildController extends ServerRebuildController {}

@lastVersion('2.102')
class VolumesBootImageController extends ServerImageController {}

export const extension = {
  alias: 'os-volumes_boot',
  name: 'VolumesBoot',
  description: 'Servers by the name under which those that boot from volumes were once made.',
  // nova's list has no alias for it
  listed: false,
  resources: [
    {
      collection: 'os-volumes_boot',
      memberName: 'volume_boot',
      controller: VolumesBootController,
      actions: [
        VolumesBootPowerController,
        VolumesBootResizeController,
        VolumesBootRebuildController,
        VolumesBootImageController,
      ],
      collectionActions: { detail: 'GET' as const },
      inherits: 'servers',
      inheritsActions: false,
    },
  ],
}
