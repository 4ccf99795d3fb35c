import { createInterface } from 'node:readline'
import { type Channel, type ConfirmChannel, connect, type Options } from 'amqplib'
import { unwrapEnvelope, wrapEnvelope } from '../lib/rpc/envelope.js'
import {
  createTransport,
  type PlainContext,
  plainSerializer,
  RpcClient,
  RpcServer,
} from '../lib/rpc/index.js'

/**
 * One end of bench/rpc.ts: `rpc-peer.js ours|bare|json server|client URL`. `bare` is amqplib alone, which carries
 * the bytes that ours sends, without making or reading them: confirmed publishing, acknowledged messages, an answer by
 * correlation id. `json` makes and reads them, both layers of oslo's format, and does nothing else.
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

/** As ours: see lib/rpc/rabbit/rabbit-wire.ts. */
const properties: Options.Publish = {
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  deliveryMode: 2,
  priority: 0,
  headers: {},
}

const confirmed = (channel: ConfirmChannel, queue: string, body: Buffer, more: Options.Publish) =>
  new Promise<void>((resolve, reject) => {
    const done = (error: unknown) => (error ? reject(error) : resolve())
    channel.publish('', queue, body, { ...properties, ...more }, done)
  })

const open = async (url: string): Promise<{ in: Channel; out: ConfirmChannel }> => {
  // Without noDelay the second half of a message of more than 2 KiB waits for the first half's acknowledgement.
  const options = { noDelay: true }
  const [incoming, outgoing] = await Promise.all([connect(url, options), connect(url, options)])
  return { in: await incoming.createChannel(), out: await outgoing.createConfirmChannel() }
}

const id = 'aa11bb22cc33dd44ee55ff6677889900'

const bodyOf = (message: object): Buffer => Buffer.from(wrapEnvelope(JSON.stringify(message)))

const requestOf = (method: string, payload: object): Buffer =>
  bodyOf({
    method,
    args: { payload },
    version: '1.0',
    ...(method === 'echo' && { _msg_id: id, _reply_q: `reply_${id}`, _timeout: null }),
    _unique_id: id,
  })

const replyOf = (result: unknown): Buffer =>
  bodyOf({ result, failure: null, ending: true, _msg_id: id, _unique_id: id })

const read = (body: Buffer): Record<string, unknown> => unwrapEnvelope(body.toString('utf8'))

/** Made once: the floor is what the bytes cost, not making them. */
const once = <Key extends object>(make: (key: Key) => Buffer): ((key: Key) => Buffer) => {
  const made = new WeakMap<Key, Buffer>()
  return key => {
    const known = made.get(key) ?? make(key)
    made.set(key, known)
    return known
  }
}

const plainServer = async (url: string, hasJson: boolean): Promise<void> => {
  const channels = await open(url)
  const queue = hasJson ? 'json' : 'bare'
  await channels.in.assertQueue(queue, { durable: false })
  await channels.in.prefetch(64)
  let noted = 0
  let answer: Buffer | undefined
  const replied = (content: Buffer): Buffer => {
    const { args } = hasJson || !answer ? read(content) : {}
    const made = args === undefined ? undefined : replyOf(Reflect.get(Object(args), 'payload'))
    answer = made ?? answer
    return answer ?? content
  }
  await channels.in.consume(queue, message => {
    if (!message) return
    channels.in.ack(message)
    const { replyTo, correlationId, type } = message.properties
    if (!replyTo) {
      if (hasJson) read(message.content)
      noted++
      return
    }
    const body = type === 'count' ? Buffer.from(String(noted)) : replied(message.content)
    void confirmed(channels.out, replyTo, body, { correlationId, mandatory: true })
  })
}

const plainClient = async (url: string, hasJson: boolean): Promise<Client> => {
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
  const to = hasJson ? 'json' : 'bare'
  const call = async (body: Buffer, type: string): Promise<Buffer> => {
    const correlationId = String(last++)
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    waiting.set(correlationId, resolve)
    const more = { correlationId, replyTo: queue, type, expiration: '60000' }
    await confirmed(channels.out, to, body, more)
    return promise
  }
  const echo = (payload: object) => requestOf('echo', payload)
  const note = (payload: object) => requestOf('note', payload)
  const [echoBytes, noteBytes] = hasJson ? [echo, note] : [once(echo), once(note)]
  return {
    call: async payload => {
      const answer = await call(echoBytes(payload), 'echo')
      return hasJson ? read(answer).result : answer
    },
    cast: payload => confirmed(channels.out, to, noteBytes(payload), {}),
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
const hasJson = kind === 'json'
if (role === 'server') {
  await (kind === 'ours' ? oursServer(url) : plainServer(url, hasJson))
  console.log('ready')
  process.stdin.resume().on('end', () => process.exit())
} else {
  const client = kind === 'ours' ? oursClient(url) : await plainClient(url, hasJson)
  console.log('ready')
  for await (const line of createInterface({ input: process.stdin })) {
    await load(client, JSON.parse(line) as Load)
    console.log('done')
  }
  process.exit()
}
