import type { RequestContext } from '../../context/index.js'
import { isRecord } from '../../util/is-record.js'
import { isAdmin, now } from '../support/request.js'
import { ownedImage, ownsImage, visibleImage } from './access.js'
import { badRequest, ImageError } from './errors.js'
import { type Db, findMember, type ImageRow, type ImageSchema, membersOf } from './store.js'

type Doc = Record<string, unknown>

const memberView = (row: ImageSchema['members']): Doc => ({
  member_id: row.member_id,
  image_id: row.image_id,
  status: row.status,
  created_at: row.created_at,
  updated_at: row.updated_at,
  schema: '/v2/schemas/member',
})

const noMember = (id: string): ImageError =>
  new ImageError(404, `${id.slice(0, 255)} not found in the member list of the image.`)

const onlyShared = (row: ImageRow): void => {
  if (row.visibility !== 'shared') throw new ImageError(403, 'Only shared images have members.')
}

/** The owner sees all members, a member sees itself. */
export const listMembers = async (db: Db, context: RequestContext, id: string): Promise<Doc> => {
  const row = await visibleImage(db, context, id)
  onlyShared(row)
  const all = await membersOf(db, row.id)
  const seen = ownsImage(context, row)
    ? all
    : all.filter(member => member.member_id === context.projectId)
  return { members: seen.map(memberView), schema: '/v2/schemas/members' }
}

export const showMember = async (
  db: Db,
  context: RequestContext,
  id: string,
  memberId: string,
): Promise<Doc> => {
  const row = await visibleImage(db, context, id)
  const member = await findMember(db, row.id, memberId)
  if (!member || !(ownsImage(context, row) || memberId === context.projectId)) {
    throw noMember(memberId)
  }
  return memberView(member)
}

export const addMember = async (
  db: Db,
  context: RequestContext,
  id: string,
  body: unknown,
): Promise<Doc> => {
  const memberId = isRecord(body) ? body.member : undefined
  if (typeof memberId !== 'string' || memberId === '') {
    throw badRequest('Expected a member in the form: {"member": "image_id"}')
  }
  if (memberId.length > 255) throw badRequest('A member has at most 255 characters')
  const row = await ownedImage(db, context, id, 'share this')
  onlyShared(row)
  if (await findMember(db, row.id, memberId)) {
    throw new ImageError(409, `Image member ${memberId} already exists for image ${row.id}`)
  }
  const time = now()
  const member = {
    image_id: row.id,
    member_id: memberId,
    status: 'pending',
    created_at: time,
    updated_at: time,
  }
  await db.insertInto('members').values(member).execute()
  return memberView(member)
}

/** Whether to take an image is the member's to say, not the owner's. */
export const setMemberStatus = async (
  db: Db,
  context: RequestContext,
  id: string,
  memberId: string,
  body: unknown,
): Promise<Doc> => {
  const status = isRecord(body) ? body.status : undefined
  if (status !== 'pending' && status !== 'accepted' && status !== 'rejected') {
    throw badRequest(
      status === undefined
        ? 'Expected a status in the form: {"status": "status"}'
        : 'Status must be "pending", "accepted" or "rejected".',
    )
  }
  const row = await visibleImage(db, context, id)
  const member = await findMember(db, row.id, memberId)
  if (!member) throw noMember(memberId)
  if (memberId !== context.projectId && !isAdmin(context)) {
    throw new ImageError(403, 'You are not permitted to modify this image member.')
  }
  const changed = { ...member, status, updated_at: now() }
  await db
    .updateTable('members')
    .set({ status, updated_at: changed.updated_at })
    .where('image_id', '=', row.id)
    .where('member_id', '=', memberId)
    .execute()
  return memberView(changed)
}

export const removeMember = async (
  db: Db,
  context: RequestContext,
  id: string,
  memberId: string,
): Promise<void> => {
  const row = await ownedImage(db, context, id, 'change the members of this')
  onlyShared(row)
  if (!(await findMember(db, row.id, memberId))) throw noMember(memberId)
  await db
    .deleteFrom('members')
    .where('image_id', '=', row.id)
    .where('member_id', '=', memberId)
    .execute()
}
