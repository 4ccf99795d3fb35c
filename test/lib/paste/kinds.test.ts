import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, appFactory, type LoadOptions, loadapp } from '../../../lib/paste/index.js'

const app: App = (_req, res) => void res.end()
const modules = {
  m: {
    app: () => app,
    filter: () => (inner: App) => inner,
    typed: appFactory(
      { name: 'typed', options: { size: { type: 'int', required: true } } },
      () => app,
    ),
    throws: () => {
      throw new TypeError('no such colour')
    },
    number: 5,
    nothing: () => undefined,
  },
  broken: () => {
    throw new Error('out of order')
  },
}
const packages = {
  pkg: {
    'paste.app_factory': { main: () => app, twice: () => app },
    'paste.composite_factory': { twice: () => app },
  },
}

/** The kind, where it is, what is marked there, what was probably meant, and the way there. */
type Row = readonly [ini: string, told: string, marked: string, way?: string]

const rows: readonly Row[] = [
  [
    'x = 1\n[app:main]\npaste.app_factory = m:app\n',
    'option-before-section 1:1 [undefined]',
    'x = 1',
    '',
  ],
  [
    '[app:main]\npaste.app_factory = m:app\n[app:main]\n',
    'duplicate-section 3:1 [app:main]',
    '[app:main]',
    '',
  ],
  [
    '[app:main]\npaste.app_factory = m:app\ncolour = 1\ncolour = 2\n',
    'duplicate-option 4:1 [app:main] colour',
    'colour',
    '',
  ],
  [
    '[app:main]\npaste.app_factory = m:app\nnonsense\n',
    'not-an-option-line 3:1 [app:main]',
    'nonsense',
    '',
  ],
  [
    '[pipeline:main]\npipeline = filtr hello\n[filter:filter]\npaste.filter_factory = m:filter\n[app:hello]\npaste.app_factory = m:app\n',
    'no-section 2:12 [pipeline:main] pipeline → filter',
    'filtr',
    'pipeline:main',
  ],
  [
    '[pipeline:main]\npipeline = hello filter\n[filter:filter]\npaste.filter_factory = m:filter\n[app:hello]\npaste.app_factory = m:app\n',
    'no-section 2:18 [pipeline:main] pipeline',
    'filter',
    'pipeline:main',
  ],
  [
    '[app:main]\npaste.app_factory = m:app\n[pipeline:main]\npipeline = x\n',
    'ambiguous-section 3:1 [pipeline:main]',
    '[pipeline:main]',
    '',
  ],
  ['[app:main]\ncolour = red\n', 'no-loader 1:1 [app:main]', '[app:main]'],
  [
    '[app:main]\npaste.app_factry = m:app\n',
    'no-loader 2:1 [app:main] paste.app_factry → paste.app_factory',
    'paste.app_factry',
  ],
  [
    '[app:main]\npaste.app_factory  m:app\n',
    'no-loader 2:1 [app:main] paste.app_factory  m → paste.app_factory = m:app',
    'paste.app_factory  m',
  ],
  [
    '[app:main]\npaste.filter_factory = m:filter\n',
    'no-loader 2:1 [app:main] paste.filter_factory',
    'paste.filter_factory',
  ],
  [
    '[app:main]\npaste.app_factory = m:app\npaste.composite_factory = m:app\n',
    'multiple-protocols 3:1 [app:main] paste.composite_factory',
    'paste.composite_factory',
  ],
  [
    '[filter-app:main]\npaste.filter_factory = m:filter\n',
    'missing-next 1:1 [filter-app:main]',
    '[filter-app:main]',
    'filter-app:main',
  ],
  [
    '[filter-app:main]\npaste.filter_factory = m:filter\nnxt = hello\n',
    'missing-next 3:1 [filter-app:main] nxt → next',
    'nxt',
    'filter-app:main',
  ],
  ['[pipeline:main]\n', 'missing-pipeline 1:1 [pipeline:main]', '[pipeline:main]', 'pipeline:main'],
  [
    '[pipeline:main]\npipelin = hello\n',
    'missing-pipeline 2:1 [pipeline:main] pipelin → pipeline',
    'pipelin',
    'pipeline:main',
  ],
  [
    '[pipeline:main]\npipeline = hello\ncolour = red\nsize = 1\n[app:hello]\npaste.app_factory = m:app\n',
    'pipeline-extra-options 3:1 [pipeline:main] colour',
    'colour',
    'pipeline:main',
  ],
  [
    '[pipeline:main]\npipeline =\n',
    'empty-pipeline 2:1 [pipeline:main] pipeline',
    'pipeline',
    'pipeline:main',
  ],
  [
    '[app:main]\npaste.app_factory = m:app\nget colour = hue\n',
    'missing-global 3:14 [app:main] get colour',
    'hue',
  ],
  [
    '[DEFAULT]\nhue = 1\n[app:main]\npaste.app_factory = m:app\nget colour = heu\n',
    'missing-global 5:14 [app:main] get colour → hue',
    'heu',
  ],
  [
    '[app:main]\npaste.app_factory = m:app\nhue = 1\ncolour = a %(heu)s\n',
    'interpolation-missing 4:12 [app:main] colour → hue',
    '%(heu)s',
  ],
  [
    '[app:main]\npaste.app_factory = m:app\ncolour = 100%\n',
    'interpolation-syntax 3:13 [app:main] colour',
    '%',
  ],
  [
    '[app:main]\npaste.app_factory = m:app\na = %(b)s\nb = %(a)s\n',
    'interpolation-depth 3:5 [app:main] a',
    '%(b)s',
  ],
  ['[app:main]\nuse = egg:nowhere-at-all\n', 'no-package 2:7 [app:main] use', 'egg:nowhere-at-all'],
  [
    '[app:main]\nrequire = nowhere-at-all\npaste.app_factory = m:app\n',
    'no-package 2:11 [app:main] require',
    'nowhere-at-all',
  ],
  ['[app:main]\nuse = egg:pkg#mian\n', 'no-entry-point 2:7 [app:main] use → main', 'egg:pkg#mian'],
  [
    '[app:main]\nuse = egg:pkg#twice\n',
    'ambiguous-entry-point 2:7 [app:main] use',
    'egg:pkg#twice',
  ],
  ['[app:main]\nuse = eg:pkg#main\n', 'unknown-scheme 2:7 [app:main] use → egg', 'eg:pkg#main'],
  ['[app:main]\nuse = call:m\n', 'bad-call-spec 2:7 [app:main] use', 'call:m'],
  [
    '[app:main]\npaste.app_factory = m::app\n',
    'bad-reference 2:21 [app:main] paste.app_factory → m:app',
    'm::app',
  ],
  [
    '[app:main]\npaste.app_factory = a b\n',
    'bad-reference 2:21 [app:main] paste.app_factory',
    'a b',
  ],
  [
    '[app:main]\npaste.app_factory = ./absent.js:app\n',
    'import-failed 2:21 [app:main] paste.app_factory',
    './absent.js:app',
  ],
  [
    '[app:main]\npaste.app_factory = broken:app\n',
    'import-failed 2:21 [app:main] paste.app_factory',
    'broken:app',
  ],
  [
    '[app:main]\npaste.app_factory = m:ap\n',
    'no-such-export 2:21 [app:main] paste.app_factory → app',
    'm:ap',
  ],
  [
    '[app:main]\npaste.app_factory = m\n',
    'not-callable 2:21 [app:main] paste.app_factory → m:app',
    'm',
  ],
  [
    '[app:main]\npaste.app_factory = m:number\n',
    'not-callable 2:21 [app:main] paste.app_factory',
    'm:number',
  ],
  [
    '[app:main]\npaste.app_factory = m:nothing\n',
    'not-callable 2:21 [app:main] paste.app_factory',
    'm:nothing',
  ],
  [
    '[app:main]\npaste.app_factory = m:typed\nsiz = 1\n',
    'factory-signature 3:1 [app:main] siz → size',
    'siz',
  ],
  ['[app:main]\npaste.app_factory = m:typed\n', 'factory-signature 1:1 [app:main]', '[app:main]'],
  [
    '[app:main]\npaste.app_factory = m:typed\nsize = big\n',
    'bad-option 3:1 [app:main] size',
    'size',
  ],
  [
    '[app:main]\nuse = other\n[app:other]\nuse = main\n',
    'cycle 2:7 [app:main] use',
    'other',
    'app:main > app:other > app:main',
  ],
  ['[app:main]\nuse = config:none.ini\n', 'file-not-found 2:7 [app:main] use', 'config:none.ini'],
  [
    '[overlay]\nbase = a.ini\n[edit:pipeline:x]\nremove = y\n',
    'bad-overlay 2:1 [overlay] base',
    'base',
    '',
  ],
]

