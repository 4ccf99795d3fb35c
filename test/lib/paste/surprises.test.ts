import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, compositeFactory, loadapp, PasteError } from '../../../lib/paste/index.js'
import { checkFile } from '../../../lib/paste/inspect/index.js'

const app: App = (_req, res) => void res.end()
const modules = {
  m: {
    app: () => app,
    filter: () => (inner: App) => inner,
    around: (inner: App) => inner,
    /** Asks without globals. */
    picks: compositeFactory(
      { name: 'picks', options: { '*': { type: 'pipeline' } } },
      (loader, _globalConf, _options, { child }) => loader.getApp(child),
    ),
  },
}

const hello = '[app:hello]\npaste.app_factory = m:app\n'

/** What surprises, the code and line of the warning, and a file that has it. */
const rows: readonly (readonly [what: string, code: string, line: number, ini: string])[] = [
  [
    'an option that DEFAULT hides',
    'option-hidden',
    5,
    '[DEFAULT]\ncolour = blue\n[app:main]\npaste.app_factory = m:app\ncolour = red\n',
  ],
  [
    "an option that a caller's global hides",
    'option-hidden',
    3,
    '[app:main]\npaste.app_factory = m:app\ngiven = red\n',
  ],
  [
    'use in DEFAULT',
    'option-hidden',
    4,
    `[DEFAULT]\nuse = nothing\n[app:main]\nuse = call:m:app\n`,
  ],
  [
    'pipeline in DEFAULT',
    'option-hidden',
    4,
    `[DEFAULT]\npipeline = nothing\n[pipeline:main]\npipeline = hello\n${hello}`,
  ],
  [
    'next in DEFAULT',
    'option-hidden',
    4,
    `[DEFAULT]\nnext = nothing\n[filter-app:main]\nnext = hello\npaste.filter_factory = m:filter\n${hello}`,
  ],
  [
    'a protocol in DEFAULT',
    'option-hidden',
    4,
    '[DEFAULT]\npaste.app_factory = nothing\n[app:main]\npaste.app_factory = m:app\n',
  ],
  [
    'an option laid over a pipeline',
    'option-lost',
    3,
    `[app:main]\nuse = pipe\ncolour = red\n[pipeline:pipe]\npipeline = hello\n${hello}`,
  ],
  [
    'an option laid over what has a filter-with and uses another',
    'option-lost',
    3,
    `[app:main]\nuse = wrapped\ncolour = red\n[app:wrapped]\nuse = hello\nfilter-with = f\n[filter:f]\npaste.filter_factory = m:filter\n${hello}`,
  ],
  [
    'a spelling that another hides',
    'section-hidden',
    3,
    '[app:main]\npaste.app_factory = m:app\n[application:main]\npaste.app_factory = m:app\n',
  ],
  [
    '[default] for [DEFAULT]',
    'section-ignored',
    1,
    '[default]\ncolour = red\n[app:main]\npaste.app_factory = m:app\n',
  ],
  [
    'a kind that nearly is one',
    'section-ignored',
    1,
    '[fliter:x]\n[app:main]\npaste.app_factory = m:app\n',
  ],
  [
    'an empty reference in DEFAULT',
    'empty-reference',
    3,
    '[DEFAULT]\na =\nb = %(a)s\n[app:main]\npaste.app_factory = m:app\n',
  ],
  [
    'use beside a protocol',
    'protocol-left',
    3,
    `[app:main]\nuse = hello\npaste.app_factory = m:app\n${hello}`,
  ],
  [
    'a second protocol',
    'protocol-left',
    5,
    `[pipeline:main]\npipeline = f hello\n[filter:f]\npaste.filter_factory = m:filter\npaste.filter_app_factory = m:around\n${hello}`,
  ],
  [
    'a composite of another file, whose children are looked up here',
    'composite-moved',
    2,
    `[composite:main]\nuse = config:sub/map.ini\n${hello}`,
  ],
  [
    'a set that children asked for without globals do not see',
    'globals-lost',
    4,
    `[composite:main]\npaste.composite_factory = m:picks\nchild = hello\nset colour = red\n${hello}`,
  ],
  [
    'here, in the globals of an inner file',
    'here-moved',
    2,
    '[app:main]\nuse = config:sub/app.ini\n',
  ],
]

describe('paste: every surprise of Paste Deploy', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
    mkdirSync(join(folder, 'sub'))
    writeFileSync(
      join(folder, 'sub/map.ini'),
      `[composite:main]\nuse = egg:Paste#urlmap\n/ = hello\n${hello}`,
    )
    writeFileSync(join(folder, 'sub/app.ini'), '[app:main]\npaste.app_factory = m:app\n')
  })
  after(() => rmSync(folder, { recursive: true }))
  const options = () => ({
    relativeTo: folder,
    modules,
    globalConf: { given: 'blue' },
    warn: () => {},
  })
  const check = async () => {
    const { findings } = await checkFile('config:a.ini', options())
    return findings.map(({ code, line }) => `${code} ${line}`)
  }

  for (const [what, code, line, ini] of rows) {
    it(`is a warning, refused by strict, and waived by a comment: ${what}`, async () => {
      const file = join(folder, 'a.ini')
      writeFileSync(file, ini)
      assert(await loadapp('config:a.ini', options()))
      assert((await check()).includes(`${code} ${line}`), `${await check()}`)
      await assert.rejects(
        loadapp('config:a.ini', { ...options(), strict: true }),
        error => error instanceof PasteError && error.kind === 'refused-warning',
      )

      const lines = ini.split('\n')
      lines.splice(line - 1, 0, `# paste: allow ${code}, here-moved`)
      writeFileSync(file, lines.join('\n'))
      assert.deepEqual(
        (await check()).filter(one => one.startsWith(code)),
        [],
      )
      assert(await loadapp('config:a.ini', { ...options(), strict: true }))
    })
  }
})
