import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isInstalled } from './clients.js'

const run = promisify(execFile)

/** A RabbitMQ, and the tool that rules it. */
export interface RabbitServer {
  readonly port: number
  /** `rabbitmqctl`: what it prints. */
  ctl(...args: readonly string[]): Promise<string>
}

/** The one of this machine. Only RabbitMQ's own user and root may use its tool. */
export const machineRabbit: RabbitServer = {
  port: 5672,
  ctl: async (...args) => (await run('rabbitmqctl', [...args], { timeout: 60_000 })).stdout,
}

/** A virtual host: queues of one's own, whatever they are called. */
export const addVhost = async (
  name: string,
  server: RabbitServer = machineRabbit,
): Promise<void> => {
  await server.ctl('add_vhost', name)
  await server.ctl('set_permissions', '-p', name, 'guest', '.*', '.*', '.*')
}

export interface Queue {
  readonly name: string
  readonly consumers: number
  /** Ready, and delivered but not acknowledged. */
  readonly messages: number
}

export const queuesOf = async (
  vhost: string,
  server: RabbitServer = machineRabbit,
): Promise<readonly Queue[]> => {
  const columns = ['name', 'consumers', 'messages']
  const text = await server.ctl('list_queues', '-p', vhost, '--formatter', 'json', ...columns)
  return JSON.parse(text) as Queue[]
}

export const deleteVhost = async (
  name: string,
  server: RabbitServer = machineRabbit,
): Promise<void> => {
  await server.ctl('delete_vhost', name)
}

/** For a `before`: skips aloud where virtual hosts cannot be made; on CI they can be. */
export const needsVhosts = async (test: Mocha.Context): Promise<void> => {
  let why = 'rabbitmqctl is not installed'
  if (isInstalled('rabbitmqctl')) {
    try {
      await machineRabbit.ctl('list_vhosts', '--quiet')
      return
    } catch (error) {
      why = `rabbitmqctl: ${(error as Error).message.split('\n')[0]}`
    }
  }
  if (process.env.CI === 'true') throw new Error(why)
  console.warn(`      skipped: ${why}`)
  test.skip()
}
