import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

const root = resolve(import.meta.dirname, '../../..')

/** One fenced block of a page, and the heading it stands under. */
export interface Block {
  readonly language: string
  readonly text: string
  readonly heading: string
  /** Where it begins in the page. */
  readonly line: number
}

export const readPage = (path: string): string => readFileSync(join(root, path), 'utf8')

export const blocksOf = (markdown: string): readonly Block[] => {
  const blocks: Block[] = []
  let heading = ''
  let open: { language: string; line: number; lines: string[] } | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(line)
    if (open && fence) {
      const { lines, ...rest } = open
      blocks.push({ ...rest, heading, text: lines.map(one => `${one}\n`).join('') })
      open = undefined
    } else if (open) {
      open.lines.push(line)
    } else if (fence) {
      open = { language: fence[1] ?? '', line: index + 1, lines: [] }
    } else if (line.startsWith('## ')) {
      heading = line.slice(3)
    }
  }
  return blocks
}

/** The name that a block gives its file by its first line: `# app.ini`, `// filters/log.js`. */
const fileOf = (block: Block): { name: string; added: boolean } | null => {
  const [, added, name] = /^(?:#|\/\/) (at the end of )?([\w./-]+\.\w+)\n/.exec(block.text) ?? []
  return name === undefined ? null : { name, added: added !== undefined }
}

/** Without what differs from run to run: times, dates, the width of columns. */
const steady = (output: string): string =>
  output
    .replaceAll(/ +\d+\.\d\d ms/g, ' # ms')
    .replaceAll(/dur=\d+\.\d+/g, 'dur=#')
    .replaceAll(/^date: .*$/gim, 'date: #')
    // a column is as wide as its longest word, and the folder has another name here
    .replaceAll(/(?<=\S) {2,}/g, '  ')
    .replaceAll(/[ \r]+$/gm, '')
    .trim()

/**
 * A folder in which a page is followed to the letter, as a reader would in one that has
 * kilonova, express and some middleware installed. The page calls it /srv/site.
 *
 * - A block whose first line is a comment with a file's name is written there; `# at the end of app.ini` is
 *   added to it.
 * - In a `console` block `$ command` is run, and must print the lines that follow. A line `…` stands for any
 *   lines; times, dates, the width of columns and the port 8080 are taken for equal. A command that ends in ` &` runs on,
 *   until the next such one.
 * - What has no file name and is no console is not run.
 */
export class PageFolder {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'kilonova-page-')))
  readonly #behind: ChildProcess[] = []
  #port = 0
  #status = 0

  /** Does what the block says. @returns whether there was anything to do */
  async follow(block: Block): Promise<boolean> {
    if (!this.#port) await this.#prepare()
    if (block.language === 'console') {
      await this.#converse(block)
      return true
    }
    const file = fileOf(block)
    if (!file) return false
    const path = join(this.#folder, file.name)
    mkdirSync(dirname(path), { recursive: true })
    const written = file.added ? block.text.slice(block.text.indexOf('\n') + 1) : block.text
    const write = file.added ? appendFileSync : writeFileSync
    write(path, this.#here(written))
    return true
  }

  async #prepare(): Promise<void> {
    const packages = join(this.#folder, 'node_modules')
    mkdirSync(packages)
    symlinkSync(root, join(packages, 'kilonova'))
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(packages, name))
    }
    writeFileSync(join(this.#folder, 'package.json'), '{ "type": "module" }')
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const address = probe.address()
    this.#port = typeof address === 'object' && address ? address.port : 0
    probe.close()
    await once(probe, 'close')
  }

  /** Between the page's words for the folder and the port, and the real ones. */
  #here(words: string): string {
    return words.replaceAll('/srv/site', this.#folder).replaceAll('8080', String(this.#port))
  }

  #there(output: string): string {
    return output.replaceAll(this.#folder, '/srv/site').replaceAll(String(this.#port), '8080')
  }

  async #converse({ text: conversation, line }: Block): Promise<void> {
    for (const [, command = '', answer = ''] of conversation.matchAll(
      /^\$ (.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)/gm,
    )) {
      const output = command.endsWith(' &')
        ? await this.#start(command.slice(0, -2), answer)
        : await this.#run(command)
      const expected = steady(answer)
      const found = steady(this.#there(output))
      const pattern = expected
        .split('\n')
        .map(one => (one === '…' ? '[^]*?' : one.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')))
        .join('\n')
      if (!new RegExp(`^${pattern}$`).test(found)) {
        assert.equal(found, expected, `the page's line ${line}: ${command}`)
      }
    }
  }

  #spawn(command: string): ChildProcess {
    const path = [join(root, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter)
    return spawn('sh', ['-c', this.#here(`${command.trim()} 2>&1`)], {
      cwd: this.#folder,
      env: { ...process.env, PATH: path },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
  }

  async #run(command: string): Promise<string> {
    const child = this.#spawn(command === 'echo $?' ? `(exit ${this.#status}); echo $?` : command)
    const timer = setTimeout(() => kill(child, 'SIGKILL'), 20_000)
    assert(child.stdout)
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    clearTimeout(timer)
    this.#status = Number(code ?? 1)
    return output
  }

  /** Stops what ran before, and waits until it has printed as many lines as the page shows. */
  async #start(command: string, answer: string): Promise<string> {
    await this.#stop()
    const child = this.#spawn(`exec ${command}`)
    this.#behind.push(child)
    const { stdout } = child
    assert(stdout)
    let output = ''
    const lines = answer.trim().split('\n').length
    const late = AbortSignal.timeout(20_000)
    for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
      output += chunk
      if (output.split('\n').length > lines || late.aborted) break
    }
    stdout.resume()
    return output
  }

  async #stop(): Promise<void> {
    for (const child of this.#behind.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      kill(child, 'SIGTERM')
      await once(child, 'close')
    }
  }

  async close(): Promise<void> {
    await this.#stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const kill = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid) process.kill(-child.pid, signal)
}

/**
 * Tests of a page: one for each `##` heading with blocks that can be followed.
 *
 * @param apart  each heading begins in an empty folder; otherwise each goes on where the last one left
 */
export const describePage = (path: string, { apart }: { readonly apart: boolean }): void => {
  describe(path, () => {
    let folder: PageFolder | undefined
    const blocks = blocksOf(readPage(path))
    const close = async (): Promise<void> => {
      await folder?.close()
      folder = undefined
    }
    after(close)
    for (const heading of new Set(blocks.map(block => block.heading))) {
      const own = blocks.filter(block => block.heading === heading)
      if (!own.some(block => block.language === 'console' || fileOf(block))) continue
      it(heading || 'its beginning', async () => {
        if (apart) await close()
        folder ??= new PageFolder()
        for (const block of own) await folder.follow(block)
      })
    }
  })
}
