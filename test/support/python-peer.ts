import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

const script = resolve(import.meta.dirname, '../../../test/peers/python/peer.py')

/** How long one answer may take, milliseconds. */
const patience = 60_000

/** A Python that has the module: the first one on the PATH, or Debian's own. Else skips aloud; fails on CI. */
export const findPython = (test: Mocha.Context, module: string): string => {
  const python = ['/usr/bin/python3', 'python3'].find(
    name => spawnSync(name, ['-c', `import ${module}`]).status === 0,
  )
  if (python) return python
  if (process.env.CI === 'true') throw new Error(`no python3 with ${module}`)
  console.log(`      skipped: no python3 with ${module}`)
  return test.skip()
}

/** How a command of the peer failed. */
export class PeerError extends Error {
  override readonly name = 'PeerError'
  readonly module: string
  readonly class: string
  readonly kwargs: Readonly<Record<string, unknown>> | null
  /** What oslo.messaging's RemoteError says of an error that it could not rebuild. */
  readonly excType: string | null

  constructor(error: Record<string, unknown>) {
    super(`${error.class}: ${error.message}`)
    this.module = String(error.module)
    this.class = String(error.class)
    this.kwargs = error.kwargs as Record<string, unknown> | null
    this.excType = error.exc_type as string | null
    this.stack = `${this.message}\n${error.trace}`
  }
}

/** A process of Python's nova: see test/peers/python/peer.py. */
export class PythonPeer {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  #stderr = ''
  /** One question at a time: answers have no names. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(python: string, parts: readonly string[]) {
    this.#process = spawn(python, ['-W', 'ignore', script, ...parts], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    const { stdin, stdout, stderr } = this.#process
    if (!stdin || !stdout) throw new Error('the peer has no pipes')
    stdin.on('error', () => {}) // Told of by the line that does not come.
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
    stderr?.on('data', text => {
      this.#stderr = (this.#stderr + text).slice(-20_000)
    })
  }

  /** For a `before`: starts nova with these parts of the peer, or skips aloud where there is none. */
  static async start(test: Mocha.Context, ...parts: readonly string[]): Promise<PythonPeer> {
    const peer = new PythonPeer(findPython(test, 'nova'), parts)
    await peer.#line()
    return peer
  }

  /** @throws PeerError */
  ask<T>(what: string, args: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const answer = this.#last.then(async () => {
      this.#process.stdin?.write(`${JSON.stringify({ do: what, ...args })}\n`)
      const { result, error } = (await this.#line()) as { result: T; error?: object }
      if (error) throw new PeerError({ ...error })
      return result
    })
    this.#last = answer.catch(() => {})
    return answer
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.stdin?.end()
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
    await exited
    clearTimeout(killer)
  }

  async #line(): Promise<unknown> {
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), patience)
    const { value, done } = await this.#lines.next()
    clearTimeout(killer)
    if (done) throw new Error(`the peer ended: ${this.#stderr}`)
    return JSON.parse(value)
  }
}
