import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isInstalled } from './clients.js'

const run = promisify(execFile)

/** Only RabbitMQ's own tool makes virtual hosts, and only for its user or root. */
const rabbitmqctl = (...args: readonly string[]): Promise<unknown> =>
  run('rabbitmqctl', [...args], { timeout: 60_000 })

/** A virtual host: queues of one's own, whatever they are called. */
export const addVhost = async (name: string): Promise<void> => {
  await rabbitmqctl('add_vhost', name)
  await rabbitmqctl('set_permissions', '-p', name, 'guest', '.*', '.*', '.*')
}

export interface Queue {
  readonly name: string
  readonly consumers: number
  /** Ready, and delivered but not acknowledged. */
  readonly messages: number
}

export const queuesOf = async (vhost: string): Promise<readonly Queue[]> => {
  const { stdout } = await run(
    'rabbitmqctl',
    ['list_queues', '-p', vhost, '--formatter', 'json', 'name', 'consumers', 'messages'],
    { timeout: 60_000 },
  )
  return JSON.parse(stdout) as Queue[]
}

export const deleteVhost = async (name: string): Promise<void> => {
  await rabbitmqctl('delete_vhost', name)
}

/** For a `before`: skips aloud where virtual hosts cannot be made; on CI they can be. */
export const needsVhosts = async (test: Mocha.Context): Promise<void> => {
  let why = 'rabbitmqctl is not installed'
  if (isInstalled('rabbitmqctl')) {
    try {
      await rabbitmqctl('list_vhosts', '--quiet')
      return
    } catch (error) {
      why = `rabbitmqctl: ${(error as Error).message.split('\n')[0]}`
    }
  }
  if (process.env.CI === 'true') throw new Error(why)
  console.warn(`      skipped: ${why}`)
  test.skip()
}
