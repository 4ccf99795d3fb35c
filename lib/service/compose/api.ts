import { ComputeApi } from '../../compute/api.js'
import { nothingMirrored, PlacementMirror } from '../../compute/provider-mirror.js'
import type { TokenValidator } from '../../identity/index.js'
import type { ImageApi } from '../../image/api.js'
import { partOf } from '../../log/index.js'
import type { NetworkApi } from '../../network/api.js'
import type { Runtime } from '../../runtime/index.js'
import type { ShareApi } from '../../share/api.js'
import type { VolumeApi } from '../../volume/api.js'
import { claimsOf, placementOf } from './placement.js'
import type { DirectProcess } from './process.js'

export interface ApiParts {
  readonly images: ImageApi
  readonly network: NetworkApi
  readonly volumes: VolumeApi
  readonly shares: ShareApi
  readonly tokens: TokenValidator
}

/** What the factories of api-paste.ini are given. */
export const apiRuntime = (
  process: DirectProcess,
  { images, network, volumes, shares, tokens }: ApiParts,
): Runtime => {
  const { conf, log, policy, contexts, data, transport, rpc, cells } = process
  const placement = placementOf(conf, log)
  return {
    conf,
    log: partOf(log, 'nova.api.openstack'),
    policy,
    contexts,
    data,
    transport,
    tokens,
    images,
    network,
    volumes,
    compute: new ComputeApi({
      conf,
      images,
      network,
      volumes,
      shares,
      log: partOf(log, 'nova.compute.api'),
      conductor: rpc.computeTask,
      compute: rpc.compute,
      scheduler: rpc.scheduler,
      cells,
      claims: claimsOf(process, placement),
      providers: placement
        ? new PlacementMirror({
            ...placement,
            compute: rpc.compute,
            log,
            serviceDownTime: conf.DEFAULT.service_down_time,
          })
        : nothingMirrored,
    }),
  }
}
