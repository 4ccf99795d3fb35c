import type { NovaConf } from '../../conf/index.js'
import { nearest } from '../../util/nearest.js'
import { OperatorError } from '../../util/operator-error.js'

/** nova's releases, oldest first. */
const releases = [
  'grizzly',
  'havana',
  'icehouse',
  'juno',
  'kilo',
  'liberty',
  'mitaka',
  'newton',
  'ocata',
  'pike',
  'queens',
  'rocky',
  'stein',
  'train',
  'ussuri',
  'victoria',
  'wallaby',
  'xena',
  'yoga',
  'zed',
  'antelope',
  'bobcat',
  'caracal',
  'dalmatian',
  'epoxy',
  'flamingo',
  'gazpacho',
]

/** Topic → what its messages were at most, since which release. */
const levels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  compute: {
    icehouse: '3.23',
    juno: '3.35',
    kilo: '4.0',
    liberty: '4.5',
    mitaka: '4.11',
    newton: '4.13',
    pike: '4.17',
    queens: '5.0',
    stein: '5.1',
    train: '5.3',
    ussuri: '5.11',
    victoria: '5.12',
    wallaby: '6.0',
    zed: '6.1',
    antelope: '6.2',
    caracal: '6.3',
    epoxy: '6.4',
    gazpacho: '6.5',
  },
  conductor: {
    grizzly: '1.48',
    havana: '1.58',
    icehouse: '2.0',
    kilo: '2.1',
    liberty: '3.0',
  },
  scheduler: {
    grizzly: '2.6',
    havana: '2.9',
    icehouse: '3.0',
    kilo: '4.2',
    mitaka: '4.3',
    pike: '4.4',
    queens: '4.5',
  },
  baseapi: {},
}

/** Not a number that a message could have; whoever sees it asks the database. */
export const AUTO = 'auto'

type Topic = 'compute' | 'conductor' | 'scheduler' | 'baseapi'

/** The newest version that may be sent, by topic; undefined: no limit; `auto` only for compute. */
export type UpgradeLevels = Readonly<Record<Topic, string | undefined>>

/** @throws UpgradeLevelError */
export const upgradeLevelsOf = ({ upgrade_levels: levels }: NovaConf): UpgradeLevels => ({
  compute: versionOfLevel('compute', levels.compute),
  conductor: versionOfLevel('conductor', levels.conductor),
  scheduler: versionOfLevel('scheduler', levels.scheduler),
  baseapi: versionOfLevel('baseapi', levels.baseapi),
})

/**
 * What `[upgrade_levels]` says of a topic, as a version.
 *
 * @param level  N.N, a release's name, `auto` for compute; null: no limit
 * @returns a version; `auto`; undefined without a limit
 * @throws UpgradeLevelError
 */
export const versionOfLevel = (
  topic: Topic,
  level: string | null | undefined,
): string | undefined => {
  if (level === null || level === undefined || level === '') return undefined
  if (/^\d+\.\d+$/.test(level)) return level
  if (topic === 'compute' && level === AUTO) return AUTO
  const known = levels[topic] ?? {}
  const at = releases.indexOf(level)
  const since = releases.slice(0, at + 1).findLast(release => release in known)
  const version = since && known[since]
  if (version) return version
  const names = Object.keys(known).length ? releases : []
  const meant = nearest(level, topic === 'compute' ? [...names, AUTO] : names)
  throw new UpgradeLevelError(
    `[upgrade_levels] ${topic} is '${level}', expected ${expected(topic, names.length > 0)}` +
      (meant && meant !== level ? `. Did you mean '${meant}'?` : ''),
  )
}

const expected = (topic: string, hasNames: boolean): string => {
  if (topic === 'compute') return "a version (N.N), a release's name in lower case, or auto"
  return hasNames ? "a version (N.N) or a release's name in lower case" : 'a version (N.N)'
}

/** A level that is neither a version nor a release; the message is one sentence. */
export class UpgradeLevelError extends OperatorError {
  override readonly name = 'UpgradeLevelError'
}
