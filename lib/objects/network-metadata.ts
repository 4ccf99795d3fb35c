import { boolean, novaObject, setOf, string } from './base/index.js'

export class NetworkMetadata extends novaObject('NetworkMetadata', '1.0', {
  physnets: setOf(string())(),
  tunneled: boolean(),
}) {}