describe('paste: every kind of error', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const refusal = async (uri: string, options: LoadOptions = {}): Promise<Error> =>
    loadapp(uri, { relativeTo: folder, modules, packages, warn: () => {}, ...options }).then(
      () => assert.fail('was loaded'),
      (error: Error) => error,
    )
  const toldOf = (error: Error) => {
    const get = (key: string): unknown => Reflect.get(error, key)
    const excerpt = String(get('excerpt') ?? '').split('\n')
    const caret = excerpt[1]?.indexOf('^') ?? -1
    const meant = get('suggestion') === undefined ? '' : ` → ${get('suggestion')}`
    const option = get('option') === undefined ? '' : ` ${get('option')}`
    return {
      told: `${get('kind')} ${get('line')}:${get('column')} [${get('section')}]${option}${meant}`,
      marked:
        caret < 0
          ? ''
          : (excerpt[0]?.slice(caret, (excerpt[1]?.lastIndexOf('^') as number) + 1) ?? ''),
      way: (get('chain') as string[]).join(' > '),
      file: String(get('file')),
    }
  }

  for (const [ini, told, marked, way = 'app:main'] of rows) {
    it(told, async () => {
      const file = join(folder, 'a.ini')
      writeFileSync(file, ini)
      const found = toldOf(await refusal('config:a.ini'))
      assert.deepEqual(found, { told, marked, way, file })
    })
  }

  for (const [uri, options, kind, suggestion, message] of [
    ['a.ini', {}, 'uri-without-scheme', undefined, /'a\.ini' has no scheme: write config:a\.ini/],
    ['confg:a.ini', {}, 'unknown-scheme', 'config', /known ones are config, egg, call/],
    ['config:a.ini', { relativeTo: null }, 'relative-without-base', undefined, /pass relativeTo/],
    ['config:none.ini', {}, 'file-not-found', undefined, /there is no file '.*none\.ini'/],
    ['config:.', {}, 'file-not-readable', undefined, /cannot be read \(EISDIR\)/],
    ['egg:nowhere', {}, 'no-package', undefined, /there is no package 'nowhere'/],
    ['egg:pgk', {}, 'no-package', 'pkg', /there is no package 'pgk'/],
    ['egg:pkg#mian', {}, 'no-entry-point', 'main', /It has main, twice/],
    [
      'egg:pkg#twice',
      {},
      'ambiguous-entry-point',
      undefined,
      /app_factory and as paste\.composite/,
    ],
    ['call:m', {}, 'bad-call-spec', undefined, /must be written call:module\.path:attribute/],
  ] as const) {
    it(`${kind}, of a URI: ${uri}`, async () => {
      const error = await refusal(uri, options)
      assert.equal(Reflect.get(error, 'kind'), kind)
      assert.equal(Reflect.get(error, 'suggestion'), suggestion)
      assert.match(error.message, message)
    })
  }

  it('is the error of the factory itself, three levels down, with the way there', async () => {
    writeFileSync(
      join(folder, 'a.ini'),
      '[composite:main]\nuse = egg:Paste#urlmap\n/x = pipe\n[pipeline:pipe]\npipeline = f deep\n[filter:f]\npaste.filter_factory = m:filter\n[app:deep]\nuse = base\n[app:base]\npaste.app_factory = m:throws\n',
    )
    const error = await refusal('config:a.ini')
    assert(error instanceof TypeError)
    assert.equal(error.message, 'no such colour')
    assert.deepEqual(toldOf(error), {
      told: 'factory-refused 10:1 [app:base]',
      marked: '[app:base]',
      way: 'composite:main > /x > pipeline:pipe > app:deep > app:base',
      file: join(folder, 'a.ini'),
    })
  })
})
