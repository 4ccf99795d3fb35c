import { PasteError, type PasteWarning } from '../paste/index.js'
import { type CheckOptions, checkFile, findingText } from '../paste/inspect/index.js'
import { OperatorError } from '../util/operator-error.js'

interface Log {
  warn(fields: object, message: string): void
}

/** Sections of nova's files that other processes ask for; here nothing leads to them, and that is well. */
const othersEntries = ['osapi_compute', 'metadata', 'ec2', 'osapi_volume', 'kilonova', 'companions']

/**
 * What a process says of the ini that it serves: when it cannot be loaded everything that is wrong, each with its
 * line and its cure; else what is doubtful in it, once, in the log.
 */
export class IniReport {
  readonly #uri: string
  readonly #options: CheckOptions
  readonly #log: Log
  readonly #said = new Set<string>()

  constructor(uri: string, options: CheckOptions, log: Log) {
    this.#uri = uri
    this.#options = { others: othersEntries, ...options }
    this.#log = log
  }

  /** For the loader. */
  readonly warn = (warning: PasteWarning): void => {
    this.#said.add(warning.reason)
    this.#log.warn({}, warning.message)
  }

  /** Loads by the function. @throws OperatorError in place of what `paster check` has more to say of */
  async over<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
    let loaded: Loaded
    try {
      loaded = await load()
    } catch (error) {
      throw await this.#whole(error)
    }
    for (const finding of await this.#findings()) {
      if (!this.#said.has(finding.text)) this.#log.warn({}, findingText(finding))
    }
    return loaded
  }

  async #whole(error: unknown): Promise<unknown> {
    const place = error instanceof Error ? Reflect.get(error, 'paste') : undefined
    if (!(error instanceof PasteError) && !(place instanceof PasteError)) return error
    const findings = await this.#findings()
    if (!findings.some(({ level }) => level === 'error')) return error
    const told = findings.map(finding => findingText(finding)).join('\n\n')
    return new OperatorError(`${this.#uri.replace(/^config:/, '')} cannot be served:\n\n${told}`, {
      cause: error,
    })
  }

  async #findings() {
    const { findings } = await checkFile(this.#uri, this.#options)
    return findings
  }
}
