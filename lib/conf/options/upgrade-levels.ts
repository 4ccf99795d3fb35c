import { str } from '../kinds.js'
import { group } from '../option.js'

export const upgradeLevels = group('upgrade_levels', {
  compute: level('compute', "; 'auto' for the oldest compute there is"),
  conductor: level('conductor'),
  scheduler: level('scheduler'),
  baseapi: level('the base API'),
  cert: gone(),
  cells: gone(),
  intercell: gone(),
  console: gone(),
  consoleauth: gone(),
  network: gone(),
})

function level(topic: string, more = '') {
  return str({
    help: `Newest version of messages to ${topic}: N.N or the name of a release${more}. No limit without it.`,
  })
}

/** A service of older releases. */
function gone() {
  return str({ help: 'Not used: there is no such service any more.' })
}
