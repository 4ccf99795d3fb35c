import assert from 'node:assert/strict'
import { defaultConf } from '../../../../lib/conf/index.js'
import {
  UpgradeLevelError,
  upgradeLevelsOf,
} from '../../../../lib/service/compose/upgrade-levels.js'

describe('[upgrade_levels]', () => {
  const cases: [
    topic: 'compute' | 'conductor' | 'scheduler' | 'baseapi',
    level: string,
    version: string,
  ][] = [
    ['compute', '5.4', '5.4'],
    ['compute', 'auto', 'auto'],
    ['compute', 'ussuri', '5.11'],
    ['compute', 'victoria', '5.12'],
    ['compute', 'wallaby', '6.0'],
    ['compute', 'yoga', '6.0'],
    ['compute', 'zed', '6.1'],
    ['compute', 'bobcat', '6.2'],
    ['compute', 'dalmatian', '6.3'],
    ['compute', 'flamingo', '6.4'],
    ['compute', 'gazpacho', '6.5'],
    ['conductor', 'icehouse', '2.0'],
    ['conductor', 'zed', '3.0'],
    ['scheduler', 'ocata', '4.3'],
    ['scheduler', 'pike', '4.4'],
    ['scheduler', 'zed', '4.5'],
    ['baseapi', '1.0', '1.0'],
  ]
  for (const [topic, level, version] of cases) {
    it(`${topic} = ${level} is ${version}`, () => {
      const levels = upgradeLevelsOf(defaultConf({ upgrade_levels: { [topic]: level } }))
      assert.equal(levels[topic], version)
    })
  }

  it('limits nothing that it does not name', () => {
    assert.deepEqual(upgradeLevelsOf(defaultConf()), {
      compute: undefined,
      conductor: undefined,
      scheduler: undefined,
      baseapi: undefined,
    })
  })

  const refusals: [topic: string, level: string, message: string][] = [
    [
      'compute',
      'zedd',
      "[upgrade_levels] compute is 'zedd', expected a version (N.N), a release's name in lower case, or auto. Did you mean 'zed'?",
    ],
    [
      'conductor',
      'auto',
      "[upgrade_levels] conductor is 'auto', expected a version (N.N) or a release's name in lower case",
    ],
    ['baseapi', 'zed', "[upgrade_levels] baseapi is 'zed', expected a version (N.N)"],
  ]
  for (const [topic, level, message] of refusals) {
    it(`${topic} = ${level} is refused in a sentence`, () => {
      const conf = defaultConf({ upgrade_levels: { [topic]: level } })
      assert.throws(() => upgradeLevelsOf(conf), { constructor: UpgradeLevelError, message })
    })
  }
})
