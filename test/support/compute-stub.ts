import { RpcServer } from '../../lib/rpc/index.js'
import type { TestApi } from '../../lib/testing/index.js'

type Args = Readonly<Record<string, unknown>>

/** Method → its answer to a call; casts need one too, for the method to be known. */
type Answers = Readonly<Record<string, (args: Args) => unknown>>

/** A nova-compute on host `one` that answers as it is told, and keeps what it was sent. */
export const computeStub = (api: TestApi, answers: Answers) =>
  serviceStub(api, { topic: 'compute', version: '6.4' }, answers)

/** The same of a conductor's tasks. */
export const conductorStub = (api: TestApi, answers: Answers) =>
  serviceStub(api, { topic: 'conductor', namespace: 'compute_task', version: '1.25' }, answers)

const serviceStub = async (
  { process }: TestApi,
  { topic, ...endpoint }: { topic: string; namespace?: string; version: string },
  answers: Answers,
) => {
  const sent: [method: string, args: Args][] = []
  let heard = Promise.withResolvers<void>()
  const methods = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      (_context: unknown, args: Args) => {
        sent.push([name, args])
        heard.resolve()
        heard = Promise.withResolvers()
        return answer(args)
      },
    ]),
  )
  const server = new RpcServer(
    process.transport,
    { topic, server: 'one' },
    [{ ...endpoint, methods }],
    { serializer: process.serializer, log: process.log },
  )
  await server.start()
  return {
    /** The next message that comes, or came and was not taken yet. */
    next: async (): Promise<[method: string, args: Args]> => {
      for (;;) {
        const first = sent.shift()
        if (first) return first
        await heard.promise
      }
    },
    stop: () => server.stop(),
  }
}

/**
 * The same while a test uses it.
 *
 * @param messages  so many are waited for before it stops: of a cast nobody else hears
 * @returns the names of what it was asked, in order
 */
export const withCompute = async (
  api: TestApi,
  answers: Readonly<Record<string, (args: Args) => unknown>>,
  use: () => Promise<void>,
  messages = 0,
): Promise<string[]> => {
  const asked: string[] = []
  const noting = Object.entries(answers).map(([name, answer]) => [
    name,
    (args: Args) => {
      asked.push(name)
      return answer(args)
    },
  ])
  const stub = await computeStub(api, Object.fromEntries(noting))
  try {
    await use()
    for (let count = 0; count < messages; count += 1) await stub.next()
  } finally {
    await stub.stop()
  }
  return asked
}
