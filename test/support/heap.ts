import { once } from 'node:events'
import type { Process } from './processes.js'

/** For a process whose heap is to be looked at: the port is its own choice, and opened when asked for. */
export const inspectable: NodeJS.ProcessEnv = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' }

/**
 * Bytes that live in a process's heap, once everything that nobody holds is collected. It has to be
 * started with {@link inspectable}.
 */
export const heapOf = async (process: Process): Promise<number> => {
  process.signal('SIGUSR1')
  const [, url] = await process.printed(/Debugger listening on (ws:\S+)/)
  if (!url) throw new Error(`${process.name} told no address of its inspector`)
  const socket = new WebSocket(url)
  await once(socket, 'open')
  try {
    // Finalizers free more, and it takes a turn of the loop for them to run.
    for (let round = 0; round < 3; round++) await ask(socket, 'HeapProfiler.collectGarbage')
    const { usedSize } = await ask(socket, 'Runtime.getHeapUsage')
    return Number(usedSize)
  } finally {
    socket.close()
  }
}

interface Answer {
  readonly id?: number
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly message: string }
}

let lastId = 0

const ask = async (
  socket: WebSocket,
  method: string,
): Promise<Readonly<Record<string, unknown>>> => {
  const id = ++lastId
  const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>()
  const hear = ({ data }: MessageEvent): void => {
    const answer = JSON.parse(String(data)) as Answer
    if (answer.id !== id) return
    if (answer.error) reject(new Error(`${method}: ${answer.error.message}`))
    else resolve(answer.result ?? {})
  }
  socket.addEventListener('message', hear)
  const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), 30_000)
  try {
    socket.send(JSON.stringify({ id, method }))
    return await promise
  } finally {
    clearTimeout(timer)
    socket.removeEventListener('message', hear)
  }
}
