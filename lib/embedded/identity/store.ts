import { randomUUID } from 'node:crypto'
import type { Database } from '../../db/database.js'
import { duplicateEntry } from '../../db/errors.js'
import type { Reference } from './auth-request.js'
import { conflict } from './errors.js'
import type { IdentitySchema, Row, TableName, Value } from './schema.js'

export const newId = (): string => randomUUID().replaceAll('-', '')

export type ScopeKind = 'project' | 'domain' | 'system'

export interface Assignment {
  readonly user_id: string
  readonly scope: ScopeKind
  readonly scope_id: string
  readonly role_id: string
}

/** Rows of the identity database. Everything is small: lists are read whole. */
export class IdentityStore {
  readonly db: Database<IdentitySchema>
  /** Counts writes, so that what was derived from older rows can be told. */
  #generation = 0

  constructor(db: Database<IdentitySchema>) {
    this.db = db
  }

  get generation(): number {
    return this.#generation
  }

  async get(table: TableName, id: string): Promise<Row | undefined> {
    return this.first(table, { id })
  }

  async first(table: TableName, where: Row): Promise<Row | undefined> {
    return (await this.list(table, where))[0]
  }

  async list(table: TableName, where: Row = {}): Promise<Row[]> {
    let query = this.db.kysely.selectFrom(table).selectAll()
    for (const [column, value] of Object.entries(where)) {
      query = value === null ? query.where(column, 'is', null) : query.where(column, '=', value)
    }
    return query.execute()
  }

  /** @throws IdentityError 409 when a unique key is taken */
  async insert(table: TableName, row: Row): Promise<void> {
    await this.#write(() => this.db.kysely.insertInto(table).values(row).execute(), row)
  }

  /** @throws IdentityError 409 when a unique key is taken */
  async update(table: TableName, id: string, values: Row): Promise<void> {
    if (Object.keys(values).length === 0) return
    await this.#write(
      () => this.db.kysely.updateTable(table).set(values).where('id', '=', id).execute(),
      values,
    )
  }

  /** @returns how many rows went */
  async delete(table: TableName, where: Row): Promise<number> {
    let query = this.db.kysely.deleteFrom(table)
    for (const [column, value] of Object.entries(where)) query = query.where(column, '=', value)
    const [result] = await this.#write(() => query.execute(), where)
    return Number(result?.numDeletedRows ?? 0)
  }

  async deleteExpired(table: TableName, before: number): Promise<void> {
    await this.db.kysely.deleteFrom(table).where('expires_at', '<', before).execute()
  }

  /** A domain, project or user by id, or by name in a domain. */
  async resolve(table: TableName, reference: Reference): Promise<Row | undefined> {
    if (reference.id !== undefined) return this.get(table, reference.id)
    const name = reference.name ?? ''
    if (table === 'identity_domain') return this.first(table, { name })
    const domain = await this.resolve('identity_domain', reference.domain ?? {})
    return domain ? this.first(table, { name, domain_id: text(domain.id) }) : undefined
  }

  /** Roles that a user holds there, by id, with those that they imply. */
  async roles(userId: string, scope: ScopeKind, scopeId: string): Promise<ReadonlySet<string>> {
    const assigned = await this.list('identity_assignment', {
      user_id: userId,
      scope,
      scope_id: scopeId,
    })
    return this.withImplied(assigned.map(row => text(row.role_id)))
  }

  async withImplied(roleIds: readonly string[]): Promise<ReadonlySet<string>> {
    const implied = await this.list('identity_implied_role')
    const all = new Set(roleIds)
    // A set keeps its order while it grows, so this also visits what is added on the way.
    for (const id of all) {
      for (const row of implied) {
        if (row.prior_role_id === id) all.add(text(row.implied_role_id))
      }
    }
    return all
  }

  /** Granting twice is no error. */
  async assign(assignment: Assignment): Promise<void> {
    const row = { ...assignment }
    if (await this.first('identity_assignment', row)) return
    try {
      await this.insert('identity_assignment', row)
    } catch (error) {
      // Somebody else granted it in between.
      if (!(await this.first('identity_assignment', row))) throw error
    }
  }

  async setting(name: string): Promise<string | null> {
    const row = await this.first('identity_setting', { name })
    return row ? text(row.value) : null
  }

  async #write<T>(work: () => Promise<T>, values: Row): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (duplicateEntry(error) === null) throw error
      throw conflict(`Duplicate entry found with name ${text(values.name)}.`)
    } finally {
      this.#generation++
    }
  }
}

/** A column that holds a text; the empty one for null. */
export const text = (value: Value | undefined): string =>
  value === null || value === undefined ? '' : String(value)

export const textOrNull = (value: Value | undefined): string | null =>
  value === null || value === undefined ? null : String(value)

export const flag = (value: Value | undefined): boolean => value === 1

export const json = (value: Value | undefined): unknown =>
  typeof value === 'string' && value !== '' ? JSON.parse(value) : null
