import { novaObject, novaObjectList, string } from './base/index.js'

export class Tag extends novaObject('Tag', '1.1', {
  resource_id: string(),
  tag: string(),
}) {}

export class TagList extends novaObjectList('TagList', '1.1', () => Tag) {}
