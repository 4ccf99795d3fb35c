import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import { duplicateEntry } from '../db/errors.js'
import {
  countInstanceGroups,
  deleteInstanceGroup,
  deleteMembers,
  groupsOfInstances,
  type InstanceGroupFilter,
  insertInstanceGroup,
  insertMembers,
  membersOfGroups,
  policiesOfGroups,
  selectInstanceGroups,
  updateInstanceGroup,
} from '../db/queries/api/instance-groups.js'
import { hostsOfInstances, instanceUserIds } from '../db/queries/cell/instances.js'
import {
  InstanceGroupIdExists,
  InstanceGroupNotFound,
  ObjectActionError,
} from '../exception/index.js'
import { apiOf, cellOf } from './access.js'
import { announce } from './announce.js'
import {
  dictOf,
  integer,
  listOf,
  novaObject,
  novaObjectList,
  remotable,
  remotableClassMethod,
  string,
  uuid,
} from './base/index.js'
import { persistentFields } from './persistent.js'

export class InstanceGroup extends novaObject(
  'InstanceGroup',
  '1.11',
  {
    id: integer(),
    user_id: string({ nullable: true }),
    project_id: string({ nullable: true }),
    uuid: uuid(),
    name: string({ nullable: true }),
    policies: listOf(string())({ nullable: true, readOnly: true }),
    members: listOf(string())({ nullable: true }),
    hosts: listOf(string())({ nullable: true }),
    policy: string({ nullable: true }),
    _rules: dictOf(string())(),
    ...persistentFields(),
  },
  (data, isBelow) => {
    if (isBelow('1.11')) {
      data.policies = data.policy ? [data.policy] : []
      delete data.policy
    }
    if (isBelow('1.7')) data.metadetails = {}
  },
) {
  /** @throws InstanceGroupNotFound */
  @remotableClassMethod(['uuid'])
  static async getByUuid(context: RequestContext, uuid: string): Promise<InstanceGroup> {
    const [group] = await select(context, { uuid })
    if (!group) throw new InstanceGroupNotFound({ group_uuid: uuid })
    return group
  }

  /** @throws InstanceGroupNotFound */
  @remotableClassMethod(['name'])
  static async getByName(context: RequestContext, name: string): Promise<InstanceGroup> {
    const [group] = await select(context, { name })
    if (!group) throw new InstanceGroupNotFound({ group_uuid: name })
    return group
  }

  /** @throws InstanceGroupNotFound when the instance is in none */
  @remotableClassMethod(['instance_uuid'])
  static async getByInstanceUuid(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<InstanceGroup> {
    const [group] = await select(context, { member: instanceUuid })
    if (!group) throw new InstanceGroupNotFound({ group_uuid: '' })
    return group
  }

  /** `max_server_per_host` as a number, where the group has rules. */
  get rules(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(this.get('_rules') ?? {}).map(([key, value]) => [key, Number(value)]),
    )
  }

  /** @throws InstanceGroupIdExists */
  @remotable()
  async create(): Promise<void> {
    const context = this.requireContext('create')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'create', reason: 'already created' })
    }
    const uuid = this.get('uuid') ?? randomUUID()
    const policy = this.get('policy') ?? null
    const rules = this.get('_rules')
    const hasRules = rules && Object.keys(rules).length > 0
    const extra = this.changes()
    try {
      const row = await apiOf(context).transaction(trx =>
        insertInstanceGroup(
          trx,
          {
            uuid,
            name: this.get('name') ?? null,
            user_id: this.get('userId') ?? null,
            project_id: this.get('projectId') ?? null,
          },
          policy === null ? null : { policy, rules: hasRules ? JSON.stringify(rules) : null },
          this.get('members') ?? [],
        ),
      )
      const [group] = await select(context, { id: row.id })
      for (const { wire } of this.objectType.fields) {
        const value = group?.valueAt(wire)
        if (value !== undefined) this.assign({ [wire]: value })
      }
    } catch (error) {
      if (duplicateEntry(error)) throw new InstanceGroupIdExists({ group_uuid: uuid })
      throw error
    }
    this.resetChanges()
    await announce(context, 'server_group.create', { group: this, extra })
  }

  /** @throws InstanceGroupNotFound */
  @remotable()
  async save(): Promise<void> {
    const context = this.requireContext('save')
    const changed = this.changedFields()
    if (changed.size === 0) return
    await apiOf(context).transaction(async trx => {
      const [row] = await selectInstanceGroups(trx, { uuid: this.uuid })
      if (!row) throw new InstanceGroupNotFound({ group_uuid: this.uuid })
      if (changed.has('name')) await updateInstanceGroup(trx, row.id, { name: this.name })
      if (changed.has('members')) {
        const stored = (await membersOfGroups(trx, [row.id])).map(one => one.instance_uuid ?? '')
        const wanted = this.members ?? []
        await deleteMembers(
          trx,
          row.id,
          stored.filter(uuid => !wanted.includes(uuid)),
        )
        await insertMembers(trx, row.id, wanted)
      }
    })
    await this.refresh()
  }

  @remotable()
  async refresh(): Promise<void> {
    const context = this.requireContext('refresh')
    const fresh = await InstanceGroup.getByUuid(context, this.uuid)
    for (const { wire } of this.objectType.fields) {
      const value = fresh.valueAt(wire)
      if (value !== undefined) this.assign({ [wire]: value })
    }
    this.resetChanges()
  }

  /** @throws InstanceGroupNotFound */
  @remotable()
  async destroy(): Promise<void> {
    const context = this.requireContext('destroy')
    await apiOf(context).transaction(async trx => {
      const [row] = await selectInstanceGroups(trx, { uuid: this.uuid })
      if (!row) throw new InstanceGroupNotFound({ group_uuid: this.uuid })
      await deleteInstanceGroup(trx, row.id)
    })
    await announce(context, 'server_group.delete', { group: this })
  }

  /** @returns the uuids of all members now. @throws InstanceGroupNotFound */
  @remotableClassMethod(['group_uuid', 'instance_uuids'])
  static async addMembers(
    context: RequestContext,
    groupUuid: string,
    instanceUuids: readonly string[],
  ): Promise<string[]> {
    const members = await apiOf(context).transaction(async trx => {
      const [row] = await selectInstanceGroups(trx, { uuid: groupUuid })
      if (!row) throw new InstanceGroupNotFound({ group_uuid: groupUuid })
      await insertMembers(trx, row.id, instanceUuids)
      return (await membersOfGroups(trx, [row.id])).map(one => one.instance_uuid ?? '')
    })
    if (context.services.notifications) {
      const group = await InstanceGroup.getByUuid(context, groupUuid)
      const extra = { instance_uuids: instanceUuids }
      await announce(context, 'server_group.add_member', { group, extra })
    }
    return members
  }

  /** Takes instances out, as a delete does; they may be in it or not. */
  static async removeMembers(
    context: RequestContext,
    groupUuid: string,
    instanceUuids: readonly string[],
  ): Promise<void> {
    await apiOf(context).transaction(async trx => {
      const [row] = await selectInstanceGroups(trx, { uuid: groupUuid })
      if (row) await deleteMembers(trx, row.id, instanceUuids)
    })
  }

  /** Hosts, in this cell, of the members; of those but the instances excluded. */
  @remotable([], ['exclude'])
  async getHosts(options: { readonly exclude?: readonly string[] | null } = {}): Promise<string[]> {
    const context = this.requireContext('get_hosts')
    const excluded = new Set(options.exclude ?? [])
    const members = (this.get('members') ?? []).filter(uuid => !excluded.has(uuid))
    const hosts = await hostsOfInstances(cellOf(context).kysely, members)
    return [...new Set(hosts.map(row => row.host))]
  }

  /** How many of the members, in this cell, are the user's. */
  @remotable(['user_id'])
  async countMembersByUser(userId: string): Promise<number> {
    const context = this.requireContext('count_members_by_user')
    const owners = await instanceUserIds(cellOf(context).kysely, this.get('members') ?? [])
    return owners.filter(owner => owner === userId).length
  }
}

