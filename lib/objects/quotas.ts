import type { RequestContext } from '../context/index.js'
import {
  classLimits,
  deleteLimits,
  type Limits,
  projectLimits,
  setClassLimit,
  setProjectLimit,
  setUserLimit,
  userLimits,
} from '../db/queries/api/quotas.js'
import { apiOf } from './access.js'
import { listOf, novaObject, remotableClassMethod, string } from './base/index.js'

export class Quotas extends novaObject('Quotas', '1.3', {
  reservations: listOf(string())({ nullable: true, default: [] }),
  project_id: string({ nullable: true, default: null }),
  user_id: string({ nullable: true, default: null }),
}) {
  /** Sets the limit of a project, or of a user in it; one that is there already is replaced. */
  @remotableClassMethod(['project_id', 'resource', 'limit'], ['user_id'])
  static async createLimit(
    context: RequestContext,
    projectId: string,
    resource: string,
    limit: number,
    options: { readonly userId?: string | null } = {},
  ): Promise<void> {
    await Quotas.updateLimit(context, projectId, resource, limit, options)
  }

  @remotableClassMethod(['project_id', 'resource', 'limit'], ['user_id'])
  static async updateLimit(
    context: RequestContext,
    projectId: string,
    resource: string,
    limit: number,
    options: { readonly userId?: string | null } = {},
  ): Promise<void> {
    const { userId } = options
    await apiOf(context).transaction(trx =>
      userId
        ? setUserLimit(trx, projectId, userId, resource, limit)
        : setProjectLimit(trx, projectId, resource, limit),
    )
  }

  /** Limits that were set for the project: what it does not name falls back to the class. */
  static async projectLimits(context: RequestContext, projectId: string): Promise<Limits> {
    return projectLimits(apiOf(context).kysely, projectId)
  }

  static async userLimits(
    context: RequestContext,
    projectId: string,
    userId: string,
  ): Promise<Limits> {
    return userLimits(apiOf(context).kysely, projectId, userId)
  }

  /** Only the class `default` has an effect. */
  static async classLimits(context: RequestContext, className: string): Promise<Limits> {
    return classLimits(apiOf(context).kysely, className)
  }

  static async updateClassLimit(
    context: RequestContext,
    className: string,
    resource: string,
    limit: number,
  ): Promise<void> {
    await apiOf(context).transaction(trx => setClassLimit(trx, className, resource, limit))
  }

  /** Back to defaults: the project and all its users, or the one user. */
  static async destroyAll(
    context: RequestContext,
    projectId: string,
    options: { readonly userId?: string | null } = {},
  ): Promise<void> {
    await apiOf(context).transaction(trx =>
      deleteLimits(trx, projectId, options.userId ?? undefined),
    )
  }
}

export class QuotasNoOp extends novaObject('QuotasNoOp', '1.3', {
  reservations: listOf(string())({ nullable: true, default: [] }),
  project_id: string({ nullable: true, default: null }),
  user_id: string({ nullable: true, default: null }),
}) {}
