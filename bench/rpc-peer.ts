import { createInterface } from 'node:readline'
import { type Channel, type ConfirmChannel, connect } from 'amqplib'
import {
  createTransport,
  type PlainContext,
  plainSerializer,
  RpcClient,
  RpcServer,
} from '../lib/rpc/index.js'

/**
 * One end of bench/rpc.ts: `rpc-peer.js ours|bare server|client URL`. `bare` is amqplib alone, which hands the
 * bytes on unread: confirmed publishing, acknowledged messages, an answer by correlation id.
 */
export interface Load {
  readonly kind: 'call' | 'cast'
  readonly count: number
  readonly inFlight: number
  readonly payload: object
}

interface Client {
  call(payload: object): Promise<unknown>
  cast(payload: object): Promise<unknown>
  /** Casts that the server has had. */
  count(): Promise<number>
}

const ours = (url: string) => createTransport(url, { controlExchange: 'bench' })

const oursServer = async (url: string): Promise<void> => {
  let noted = 0
  const methods = {
    echo: (_context: PlainContext, { payload }: PlainContext) => payload,
    note: () => void noted++,
    count: () => noted,
  }
  const endpoints = [{ version: '1.0', methods }]
  const target = { topic: 'ours', server: 'one' }
  await new RpcServer(ours(url), target, endpoints, { serializer: plainSerializer }).start()
}

const oursClient = (url: string): Client => {
  const target = { topic: 'ours', version: '1.0' }
  const client = new RpcClient(ours(url), target, { serializer: plainSerializer })
  return {
    call: payload => client.call({}, 'echo', { payload }),
    cast: payload => client.cast({}, 'note', { payload }),
    count: async () => Number(await client.call({}, 'count')),
  }
}

const confirmed = (channel: ConfirmChannel, queue: string, body: Buffer, options: object) =>
  new Promise<void>((resolve, reject) => {
    channel.publish('', queue, body, options, error => (error ? reject(error) : resolve()))
  })

const open = async (url: string): Promise<{ in: Channel; out: ConfirmChannel }> => {
  const [incoming, outgoing] = await Promise.all([connect(url), connect(url)])
  return { in: await incoming.createChannel(), out: await outgoing.createConfirmChannel() }
}

const bareServer = async (url: string): Promise<void> => {
  const channels = await open(url)
  await channels.in.assertQueue('bare', { durable: false })
  await channels.in.prefetch(64)
  let noted = 0
  await channels.in.consume('bare', message => {
    if (!message) return
    channels.in.ack(message)
    const { replyTo, correlationId, type } = message.properties
    if (!replyTo) {
      noted++
      return
    }
    const body = type === 'count' ? Buffer.from(String(noted)) : message.content
    void confirmed(channels.out, replyTo, body, { correlationId, mandatory: true })
  })
}

/** As many bytes as ours: oslo's message is JSON within JSON. */
const inEnvelope = (payload: object): string =>
  JSON.stringify({
    'oslo.version': '2.0',
    'oslo.message': JSON.stringify({ method: 'echo', args: { payload }, version: '1.0' }),
  })

const bareClient = async (url: string): Promise<Client> => {
  const channels = await open(url)
  const { queue } = await channels.in.assertQueue('', { exclusive: true })
  const waiting = new Map<string, (body: Buffer) => void>()
  await channels.in.consume(queue, message => {
    if (!message) return
    channels.in.ack(message)
    waiting.get(message.properties.correlationId)?.(message.content)
    waiting.delete(message.properties.correlationId)
  })
  let last = 0
  const call = async (body: Buffer, type: string): Promise<Buffer> => {
    const correlationId = String(last++)
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    waiting.set(correlationId, resolve)
    await confirmed(channels.out, 'bare', body, { correlationId, replyTo: queue, type })
    return promise
  }
  // Written once: the floor is what the bytes cost, not making them.
  let known: { payload: object; body: Buffer } | undefined
  const bytes = (payload: object): Buffer => {
    if (known?.payload !== payload) known = { payload, body: Buffer.from(inEnvelope(payload)) }
    return known.body
  }
  return {
    call: payload => call(bytes(payload), 'echo'),
    cast: payload => confirmed(channels.out, 'bare', bytes(payload), {}),
    count: async () => Number(await call(Buffer.alloc(0), 'count')),
  }
}

const load = async (client: Client, { kind, count, inFlight, payload }: Load): Promise<void> => {
  let left = count
  const until = kind === 'cast' ? (await client.count()) + count : 0
  const worker = async (): Promise<void> => {
    while (left-- > 0) await client[kind](payload)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  while (kind === 'cast' && (await client.count()) < until);
}

const [, , kind, role, url = ''] = process.argv
if (role === 'server') {
  await (kind === 'ours' ? oursServer(url) : bareServer(url))
  console.log('ready')
  process.stdin.resume().on('end', () => process.exit())
} else {
  const client = kind === 'ours' ? oursClient(url) : await bareClient(url)
  console.log('ready')
  for await (const line of createInterface({ input: process.stdin })) {
    await load(client, JSON.parse(line) as Load)
    console.log('done')
  }
  process.exit()
}
