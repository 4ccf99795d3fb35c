import { listOf, novaObject, string } from './base/index.js'

export class Quotas extends novaObject('Quotas', '1.3', {
  reservations: listOf(string())({ nullable: true, default: [] }),
  project_id: string({ nullable: true, default: null }),
  user_id: string({ nullable: true, default: null }),
}) {}

export class QuotasNoOp extends novaObject('QuotasNoOp', '1.3', {
  reservations: listOf(string())({ nullable: true, default: [] }),
  project_id: string({ nullable: true, default: null }),
  user_id: string({ nullable: true, default: null }),
}) {}
