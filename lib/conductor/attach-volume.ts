import { reserveVolume } from '../compute/reserve-volume.js'
import type { RequestContext } from '../context/index.js'
import { type BlockDeviceMapping, Instance } from '../objects/index.js'
import { cellContextOf } from './scheduling.js'
import type { ConductorServices } from './services.js'

/** What is sent with `attach_volume`. */
export interface AttachVolumeArgs {
  /** Instance */
  readonly instance: object
  /** As Cinder tells of it. */
  readonly volume: { readonly id?: unknown; readonly multiattach?: unknown }
  readonly device: string | null
  readonly disk_bus: string | null
  readonly device_type: string | null
  readonly tag?: string | null
  readonly supports_multiattach?: boolean
  readonly delete_on_termination?: boolean
}

/** Does of an attachment what takes time: its caller has answered already. @returns the new row */
export const attachVolume = async (
  services: ConductorServices,
  context: RequestContext,
  args: AttachVolumeArgs,
): Promise<BlockDeviceMapping> => {
  const { instance, volume } = args
  if (!(instance instanceof Instance)) throw new TypeError('attach_volume needs an Instance')
  const inCell = await cellContextOf(services, context, instance)
  instance.bind(inCell)
  const wanted = { id: String(volume.id), multiattach: volume.multiattach === true }
  const bdm = await reserveVolume(services, inCell, instance, wanted, {
    device: args.device,
    tag: args.tag ?? null,
    deleteOnTermination: args.delete_on_termination ?? false,
  })
  await services.compute.attachVolume(inCell, instance, bdm)
  return bdm
}
