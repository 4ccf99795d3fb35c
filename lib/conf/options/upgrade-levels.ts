import { str } from '../kinds.js'
import { group } from '../option.js'

export const upgradeLevels = group('upgrade_levels', {
  compute: level('compute', "; 'auto' for the oldest compute there is"),
  conductor: level('conductor'),
  scheduler: level('scheduler'),
  baseapi: level('the base API'),
  cert: level('cert'),
  cells: level('cells'),
  intercell: level('intercell'),
  console: level('console'),
  consoleauth: level('consoleauth'),
  network: level('network'),
})

function level(topic: string, more = '') {
  return str({
    help: `Newest version of messages to ${topic}: N.N or the name of a release${more}.`,
  })
}
