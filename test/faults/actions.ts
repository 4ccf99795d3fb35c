import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../fuzz/random.js'
import type { SeparateCloud } from '../support/separate-cloud.js'

/** A server for which an action may be asked. */
interface Acted {
  readonly cloud: SeparateCloud
  readonly id: string
}

/** ms for which a customer watches a server that does not come to what was asked for. */
const PATIENCE = 45_000

const statusOf = async ({ cloud, id }: Acted): Promise<string> => {
  try {
    const { status, body } = await cloud.api('GET', `/servers/${id}`)
    if (status === 404) return 'GONE'
    return status === 200 ? (body as { server: { status: string } }).server.status : 'UNKNOWN'
  } catch {
    // The API is away just now.
    return 'UNKNOWN'
  }
}

const comesTo = async (server: Acted, wanted: string): Promise<boolean> => {
  const deadline = performance.now() + PATIENCE
  while (performance.now() < deadline) {
    const status = await statusOf(server)
    if (status === wanted) return true
    if (status === 'ERROR' || status === 'GONE') return false
    await sleep(250)
  }
  return false
}

const ask = async ({ cloud, id }: Acted, action: object): Promise<boolean> => {
  try {
    const { status } = await cloud.api('POST', `/servers/${id}/action`, action, '2.56')
    return status < 300
  } catch {
    // Nobody answered: it may have been heard, and shows.
    return false
  }
}

const reboot = (type: 'SOFT' | 'HARD') => async (server: Acted) => {
  if (await ask(server, { reboot: { type } })) await comesTo(server, 'ACTIVE')
}

const stopAndStart = async (server: Acted): Promise<void> => {
  if (!(await ask(server, { 'os-stop': null }))) return
  if (await comesTo(server, 'SHUTOFF')) await ask(server, { 'os-start': null })
}

const move = (action: object, end: 'confirmResize' | 'revertResize') => async (server: Acted) => {
  if (!(await ask(server, action))) return
  if (await comesTo(server, 'VERIFY_RESIZE')) await ask(server, { [end]: null })
}

const liveMigrate = async (server: Acted): Promise<void> => {
  await ask(server, { 'os-migrateLive': { host: null, block_migration: 'auto' } })
}

const actions: readonly ((server: Acted) => Promise<void>)[] = [
  reboot('SOFT'),
  reboot('HARD'),
  stopAndStart,
  move({ resize: { flavorRef: '2' } }, 'confirmResize'),
  move({ resize: { flavorRef: '2' } }, 'revertResize'),
  move({ migrate: null }, 'confirmResize'),
  liveMigrate,
]

/** Waits for a server to run, and has something done with it; nobody insists. */
export const act = async (cloud: SeparateCloud, random: Random, id: string): Promise<void> => {
  const action = random.pick(actions)
  if (await comesTo({ cloud, id }, 'ACTIVE')) await action({ cloud, id })
}

/** What a customer left half done: a resize to be confirmed, a server to be started. */
export const settle = async (cloud: SeparateCloud, id: string, status: string): Promise<void> => {
  if (status === 'VERIFY_RESIZE') await ask({ cloud, id }, { confirmResize: null })
  if (status === 'SHUTOFF') await ask({ cloud, id }, { 'os-start': null })
}
