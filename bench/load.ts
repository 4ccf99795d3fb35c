import { readFileSync } from 'node:fs'
import { Pool } from 'undici'

export interface Shot {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Figures {
  readonly requestsPerSecond: number
  /** Microseconds of the server's processor time for one request; NaN where /proc is not to be had. */
  readonly cpuMicroseconds: number
  readonly failures: number
}

/**
 * Sends `count` requests to a server, `inFlight` at a time, and reads what they cost its process.
 *
 * @param pid  the server's process; its processor time is read from /proc
 */
export const load = async (
  origin: string,
  pid: number,
  shot: (n: number) => Shot,
  { count, inFlight, expected }: { count: number; inFlight: number; expected: number },
): Promise<Figures> => {
  const pool = new Pool(origin, { connections: inFlight, pipelining: 1 })
  let next = 0
  let failures = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const { method, path, headers, body } = shot(next++)
      const response = await pool.request({ method, path, headers, body })
      await response.body.dump({ limit: 64 * 1024 * 1024 })
      if (response.statusCode !== expected) failures++
    }
  }
  const cpuBefore = cpuSeconds(pid)
  const start = performance.now()
  await Promise.all(Array.from({ length: inFlight }, worker))
  const seconds = (performance.now() - start) / 1000
  const cpu = cpuSeconds(pid) - cpuBefore
  await pool.close()
  return {
    requestsPerSecond: count / seconds,
    cpuMicroseconds: (cpu / count) * 1e6,
    failures,
  }
}

/** User and system time of a process and its threads, in seconds (proc(5), fields 14 and 15, 100 Hz). */
const cpuSeconds = (pid: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return Number.NaN
  }
}
