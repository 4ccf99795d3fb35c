import type { Flavor, Instance, NovaObject } from '../objects/index.js'
import {
  aroundIt,
  aroundOrFailed,
  type EventKind,
  type LegacyPayload,
  type Occurrence,
  once,
  type Phase,
  type Source,
} from './event-kind.js'
import { failureInfo, fixedIpsOf, instanceInfo } from './legacy.js'
import { ExceptionPayload } from './payloads/exception.js'
import { FlavorPayload } from './payloads/flavor.js'
import {
  describeInstance,
  InstanceActionPayload,
  InstanceActionRebuildPayload,
  InstanceActionRescuePayload,
  InstanceActionResizePrepPayload,
  InstanceActionSharePayload,
  InstanceActionSnapshotPayload,
  InstanceActionVolumePayload,
  InstanceActionVolumeSwapPayload,
  InstanceCreatePayload,
  tagsOf,
  trustedCertificates,
} from './payloads/instance.js'
import { KeypairPayload } from './payloads/keypair.js'

/** An instance that something is done to. */
export interface InstanceSubject {
  readonly instance: Instance
  /** Who does it, where it is another than who usually does. */
  readonly source?: Source
  /** What it failed of: in the phase `error`. */
  readonly error?: unknown
  /** What only the older form tells besides. */
  readonly extra?: LegacyPayload
}

export interface CreateSubject extends InstanceSubject {
  readonly imageName: string
}

export interface VolumeSubject extends InstanceSubject {
  readonly volumeId: string
}

export interface SwapSubject extends InstanceSubject {
  readonly oldVolumeId: string
  readonly newVolumeId: string
}

export interface ShareSubject extends InstanceSubject {
  readonly shareId: string
}

export interface ResizeSubject extends InstanceSubject {
  readonly newFlavor: Flavor
}

export interface RescueSubject extends InstanceSubject {
  readonly rescueImageRef: string | null
}

export interface SnapshotSubject extends InstanceSubject {
  readonly imageId: string
}

type Fields<S> = (subject: S) => LegacyPayload | Promise<LegacyPayload>

type PayloadClass = new () => NovaObject

/** The payload of a kind of action: what all have, and fields of its own. */
const payloadOf =
  <S extends InstanceSubject>(type: PayloadClass, fields: Fields<S> = () => ({})) =>
  async ({ context, subject, tools }: Occurrence<S>): Promise<NovaObject> => {
    const { instance, error } = subject
    const payload = new type().assign({
      fault: error === undefined ? null : ExceptionPayload.of(error),
      ...(await fields(subject)),
    })
    return describeInstance(context, instance, payload, tools)
  }

/** Phases in which the older form tells the addresses. */
type Networks = readonly (Phase | null)[]

/** What the older form tells besides. */
type LegacyExtra<S> = (subject: S, phase: Phase | null) => LegacyPayload

const legacyPayload =
  <S extends InstanceSubject>(networks: Networks, extra: LegacyExtra<S>) =>
  async ({ context, subject, phase, tools }: Occurrence<S>): Promise<LegacyPayload> => ({
    ...(await instanceInfo(context, subject.instance, tools.imageUrl)),
    ...(networks.includes(phase) ? { fixed_ips: fixedIpsOf(subject.instance) } : {}),
    ...subject.extra,
    ...extra(subject, phase),
    ...(subject.error === undefined ? {} : failureInfo(subject.error)),
  })

interface ActionOptions<S> {
  readonly phases?: readonly Phase[]
  readonly source?: Source
  readonly payload?: EventKind<S>['payload']
  /** Its name after `compute.instance.` in the older form, which others than its own say; null: it has none. */
  readonly legacy?: string | null
  readonly networks?: Networks
  readonly extra?: LegacyExtra<S>
  /** Phases of the older form, and what follows the name in each. */
  readonly legacyPhases?: Readonly<Partial<Record<Phase, string>>>
}

const suffixes = { start: '.start', end: '.end', error: '.error', progress: '.progress' }

const action = <S extends InstanceSubject = InstanceSubject>(
  name: string,
  options: ActionOptions<S> = {},
): EventKind<S> => {
  const { legacy = name, legacyPhases = suffixes, source = 'nova-compute' } = options
  const typeOf = (phase: Phase | null): string | null => {
    if (phase === null) return `compute.instance.${legacy}`
    const suffix = legacyPhases[phase]
    return suffix === undefined ? null : `compute.instance.${legacy}${suffix}`
  }
  return {
    phases: options.phases ?? aroundIt,
    source: subject => subject.source ?? source,
    payload: options.payload ?? payloadOf<S>(InstanceActionPayload),
    ...(legacy === null
      ? {}
      : {
          legacy: {
            type: typeOf,
            service: 'compute',
            payload: legacyPayload<S>(options.networks ?? [], options.extra ?? (() => ({}))),
          },
        }),
  }
}

const idOfVolume = ({ volumeId }: VolumeSubject): LegacyPayload => ({ volume_id: volumeId })

const volumePayload = payloadOf<VolumeSubject>(InstanceActionVolumePayload, idOfVolume)

const share = (name: string): EventKind<ShareSubject> =>
  action<ShareSubject>(name, {
    phases: aroundOrFailed,
    source: 'nova-api',
    legacy: null,
    payload: payloadOf(InstanceActionSharePayload, ({ shareId }) => ({ share_id: shareId })),
  })

const rebuildPayload = payloadOf<InstanceSubject>(
  InstanceActionRebuildPayload,
  async ({ instance }) => ({ trusted_image_certificates: await trustedCertificates(instance) }),
)

