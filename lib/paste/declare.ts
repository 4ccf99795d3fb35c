import { isConverted } from './converted.js'
import {
  convertOptions,
  isWarning,
  type OptionDeclarations,
  type OptionsOf,
} from './declared-options.js'
import type { OrderRules } from './order.js'
import type { Review } from './review.js'
import type { App, Filter, GlobalConf, Loader, LocalConf } from './types.js'

/** An option that cannot be what it says; the loader adds file and line. */
export class OptionError extends RangeError {
  override readonly name = 'OptionError'
  /** The loader points at this option. */
  readonly option: string

  constructor(option: string, message: string) {
    super(message)
    this.option = option
  }
}

/** What a factory tells of itself, for the loader, `paster describe` and `paster check`. */
export interface FactoryDeclaration<Declarations extends OptionDeclarations> {
  /** In messages. */
  readonly name: string
  /** What it is for, in a line or two. */
  readonly doc?: string | undefined
  readonly options: Declarations
  readonly order?: OrderRules | undefined
  /** What is doubtful in options that are well each for itself. */
  readonly review?: Review | undefined
}

/** What a factory carries besides being one. */
export interface Declaring<Declarations> {
  readonly options: Declarations
  readonly order?: OrderRules | undefined
  readonly doc?: string | undefined
  readonly review?: Review | undefined
}

const declaring = <Factory extends object, Declarations extends OptionDeclarations>(
  factory: Factory,
  { name, doc, options, order, review }: FactoryDeclaration<Declarations>,
): Factory & Declaring<Declarations> => {
  Object.defineProperty(factory, 'name', { value: name })
  return Object.assign(factory, { options, order, doc, review })
}

/** Values of what the loader converted already, or of the texts that another caller gives. */
const typed = <Declarations extends OptionDeclarations>(
  { options, name }: FactoryDeclaration<Declarations>,
  localConf: LocalConf,
): OptionsOf<Declarations> => {
  if (isConverted(localConf)) return localConf as OptionsOf<Declarations>
  const { values, problems } = convertOptions(options, Object.entries(localConf), name)
  const wrong = problems.find(problem => !isWarning(problem))
  if (wrong) throw new OptionError(wrong.key, wrong.reason)
  return values as OptionsOf<Declarations>
}

/**
 * A `paste.filter_factory` that declares its options:
 *
 *     export const factory = filterFactory(
 *       { name: 'slow', options: { ms: { type: 'int', min: 1, default: 100, doc: 'how slow' } } },
 *       (_globalConf, { ms }) => app => (req, res, next) => setTimeout(app, ms, req, res, next),
 *     )
 *
 * The loader gives it typed values; whoever calls it itself may give texts.
 */
export const filterFactory = <const Declarations extends OptionDeclarations>(
  declaration: FactoryDeclaration<Declarations>,
  make: (globalConf: GlobalConf, options: OptionsOf<Declarations>, localConf: LocalConf) => Filter,
) =>
  declaring(
    (globalConf: GlobalConf, localConf: LocalConf): Filter =>
      make(globalConf, typed(declaration, localConf), localConf),
    declaration,
  )

/** A `paste.app_factory` that declares its options. */
export const appFactory = <
  const Declarations extends OptionDeclarations,
  Made extends App | Promise<App>,
>(
  declaration: FactoryDeclaration<Declarations>,
  make: (globalConf: GlobalConf, options: OptionsOf<Declarations>, localConf: LocalConf) => Made,
) =>
  declaring(
    (globalConf: GlobalConf, localConf: LocalConf): Made =>
      make(globalConf, typed(declaration, localConf), localConf),
    declaration,
  )

/** A `paste.composite_factory` that declares its options. */
export const compositeFactory = <const Declarations extends OptionDeclarations>(
  declaration: FactoryDeclaration<Declarations>,
  make: (
    loader: Loader,
    globalConf: GlobalConf,
    options: OptionsOf<Declarations>,
    localConf: LocalConf,
  ) => Promise<App>,
) =>
  declaring(
    async (loader: Loader, globalConf: GlobalConf, localConf: LocalConf): Promise<App> =>
      make(loader, globalConf, typed(declaration, localConf), localConf),
    declaration,
  )
