import { createHash, randomUUID } from 'node:crypto'
import type { RequestContext } from '../context/index.js'
import {
  type ConsoleTokenRow,
  deleteConsoleTokens,
  insertConsoleToken,
  validConsoleToken,
} from '../db/queries/cell/console-tokens.js'
import { InvalidToken, ObjectActionError } from '../exception/index.js'
import { cellOf } from './access.js'
import { integer, novaObject, remotable, remotableClassMethod, string, uuid } from './base/index.js'
import { timestampFields } from './persistent.js'

/** Leave to use one console of a guest for a while (contract: workers/console.md). */
export class ConsoleAuthToken extends novaObject('ConsoleAuthToken', '1.1', {
  id: integer(),
  console_type: string(),
  host: string(),
  port: integer(),
  internal_access_path: string({ nullable: true }),
  instance_uuid: uuid(),
  access_url_base: string({ nullable: true }),
  token: string(),
  ...timestampFields(),
}) {
  /** What the client is sent to; only for who has just made the token, or was shown it. */
  get accessUrl(): string {
    const base = this.accessUrlBase ?? ''
    if (this.consoleType !== 'novnc') return `${base}?token=${this.token}`
    // noVNC takes the address of its WebSocket from the parameter `path`.
    const [page = '', query = ''] = base.split('?', 2)
    const params = new URLSearchParams(query)
    params.set('path', `${params.get('path') ?? ''}?token=${this.token}`)
    return `${page}?${params}`
  }

  /**
   * Writes it down, and makes the token that will be known by its hash only.
   *
   * @param ttl  seconds that it is valid
   */
  @remotable(['ttl'])
  async authorize(ttl: number): Promise<string> {
    const context = this.requireContext('authorize')
    if (this.isSet('id')) {
      throw new ObjectActionError({ action: 'authorize', reason: 'must be a new object' })
    }
    const token = randomUUID()
    const row = await insertConsoleToken(cellOf(context).kysely, {
      ...this.changes(),
      token_hash: hashOf(token),
      expires: seconds() + ttl,
    })
    this.assign({ ...rowValues(row), token }).resetChanges()
    return token
  }

  /** A token may be used again and again until it ends. @throws InvalidToken */
  @remotableClassMethod(['token'])
  static async validate(context: RequestContext, token: string): Promise<ConsoleAuthToken> {
    const row = await validConsoleToken(cellOf(context).kysely, hashOf(token), seconds())
    if (!row) throw new InvalidToken({ token: '***' })
    return ConsoleAuthToken.hydrate(context, { ...rowValues(row), token })
  }

  @remotableClassMethod(['instance_uuid'])
  static async cleanConsoleAuthsForInstance(
    context: RequestContext,
    instanceUuid: string,
  ): Promise<void> {
    await deleteConsoleTokens(cellOf(context).kysely, { instanceUuid })
  }

  @remotableClassMethod()
  static async cleanExpiredConsoleAuths(context: RequestContext): Promise<void> {
    await deleteConsoleTokens(cellOf(context).kysely, { expiredAt: seconds() })
  }

  @remotableClassMethod(['host'])
  static async cleanExpiredConsoleAuthsForHost(
    context: RequestContext,
    host: string,
  ): Promise<void> {
    await deleteConsoleTokens(cellOf(context).kysely, { expiredAt: seconds(), host })
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

const seconds = (): number => Math.floor(Date.now() / 1000)

const rowValues = (row: ConsoleTokenRow) => ({
  id: row.id,
  console_type: row.console_type,
  host: row.host,
  port: row.port,
  internal_access_path: row.internal_access_path,
  instance_uuid: row.instance_uuid,
  access_url_base: row.access_url_base,
  created_at: row.created_at,
  updated_at: row.updated_at,
})
