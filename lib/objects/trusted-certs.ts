import { listOf, novaObject, string } from './base/index.js'

export class TrustedCerts extends novaObject('TrustedCerts', '1.0', {
  ids: listOf(string())(),
}) {}
