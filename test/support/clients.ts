import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Whether a program is on the PATH. */
export const isInstalled = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/**
 * Skips the suite, aloud, when a program is not there. Where `CI=true` everything has to be there, and its
 * absence is a failure.
 */
export const needsPrograms = (suite: Mocha.Context, ...programs: readonly string[]): void => {
  const missing = programs.filter(program => !isInstalled(program))
  if (missing.length === 0) return
  const what = `${missing.join(', ')} not installed`
  if (process.env.CI === 'true') throw new Error(what)
  console.warn(`      skipped: ${what}`)
  suite.skip()
}

export interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A client command with the variables of its cloud; it may take a minute. */
export const run = (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Run> =>
  new Promise(resolve => {
    execFile(
      program,
      [...args],
      { env: { ...process.env, ...env }, timeout: 90_000, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
        resolve({ code, stdout, stderr })
      },
    )
  })

/** A command that must succeed; the error of one that does not has all that it said. */
export const succeeds = async (
  program: string,
  line: string | readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> => {
  const args = typeof line === 'string' ? line.split(' ') : line
  const { code, stdout, stderr } = await run(program, args, env)
  if (code !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stderr}\n${stdout}`)
  }
  return stdout
}

/**
 * Commands typed into one process of a client that has a prompt (`openstack`): what each said, of both streams,
 * without blanks around it. A twentieth of the time that a process a command takes.
 */
export const typed = async (
  program: string,
  lines: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> => {
  const mark = randomUUID()
  const child = spawn('sh', ['-c', `exec ${program} 2>&1`], {
    // unbuffered, or complaints would come ahead of what they complain of
    env: { ...process.env, ...env, PYTHONUNBUFFERED: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 90_000,
  })
  child.stdin.end(lines.map(line => `${line}\n!echo ${mark}\n`).join(''))
  const said = (await text(child.stdout)).split(mark).map(part => part.trim())
  if (said.length !== lines.length + 1) {
    throw new Error(`${program} ended after ${said.length - 1} commands:\n${said.at(-1)}`)
  }
  return said.slice(0, -1)
}
