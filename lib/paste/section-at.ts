import type { IniSection } from '../ini/index.js'
import { type Chain, PasteError, type Source } from './errors.js'
import type { Want } from './kinds.js'
import type { Plan } from './plan.js'
import type { FileScope, Scope } from './scope.js'
import type { Session, Via } from './session.js'
import type { Globals, Options, Setting } from './settings.js'

/** Follows a name to its plan; a section does so with whatever it names. */
export type FollowName = (
  session: Session,
  scope: Scope,
  want: Want,
  name: string | null,
  globals: Globals | null,
  via: Via,
) => Promise<Plan>

/** A section on the way to its plan: what it is wanted as, where it stands, and how it was come by. */
export class SectionAt {
  readonly session: Session
  readonly scope: FileScope
  readonly want: Want
  readonly section: IniSection
  readonly source: Source
  readonly chain: Chain
  readonly #followName: FollowName

  /** @throws PasteError cycle, when the way there has led through it before */
  constructor(
    session: Session,
    scope: FileScope,
    want: Want,
    section: IniSection,
    before: Chain,
    followName: FollowName,
  ) {
    this.session = session
    this.scope = scope
    this.want = want
    this.section = section
    this.source = scope.file.sourceOf(section)
    this.chain = [...before, { section: this.source }]
    this.#followName = followName
    this.#refuseCycle(before)
  }

  #refuseCycle(before: Chain): void {
    const { file, section } = this.source
    const first = before.findIndex(
      link => link.section.file === file && link.section.section === section,
    )
    if (first < 0) return
    const round = [...before.slice(first).map(link => link.section.section), section]
    throw new PasteError('cycle', `this leads back to itself: ${round.join(' -> ')} (in ${file})`, {
      at: before[first]?.ref ?? this.source,
      chain: this.chain,
    })
  }

  /** What every plan of the section has. */
  common(globals: Globals, options: Options) {
    return { want: this.want, section: this.source, globals, options, chain: this.chain }
  }

  /** The value of a key of the section, or else of its DEFAULT, references resolved. */
  setting(key: string): Setting {
    const option = this.scope.option(this.section, key)
    return option
      ? this.scope.setting(this.section, option, this.chain)
      : (this.scope.extra(key) ?? { value: '' })
  }

  /** The place of an option, or of a word in its value. */
  at(key: string, word?: string): Source {
    const option = this.scope.option(this.section, key)
    return option ? this.scope.file.sourceOfOption(option, word) : this.source
  }

  /** The way on, through this option. */
  #via(key: string, word?: string): Via {
    const at = this.at(key, word)
    return { at, chain: [...this.chain.slice(0, -1), { section: this.source, ref: at }] }
  }

  follow(want: Want, name: string, key: string, globals: Globals): Promise<Plan> {
    return this.#followName(this.session, this.scope, want, name, globals, this.#via(key, name))
  }
}
