import { novaObjectList } from './base/index.js'
import { Instance } from './instance.js'

export class InstanceList extends novaObjectList('InstanceList', '2.6', () => Instance) {}
