import { type Command, Help } from 'commander'

/** What `--help` tells beside the options. */
export interface Manual {
  /** Paragraphs. */
  readonly about: readonly string[]
  /** Exit status and when. 0 and 2 (a command line that makes no sense) go without saying. */
  readonly exits?: Readonly<Record<number, string>>
  /** What it is for, and the line to type. */
  readonly examples: readonly (readonly [purpose: string, line: string])[]
}

const manuals = new WeakMap<Command, Manual>()

export const withManual = (command: Command, manual: Manual): Command => {
  manuals.set(command, manual)
  return command
}

/** `--help` in the shape of a page of the manual. */
export class ManualHelp extends Help {
  override formatHelp(command: Command, helper: Help): string {
    const width = Math.min(helper.helpWidth ?? 80, 100)
    const manual = manuals.get(command)
    const block = (title: string, lines: readonly string[]): string[] =>
      lines.length ? [this.styleTitle(title.toUpperCase()), ...lines, ''] : []
    const text = (paragraph: string, indent: number): string[] =>
      this.boxWrap(paragraph, width - indent)
        .split('\n')
        .map(line => ' '.repeat(indent) + line)
    const entry = (term: string, told: string): string[] => [
      `    ${this.styleOptionText(term)}`,
      ...text(told, 8),
    ]
    const about = manual?.about ?? []
    const name = this.commandUsage(command).replace(/ (\[|<).*$/s, '')
    return [
      ...block('name', text(`${name} - ${command.description()}`, 4)),
      ...block('synopsis', text(this.commandUsage(command), 4)),
      ...block(
        'description',
        about.flatMap((paragraph, index) => [...(index ? [''] : []), ...text(paragraph, 4)]),
      ),
      ...block(
        'commands',
        this.visibleCommands(command).flatMap(one =>
          entry(one.name(), this.subcommandDescription(one)),
        ),
      ),
      ...block(
        'arguments',
        this.visibleArguments(command).flatMap(one =>
          entry(this.argumentTerm(one), this.argumentDescription(one)),
        ),
      ),
      ...block(
        'options',
        this.visibleOptions(command).flatMap(one =>
          entry(this.optionTerm(one), this.optionDescription(one)),
        ),
      ),
      ...block(
        'exit status',
        Object.entries(manual?.exits ?? {}).map(([code, when]) => `    ${code}  ${when}`),
      ),
      ...block(
        'examples',
        (manual?.examples ?? []).flatMap(([purpose, line], index) => [
          ...(index ? [''] : []),
          ...text(`${purpose}:`, 4),
          `        ${this.styleCommandText(line)}`,
        ]),
      ),
    ].join('\n')
  }

  override styleTitle(text: string): string {
    return `\u001b[1m${text}\u001b[22m`
  }

  override styleOptionText(text: string): string {
    return `\u001b[36m${text}\u001b[39m`
  }
}
