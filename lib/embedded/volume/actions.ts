import type { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
import type { ServerEvent } from '../support/compute-notifier.js'
import { isAdmin } from '../support/request.js'
import {
  attachmentMeant,
  completeAttachment,
  createAttachment,
  removeAttachment,
  settleVolume,
  updateAttachment,
} from './attachments.js'
import { badRequest, forbidden } from './errors.js'
import { checkRoom } from './quotas.js'
import { flagOf, metadataOf, sizeOf, textOf } from './read.js'
import type { FindImage } from './service.js'
import { attachmentsOf, type Db, type VolumeRow } from './store.js'
import { findType } from './types.js'
import { contentsOfImage, removeVolume, updateVolume, visibleVolume } from './volumes.js'

type Given = Readonly<Record<string, unknown>>

export interface ActionCall {
  readonly db: Db
  readonly context: RequestContext
  /** Of the volume. */
  readonly id: string
  /** Minor of the microversion. */
  readonly minor: number
  readonly findImage: FindImage
  /** What compute is to be told when all is done. */
  readonly told: ServerEvent[]
}

interface Acting extends ActionCall {
  readonly volume: VolumeRow
  readonly given: Given
}

interface Answer {
  readonly status: number
  readonly body?: object
}

type Action = (acting: Acting) => Promise<Answer>

/** Minors of the microversions that know a volume to grow in use, and to be written over by an image. */
const GROWS_IN_USE = 42
const REIMAGES = 68

/** Each server that the volume is held for. */
const tellServers = async (
  db: Db,
  volumeId: string,
  name: ServerEvent['name'],
  told: ServerEvent[],
): Promise<void> => {
  const attachments = await attachmentsOf(db, [volumeId])
  const servers = new Set(attachments.flatMap(({ instance_uuid: uuid }) => uuid ?? []))
  told.push(...[...servers].map(serverUuid => ({ name, serverUuid, tag: volumeId })))
}

const accepted: Answer = { status: 202 }
const done: Answer = { status: 200 }

/** @throws VolumeError 400 unless the volume is in one of these */
const mustBe = ({ status, id }: VolumeRow, ...statuses: readonly string[]): void => {
  if (statuses.includes(status)) return
  throw badRequest(
    `Invalid volume: Volume ${id} status must be ${statuses.join(' or ')}, but current status is: ${status}.`,
  )
}

const move =
  (from: readonly string[], to: string): Action =>
  async ({ db, volume }) => {
    mustBe(volume, ...from)
    await updateVolume(db, volume.id, { status: to })
    return accepted
  }

const actions: Readonly<Record<string, Action>> = {
  'os-set_bootable': async ({ db, volume, given }) => {
    await updateVolume(db, volume.id, { bootable: Number(flagOf(given, 'bootable')) })
    return done
  },
  'os-update_readonly_flag': async ({ db, volume, given }) => {
    await updateVolume(db, volume.id, { readonly: Number(flagOf(given, 'readonly')) })
    return accepted
  },
  'os-extend': async ({ db, volume, given, minor, told }) => {
    mustBe(volume, 'available', ...(minor >= GROWS_IN_USE ? ['in-use'] : []))
    const size = sizeOf(given, 'new_size')
    if (size === null || size <= volume.size) {
      throw badRequest(
        `Invalid input received: New size for extend must be greater than current size. (current: ${volume.size}, extended: ${size}).`,
      )
    }
    await checkRoom(db, volume.project_id, null, size - volume.size)
    await updateVolume(db, volume.id, { size })
    await tellServers(db, volume.id, 'volume-extended', told)
    return accepted
  },
  'os-reimage': async ({ db, context, volume, given, minor, findImage, told }) => {
    if (minor < REIMAGES) throw badRequest('There is no such action: os-reimage')
    mustBe(volume, 'available', 'error', ...(flagOf(given, 'reimage_reserved') ? ['reserved'] : []))
    const imageId = textOf(given, 'image_id') ?? ''
    const { least, metadata } = await contentsOfImage(context, imageId, findImage)
    if (least > volume.size) {
      throw badRequest(
        `Size of specified image ${least}GB is larger than volume size ${volume.size}GB.`,
      )
    }
    await updateVolume(db, volume.id, { bootable: 1, image_metadata: JSON.stringify(metadata) })
    await tellServers(db, volume.id, 'volume-reimaged', told)
    return accepted
  },
  'os-retype': async ({ db, volume, given }) => {
    const type = await findType(db, textOf(given, 'new_type') ?? '')
    await updateVolume(db, volume.id, { volume_type: type.name })
    return accepted
  },
  'os-reset_status': async ({ db, context, volume, given }) => {
    if (!isAdmin(context)) throw forbidden('volume_extension:volume_admin_actions:reset_status')
    const status = textOf(given, 'status')
    if (status) await updateVolume(db, volume.id, { status })
    return accepted
  },
  'os-force_delete': async ({ db, context, volume }) => {
    await removeVolume(db, context, volume.id, { cascade: true, force: true })
    return accepted
  },
  'os-set_image_metadata': async ({ db, volume, given }) => {
    const known: unknown = JSON.parse(volume.image_metadata ?? '{}')
    const metadata = { ...Object(known), ...metadataOf(given.metadata) }
    await updateVolume(db, volume.id, { image_metadata: JSON.stringify(metadata) })
    return { status: 200, body: { metadata } }
  },
  'os-unset_image_metadata': async ({ db, volume, given }) => {
    const known: Record<string, string> = JSON.parse(volume.image_metadata ?? '{}')
    delete known[textOf(given, 'key') ?? '']
    await updateVolume(db, volume.id, { image_metadata: JSON.stringify(known) })
    return done
  },
  'os-reserve': move(['available'], 'attaching'),
  'os-unreserve': async ({ db, volume }) => {
    if (volume.status === 'attaching') await settleVolume(db, volume.id)
    return accepted
  },
  'os-begin_detaching': move(['in-use'], 'detaching'),
  'os-roll_detaching': async ({ db, volume }) => {
    if (volume.status === 'detaching') await settleVolume(db, volume.id)
    return accepted
  },
  'os-attach': async ({ db, context, volume, given }) => {
    mustBe(volume, 'available', 'attaching')
    await updateVolume(db, volume.id, { status: 'available' })
    const { id } = await createAttachment(db, context, {
      attachment: { volume_uuid: volume.id, instance_uuid: textOf(given, 'instance_uuid') },
    })
    const connector = {
      host: textOf(given, 'host_name'),
      mountpoint: textOf(given, 'mountpoint'),
      mode: textOf(given, 'mode') ?? 'rw',
    }
    await updateAttachment(db, context, id, { attachment: { connector } })
    await completeAttachment(db, context, id)
    return accepted
  },
  'os-detach': async ({ db, context, volume, given }) => {
    const { id } = await attachmentMeant(db, volume, textOf(given, 'attachment_id'))
    await removeAttachment(db, context, id)
    return accepted
  },
  'os-migrate_volume_completion': async ({ context, given }) => {
    if (!isAdmin(context)) {
      throw forbidden('volume_extension:volume_admin_actions:migrate_volume_completion')
    }
    // Nothing migrates here: what was asked for is what stays.
    return { status: 200, body: { save_volume_id: textOf(given, 'new_volume') } }
  },
}

/** One of the actions on a volume, by the only key of the body. @throws VolumeError */
export const act = async (call: ActionCall, body: unknown): Promise<Answer> => {
  const [name = '', ...others] = isRecord(body) ? Object.keys(body) : []
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!isRecord(body) || !action || others.length) {
    throw badRequest(`There is no such action: ${name.slice(0, 64)}`)
  }
  const volume = await visibleVolume(call.db, call.context, call.id)
  const given = body[name]
  return action({ ...call, volume, given: isRecord(given) ? given : {} })
}