export class InstanceGroupList extends novaObjectList(
  'InstanceGroupList',
  '1.8',
  () => InstanceGroup,
) {
  /** Server → the uuid of its group, by one query; those in none are left out. */
  static async uuidsOfInstances(
    context: RequestContext,
    instanceUuids: readonly string[],
  ): Promise<Map<string, string>> {
    const rows = await groupsOfInstances(apiOf(context).kysely, instanceUuids)
    return new Map(rows.map(({ instance_uuid, uuid }) => [instance_uuid ?? '', uuid]))
  }

  @remotableClassMethod(['project_id'])
  static async getByProjectId(
    context: RequestContext,
    projectId: string,
  ): Promise<InstanceGroupList> {
    return InstanceGroupList.of(context, await select(context, { projectId }))
  }

  @remotableClassMethod()
  static async getAll(context: RequestContext): Promise<InstanceGroupList> {
    return InstanceGroupList.of(context, await select(context, {}))
  }

  @remotableClassMethod(['project_id'], ['user_id'])
  static async getCounts(
    context: RequestContext,
    projectId: string,
    options: { readonly userId?: string | null } = {},
  ): Promise<{
    readonly project: { readonly server_groups: number }
    readonly user?: { readonly server_groups: number }
  }> {
    const userId = options.userId ?? null
    const counts = await countInstanceGroups(apiOf(context).kysely, projectId, userId)
    return {
      project: { server_groups: counts.project },
      ...(userId !== null && { user: { server_groups: counts.user } }),
    }
  }
}

/** With policy, rules and members: three queries, however many there are. */
const select = async (
  context: RequestContext,
  filter: InstanceGroupFilter,
): Promise<InstanceGroup[]> => {
  const db = apiOf(context).kysely
  const rows = await selectInstanceGroups(db, filter)
  const ids = rows.map(row => row.id)
  const [policies, members] = await Promise.all([
    policiesOfGroups(db, ids),
    membersOfGroups(db, ids),
  ])
  return rows.map(row => {
    const policy = policies.find(one => one.group_id === row.id)
    return InstanceGroup.hydrate(context, {
      ...row,
      deleted: false,
      deleted_at: null,
      policy: policy?.policy ?? null,
      policies: policy?.policy ? [policy.policy] : [],
      _rules: policy?.rules ? JSON.parse(policy.rules) : {},
      members: members.filter(one => one.group_id === row.id).map(one => one.instance_uuid),
    })
  })
}
