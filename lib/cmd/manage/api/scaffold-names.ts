import { CommandError } from '../session.js'

/** What an extension is called, wherever it is named. */
export interface ScaffoldNames {
  /** Alias, and collection of its resource: `rack-notes` */
  readonly alias: string
  /** Key of the action: `rackNotes` */
  readonly action: string
  /** Beginning of its classes: `RackNotes` */
  readonly type: string
}

/** Longer ones would not fit the lines of what is written, characters. */
const LONGEST = 32

/** @throws CommandError when it is not of the form `rack-notes` */
export const scaffoldNames = (name: string): ScaffoldNames => {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > LONGEST) {
    throw new CommandError(
      `'${name}' cannot name an extension: expected small letters, digits and single hyphens, ` +
        `a letter first, at most ${LONGEST} in all, such as 'rack-notes'`,
    )
  }
  const type = name
    .split('-')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  return { alias: name, action: type.charAt(0).toLowerCase() + type.slice(1), type }
}
