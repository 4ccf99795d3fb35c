import type { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
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
import type { Db, VolumeRow } from './store.js'
import { findType } from './types.js'
import { removeVolume, updateVolume, visibleVolume } from './volumes.js'

type Given = Readonly<Record<string, unknown>>

interface Acting {
  readonly db: Db
  readonly context: RequestContext
  readonly volume: VolumeRow
  readonly given: Given
}

interface Answer {
  readonly status: number
  readonly body?: object
}

type Action = (acting: Acting) => Promise<Answer>

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
  'os-extend': async ({ db, volume, given }) => {
    mustBe(volume, 'available', 'in-use')
    const size = sizeOf(given, 'new_size')
    if (size === null || size <= volume.size) {
      throw badRequest(
        `Invalid input received: New size for extend must be greater than current size. (current: ${volume.size}, extended: ${size}).`,
      )
    }
    await checkRoom(db, volume.project_id, null, size - volume.size)
    await updateVolume(db, volume.id, { size })
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
export const act = async (
  db: Db,
  context: RequestContext,
  id: string,
  body: unknown,
): Promise<Answer> => {
  const [name = '', ...others] = isRecord(body) ? Object.keys(body) : []
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!isRecord(body) || !action || others.length) {
    throw badRequest(`There is no such action: ${name.slice(0, 64)}`)
  }
  const volume = await visibleVolume(db, context, id)
  const given = body[name]
  return action({ db, context, volume, given: isRecord(given) ? given : {} })
}
