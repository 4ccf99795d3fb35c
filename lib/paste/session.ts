import type { ConfigFile } from './config-file.js'
import type { Chain, Source } from './errors.js'
import type { ImportFile, Modules } from './importer.js'
import type { LintError } from './lint.js'
import type { Packages } from './packages.js'
import type { FileScope } from './scope.js'
import type { Globals } from './settings.js'
import type { Tracer } from './trace.js'
import type { App } from './types.js'
import type { Warn } from './warnings.js'

/** What one load is given, and keeps. */
export interface Session {
  readonly modules: Modules
  readonly packages: Packages
  readonly warn: Warn
  /** Files read so far, by path: one load reads each once. */
  readonly files: Map<string, Promise<ConfigFile>>
  /** How files are imported, where not by `import()`. */
  readonly importFile?: ImportFile | undefined
  /** Told of every application and filter that is made. */
  readonly made?: ((thing: unknown) => void) | undefined
  /** What stands for a section, by its name. */
  readonly stubs?: Readonly<Record<string, unknown>> | undefined
  /** Where a test ends every pipeline. */
  readonly cut?: Cut | undefined
  /** Told of what breaks the contract of an app: then it is watched around every filter. */
  readonly lint?: ((breach: LintError) => void) | undefined
  /** Watches requests on their way. */
  readonly tracer?: Tracer | undefined
  /**
   * Told of what is wrong besides the error that is thrown; a file that does not parse is then read
   * as far as it makes sense. For `paster check`.
   */
  readonly alsoWrong?: ((error: unknown) => void) | undefined
  /** Also what files rely on is told of: where every surprise is refused, or everything is looked at. */
  readonly thorough?: boolean | undefined
  /** Told of every opening of a file. */
  readonly opened?: ((scope: FileScope, globals: Globals | null) => void) | undefined
}

/** What stands in the place of a filter, and of all that is further in. */
export interface Cut {
  /** `filter:auth` */
  readonly at: string
  readonly app: App
  /** Told where there is such a filter. */
  readonly met: () => void
}

/** Who asks: the option, and the way to it. */
export interface Via {
  readonly at: Source | undefined
  readonly chain: Chain
}
