import { readFileSync } from 'node:fs'
import { Pool } from 'undici'

export interface Shot {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** How many requests, how many at a time, and the status that is a success. */
export interface Amount {
  readonly count: number
  readonly inFlight: number
  readonly expected: number
}

export interface Figures {
  readonly requestsPerSecond: number
  readonly medianMilliseconds: number
  /** Microseconds of the server's processor time for one request; NaN where /proc is not to be had. */
  readonly cpuMicroseconds: number
  readonly failures: number
  /** Status and body of the first answer that was not as expected; '' when all were. */
  readonly firstFailure: string
}

/**
 * Sends requests to a server, and reads what they cost its process.
 *
 * @param pids  the server's processes; their processor time is read from /proc
 */
export const load = async (
  origin: string,
  pids: readonly number[],
  shot: (n: number) => Shot,
  { count, inFlight, expected }: Amount,
): Promise<Figures> => {
  const pool = new Pool(origin, { connections: inFlight, pipelining: 1 })
  const times: number[] = []
  let next = 0
  let failures = 0
  let firstFailure = ''
  const worker = async (): Promise<void> => {
    while (next < count) {
      const { method, path, headers, body } = shot(next++)
      const sent = performance.now()
      const response = await pool.request({ method, path, headers, body })
      if (response.statusCode === expected) {
        await response.body.dump({ limit: 64 * 1024 * 1024 })
      } else {
        const text = await response.body.text()
        if (failures++ === 0) firstFailure = `${response.statusCode} ${text.slice(0, 200)}`
      }
      times.push(performance.now() - sent)
    }
  }
  const cpuBefore = cpuSeconds(pids)
  const start = performance.now()
  await Promise.all(Array.from({ length: inFlight }, worker))
  const seconds = (performance.now() - start) / 1000
  const cpu = cpuSeconds(pids) - cpuBefore
  await pool.close()
  times.sort((a, b) => a - b)
  return {
    requestsPerSecond: count / seconds,
    medianMilliseconds: times[Math.floor(times.length / 2)] ?? Number.NaN,
    cpuMicroseconds: (cpu / count) * 1e6,
    failures,
    firstFailure,
  }
}

/** User and system time of processes and their threads, in seconds. */
export const cpuSeconds = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)

/** proc(5), fields 14 and 15, 100 Hz. */
const cpuSecondsOf = (pid: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return Number.NaN
  }
}

/** Resident memory of processes (proc(5), VmRSS); NaN where /proc is not to be had. */
export const residentMebibytes = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + residentMebibytesOf(pid), 0)

const residentMebibytesOf = (pid: number): number => {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Math.round(Number(kibibytes) / 1024)
  } catch {
    return Number.NaN
  }
}
