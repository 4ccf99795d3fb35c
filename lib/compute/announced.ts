import type { RequestContext } from '../context/index.js'
import { notify, notifying, type OnFailure } from '../notifications/index.js'
import { BlockDeviceMapping, Flavor, ShareMapping } from '../objects/index.js'
import type { InstanceArgs, InstanceMethod } from './guards.js'

/** Arguments by their names on the wire. */
type Args = InstanceArgs & Readonly<Record<string, unknown>>

type Work = () => Promise<unknown>

type Telling = (context: RequestContext, args: Args, work: Work) => Promise<unknown>

/** Events that tell no more than which instance it is. */
type PlainEvent =
  | 'instance.interface_attach'
  | 'instance.interface_detach'
  | 'instance.live_migration_abort'
  | 'instance.live_migration_force_complete'
  | 'instance.live_migration_post_dest'
  | 'instance.live_migration_pre'
  | 'instance.live_migration_rollback_dest'
  | 'instance.pause'
  | 'instance.power_off'
  | 'instance.power_on'
  | 'instance.reboot'
  | 'instance.rebuild'
  | 'instance.resize'
  | 'instance.resize_confirm'
  | 'instance.resize_finish'
  | 'instance.resize_revert'
  | 'instance.restore'
  | 'instance.resume'
  | 'instance.soft_delete'
  | 'instance.suspend'
  | 'instance.trigger_crash_dump'
  | 'instance.unpause'
  | 'instance.unrescue'
  | 'instance.unshelve'

const plain =
  (event: PlainEvent, onFailure?: OnFailure): Telling =>
  (context, { instance }, work) =>
    notifying(context, event, { instance }, work, onFailure)

/** Tells besides that the instance is there: its use up to now counts by what it was before. */
const tellingUse =
  (telling: Telling): Telling =>
  async (context, args, work) => {
    await tellUse(context, args)
    return telling(context, args, work)
  }

const tellUse = (context: RequestContext, { instance }: Args): Promise<void> | undefined =>
  notify(context, 'instance.exists', { instance, isCurrent: true })

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const shareOf = (mapping: unknown): string =>
  mapping instanceof ShareMapping ? mapping.shareId : ''

/** Methods of a host of whose start and end, or failure, it is told, by their names on the wire. */
const announced: Readonly<Record<string, Telling>> = {
  start_instance: plain('instance.power_on'),
  stop_instance: plain('instance.power_off'),
  reboot_instance: plain('instance.reboot'),
  pause_instance: plain('instance.pause'),
  unpause_instance: plain('instance.unpause'),
  suspend_instance: plain('instance.suspend'),
  resume_instance: plain('instance.resume'),
  soft_delete_instance: plain('instance.soft_delete', 'end'),
  restore_instance: plain('instance.restore'),
  rebuild_instance: tellingUse(plain('instance.rebuild')),
  rescue_instance: (context, args, work) => {
    const rescueImageRef = text(args.rescue_image_ref) || null
    const used = async () => {
      await work()
      await tellUse(context, args)
    }
    return notifying(context, 'instance.rescue', { ...args, rescueImageRef }, used)
  },
  unrescue_instance: plain('instance.unrescue'),
  unshelve_instance: plain('instance.unshelve'),
  trigger_crash_dump: plain('instance.trigger_crash_dump'),
  attach_interface: plain('instance.interface_attach'),
  detach_interface: plain('instance.interface_detach'),
  attach_volume: (context, { instance, bdm }, work) => {
    const volumeId = bdm instanceof BlockDeviceMapping ? text(bdm.get('volumeId')) : ''
    return notifying(context, 'instance.volume_attach', { instance, volumeId }, work)
  },
  detach_volume: (context, { instance, volume_id: id }, work) =>
    notifying(context, 'instance.volume_detach', { instance, volumeId: text(id) }, work),
  swap_volume: (context, { instance, ...args }, work) => {
    const oldVolumeId = text(args.old_volume_id)
    const newVolumeId = text(args.new_volume_id)
    const subject = { instance, oldVolumeId, newVolumeId }
    return notifying(context, 'instance.volume_swap', subject, work)
  },
  allow_share: (context, { instance, share_mapping: mapping }, work) =>
    notifying(context, 'instance.share_attach', { instance, shareId: shareOf(mapping) }, work),
  deny_share: (context, { instance, share_mapping: mapping }, work) =>
    notifying(context, 'instance.share_detach', { instance, shareId: shareOf(mapping) }, work),
  prep_resize: tellingUse((context, { instance, flavor: newFlavor }, work) =>
    newFlavor instanceof Flavor
      ? notifying(context, 'instance.resize_prep', { instance, newFlavor }, work, 'end')
      : work(),
  ),
  // That it failed is told by the host that it was to go to.
  resize_instance: plain('instance.resize', 'nothing'),
  finish_resize: plain('instance.resize_finish'),
  confirm_resize: plain('instance.resize_confirm'),
  revert_resize: tellingUse((_context, _args, work) => work()),
  finish_revert_resize: plain('instance.resize_revert'),
  live_migration_abort: plain('instance.live_migration_abort'),
  live_migration_force_complete: plain('instance.live_migration_force_complete'),
  pre_live_migration: plain('instance.live_migration_pre'),
  post_live_migration_at_destination: plain('instance.live_migration_post_dest'),
  rollback_live_migration_at_destination: plain('instance.live_migration_rollback_dest'),
}

/** The method, with those told who listen; the same method where it is not told of. */
export const announcing = <R>(
  name: string,
  method: InstanceMethod<InstanceArgs, R>,
): InstanceMethod<InstanceArgs, R> => {
  const tell = Object.hasOwn(announced, name) ? announced[name] : undefined
  if (!tell) return method
  return async (context, args) => {
    if (!context.services.notifications) return method(context, args)
    const { promise, resolve } = Promise.withResolvers<R>()
    await tell(context, { ...args }, async () => resolve(await method(context, args)))
    return promise
  }
}
