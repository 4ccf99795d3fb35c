import { integer, novaObject, object } from './base/index.js'
import { ComputeNodeList } from './compute-node.js'

export class SchedulerRetries extends novaObject('SchedulerRetries', '1.1', {
  num_attempts: integer(),
  hosts: object(() => ComputeNodeList)(),
}) {}
