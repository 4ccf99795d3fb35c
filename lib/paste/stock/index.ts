import type { Packages } from '../packages.js'
import { cascadeFactory } from './cascade.js'
import { httpServer } from './http-server.js'
import { urlmapFactory } from './urlmap.js'

/** What `egg:Paste#…` names, as far as it is built. */
export const stockPackages: Packages = {
  Paste: {
    'paste.composite_factory': { urlmap: urlmapFactory, cascade: cascadeFactory },
    'paste.server_runner': { http: httpServer },
  },
}
