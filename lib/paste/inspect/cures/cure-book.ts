import type { ConfigFile } from '../../config-file.js'
import type { PasteError } from '../../errors.js'
import type { Session } from '../../session.js'
import type { PasteWarning } from '../../warnings.js'
import type { Collected } from '../collected.js'
import type { Cure } from '../finding.js'
import type { Askable } from '../reach.js'
import type { TreeNode } from '../tree.js'

/** What is known when cures are looked for. */
export interface Patient {
  readonly told: Collected
  readonly files: readonly ConfigFile[]
  /** Of the first file. */
  readonly unreached: readonly Askable[]
  /** Of those, what none of the others leads to. */
  readonly heads: readonly Askable[]
  /** Names that programs ask for. */
  readonly asked: readonly string[]
  readonly session: Session
  /** What sections come to: by file, then by the section's whole name. */
  readonly trees: ReadonlyMap<ConfigFile, ReadonlyMap<string, TreeNode>>
}

/** The cures found so far, by what they cure. */
export class CureBook {
  readonly #cures = new Map<PasteError | PasteWarning, Cure>()
  /** Findings that come up only here. */
  readonly more: PasteWarning[] = []

  of(told: PasteError | PasteWarning): Cure {
    return this.#cures.get(told) ?? {}
  }

  /** The first cure of a finding stands. */
  add(told: PasteError | PasteWarning, cure: Cure): void {
    this.#cures.set(told, { ...cure, ...this.#cures.get(told) })
  }

  /** A better one. */
  set(told: PasteError | PasteWarning, cure: Cure): void {
    this.#cures.set(told, cure)
  }

  isCured(told: PasteError | PasteWarning): boolean {
    const { suggestion, cure } = this.of(told)
    return suggestion !== undefined || cure !== undefined
  }
}

export const lineOf = (file: ConfigFile, line: number): string =>
  file.document.lines[line - 1]?.trim() ?? ''
