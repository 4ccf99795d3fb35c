import type { Req } from '../controllers/req.js'
import { isUnavailable } from '../lib/compute/unavailable-servers.js'
import type { Instance } from '../lib/objects/index.js'
import { apiVersion, extends_, type ResponseObject } from '../lib/wsgi/index.js'

type ServerDocument = Record<string, unknown>

/** `YYYY-MM-DDTHH:MM:SS.000000`, without a zone. */
const rawTime = (time: Date | null | undefined): string | null =>
  time ? `${time.toISOString().slice(0, 19)}.000000` : null

const addUsage = (document: ServerDocument | undefined, instance: Instance): void => {
  // Nothing is known of a server whose cell is down.
  if (!document || isUnavailable(instance)) return
  document['OS-SRV-USG:launched_at'] = rawTime(instance.get('launchedAt'))
  document['OS-SRV-USG:terminated_at'] = rawTime(instance.get('terminatedAt'))
}

/** Adds `OS-SRV-USG:launched_at` and `OS-SRV-USG:terminated_at` to documents of servers. */
export class ServerUsageController {
  @extends_('show')
  show(_req: Req, resp: ResponseObject<{ server: ServerDocument }>, instance: Instance): void {
    addUsage(resp.obj.server, instance)
  }

  @extends_('detail')
  detail(
    _req: Req,
    resp: ResponseObject<{ servers: ServerDocument[] }>,
    instances: readonly Instance[],
  ): void {
    instances.forEach((instance, index) => {
      addUsage(resp.obj.servers[index], instance)
    })
  }

  @extends_('update')
  @apiVersion('2.75')
  update(_req: Req, resp: ResponseObject<{ server: ServerDocument }>, instance: Instance): void {
    addUsage(resp.obj.server, instance)
  }

  @extends_({ action: 'rebuild' })
  @apiVersion('2.75')
  rebuild(_req: Req, resp: ResponseObject<{ server: ServerDocument }>, instance: Instance): void {
    addUsage(resp.obj.server, instance)
  }
}

export const extension = {
  alias: 'OS-SRV-USG',
  name: 'ServerUsage',
  description: 'Tells when a server was launched and when it ended.',
  controllerExtensions: { servers: ServerUsageController },
}