const createPayload = ({ tools, ...occurrence }: Occurrence<InstanceSubject>) =>
  payloadOf<InstanceSubject>(InstanceCreatePayload, async ({ instance }) => {
    await instance.load('keypairs')
    return {
      keypairs: instance.keypairs.objects.map(keypair => KeypairPayload.of(keypair)),
      tags: await tagsOf(instance),
      trusted_image_certificates: await trustedCertificates(instance),
      instance_name: tools.nameOf(instance),
    }
  })({ tools, ...occurrence })

const createExtra: Readonly<Record<Phase, (imageName: string) => LegacyPayload>> = {
  start: imageName => ({ image_name: imageName }),
  end: () => ({ message: 'Success' }),
  error: () => ({}),
  progress: () => ({}),
}

/** What is done to servers (contract: notifications.tsv). */
export const instanceEvents = {
  'instance.create': action<CreateSubject>('create', {
    phases: aroundOrFailed,
    payload: createPayload,
    networks: ['end'],
    extra: ({ imageName }, phase) => createExtra[phase ?? 'error'](imageName),
  }),
  'instance.delete': action('delete'),
  'instance.soft_delete': action('soft_delete'),
  'instance.restore': action('restore'),
  'instance.shutdown': action('shutdown'),
  'instance.evacuate': action('evacuate', { phases: once, source: 'nova-api' }),
  'instance.interface_attach': action('interface_attach', {
    phases: aroundOrFailed,
    legacy: null,
  }),
  'instance.interface_detach': action('interface_detach', { legacy: null }),
  'instance.live_migration_abort': action('live_migration_abort', {
    legacy: 'live.migration.abort',
  }),
  'instance.live_migration_force_complete': action('live_migration_force_complete', {
    legacy: 'live.migration.force.complete',
  }),
  'instance.live_migration_pre': action('live_migration_pre', {
    legacy: 'live_migration.pre',
    networks: aroundIt,
  }),
  'instance.live_migration_post': action('live_migration_post', {
    legacy: 'live_migration._post',
    networks: aroundIt,
  }),
  'instance.live_migration_post_dest': action('live_migration_post_dest', {
    legacy: 'live_migration.post.dest',
    networks: aroundIt,
  }),
  'instance.live_migration_rollback': action('live_migration_rollback', {
    legacy: 'live_migration._rollback',
  }),
  'instance.live_migration_rollback_dest': action('live_migration_rollback_dest', {
    legacy: 'live_migration.rollback.dest',
    networks: aroundIt,
  }),
  'instance.lock': action('lock', { phases: once, source: 'nova-api', legacy: null }),
  'instance.unlock': action('unlock', { phases: once, source: 'nova-api', legacy: null }),
  'instance.pause': action('pause'),
  'instance.unpause': action('unpause'),
  'instance.suspend': action('suspend'),
  'instance.resume': action('resume'),
  'instance.power_off': action('power_off'),
  'instance.power_on': action('power_on'),
  'instance.reboot': action('reboot', { phases: aroundOrFailed }),
  'instance.rebuild': action('rebuild', {
    phases: aroundOrFailed,
    payload: rebuildPayload,
    networks: ['end'],
  }),
  'instance.rebuild_scheduled': action('rebuild_scheduled', {
    phases: once,
    source: 'nova-conductor',
    payload: rebuildPayload,
    legacy: 'rebuild.scheduled',
  }),
  'instance.rescue': action<RescueSubject>('rescue', {
    payload: payloadOf(InstanceActionRescuePayload, ({ rescueImageRef }) => ({
      rescue_image_ref: rescueImageRef,
    })),
    networks: aroundIt,
  }),
  'instance.unrescue': action('unrescue', { networks: aroundIt }),
  'instance.resize': action('resize', { phases: aroundOrFailed, networks: aroundIt }),
  'instance.resize_confirm': action('resize_confirm', {
    legacy: 'resize.confirm',
    networks: ['end'],
  }),
  'instance.resize_finish': action('resize_finish', {
    legacy: 'finish_resize',
    networks: aroundIt,
  }),
  'instance.resize_prep': action<ResizeSubject>('resize_prep', {
    payload: payloadOf(InstanceActionResizePrepPayload, ({ newFlavor }) => ({
      new_flavor: FlavorPayload.of(newFlavor),
    })),
    legacy: 'resize.prep',
    extra: ({ newFlavor: { id, name } }, phase) =>
      phase === 'end' ? { new_instance_type: name, new_instance_type_id: id } : {},
  }),
  'instance.resize_revert': action('resize_revert', { legacy: 'resize.revert' }),
  'instance.share_attach': share('share_attach'),
  'instance.share_detach': share('share_detach'),
  'instance.shelve': action('shelve'),
  'instance.shelve_offload': action('shelve_offload'),
  'instance.unshelve': action('unshelve'),
  'instance.snapshot': action<SnapshotSubject>('snapshot', {
    payload: payloadOf(InstanceActionSnapshotPayload, ({ imageId }) => ({
      snapshot_image_id: imageId,
    })),
  }),
  'instance.trigger_crash_dump': action('trigger_crash_dump'),
  'instance.volume_attach': action<VolumeSubject>('volume_attach', {
    phases: aroundOrFailed,
    payload: volumePayload,
    legacy: 'volume.attach',
    legacyPhases: { end: '' },
    extra: idOfVolume,
  }),
  'instance.volume_detach': action<VolumeSubject>('volume_detach', {
    payload: volumePayload,
    legacy: 'volume.detach',
    legacyPhases: { end: '' },
    extra: idOfVolume,
  }),
  'instance.volume_swap': action<SwapSubject>('volume_swap', {
    phases: aroundOrFailed,
    payload: payloadOf(InstanceActionVolumeSwapPayload, ({ oldVolumeId, newVolumeId }) => ({
      old_volume_id: oldVolumeId,
      new_volume_id: newVolumeId,
    })),
    legacy: null,
  }),
}
