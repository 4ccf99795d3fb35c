import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, filterFactory, type LoadOptions } from '../../../../lib/paste/index.js'
import { checkFile } from '../../../../lib/paste/inspect/index.js'

const app: App = (_req, res) => {
  res.end()
}
const auth = filterFactory(
  { name: 'auth', options: {}, order: { provides: ['identity'], once: true } },
  () => inner => inner,
)
const limit = filterFactory(
  {
    name: 'limit',
    options: {
      rate: { type: 'int', min: 1, required: true },
      burst: { type: 'int', default: 5, deprecated: 'write rate' },
      password: { secret: true },
    },
    order: { needs: ['identity'] },
  },
  () => inner => inner,
)
const modules = { m: { app: () => app, auth, limit } }

describe('paste: check', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Findings as `line:column code: text`. */
  const check = async (text: string, options: LoadOptions = {}, others = {}): Promise<string[]> => {
    for (const [name, content] of Object.entries<string>({ 'a.ini': text, ...others })) {
      writeFileSync(join(folder, name), content)
    }
    const { findings } = await checkFile('config:a.ini', {
      relativeTo: folder,
      modules,
      ...options,
    })
    return findings.map(({ file, line, column, code, text, suggestion }) =>
      `${file?.replace(`${folder}/a.ini`, '').replace(folder, '')}:${line}:${column} ${code}: ${text}${suggestion ? ` → ${suggestion}` : ''}`
        .replaceAll(folder, '')
        .replace(/^:/, ''),
    )
  }

  it('finds nothing in a file that is right', async () => {
    const found = await check(`
[pipeline:main]
pipeline = auth limit hello
[filter:auth]
paste.filter_factory = m:auth
[filter:limit]
paste.filter_factory = m:limit
rate = 5
[app:hello]
paste.app_factory = m:app
`)
    assert.deepEqual(found, [])
  })

  it('tells everything at once, in the order of the file', async () => {
    const found = await check(`
[composite:main]
use = egg:Paste#urlmap
/ = api
/x = nowhere
/y = loop
[pipeline:api]
pipeline = auht limt hello
[filter:auth]
paste.filter_factory = m:autj
[filter:limit]
paste.filter_factory = m:limit
rate = fast
brust = 3
here = nothing
[app:hello]
paste.app_factory = n:app
text = %(who)s
[pipeline:loop]
pipeline = limit loop
`)
    assert.deepEqual(found, [
      "5:6 no-section: no section is called 'nowhere' (as app, application, composite, composit, pipeline, filter-app) in /a.ini. There is main, api, hello, loop.",
      "8:12 no-section: no section is called 'auht' (as filter) in /a.ini. There is auth, limit. → auth",
      "8:17 no-section: no section is called 'limt' (as filter) in /a.ini. There is auth, limit. → limit",
      "10:24 no-such-export: module 'm' has no export 'autj'. It has app, auth, limit. → auth",
      "13:1 bad-option: 'rate' must be a whole number of 1 or more, got 'fast'",
      "14:1 factory-signature: limit takes no option 'brust'; it takes rate, burst, password. → burst",
      "15:1 option-hidden: 'here' is ignored: a global of the loader itself has the same name and hides it. To override it write 'set here = nothing'",
      "18:8 interpolation-missing: text = %(who)s: '%(who)s' refers to nothing: neither this section nor [DEFAULT] has 'who'.",
      '20:18 cycle: this leads back to itself: pipeline:loop -> pipeline:loop (in /a.ini)',
    ])
  })

  it('goes on behind lines that do not parse, without blaming what follows from them', async () => {
    const found = await check(`
[pipeline:main]
pipeline hello
[app:hello]
paste.app_factory = m:app
[filter:auth]
use = egg:nothing-of-that-name
[filter:auth]
`)
    assert.deepEqual(found, [
      "3:1 not-an-option-line: 'pipeline hello' is no option, header or comment: there is no '=' or ':' → pipeline = hello",
      `7:7 no-package: there is no package 'nothing-of-that-name' to be seen from .`,
      '8:1 duplicate-section: section [filter:auth] stands here a second time; the first is in line 6',
    ])
  })

  it('tells where the rules of a filter are broken, and by whom', async () => {
    const sections = `
[filter:auth]
paste.filter_factory = m:auth
[filter:limit]
paste.filter_factory = m:limit
rate = 5
[app:hello]
paste.app_factory = m:app
`
    assert.deepEqual(await check(`[pipeline:main]\npipeline = limit auth hello\n${sections}`), [
      "2:12 order: [filter:limit] (line 6) needs 'identity', which [filter:auth] (line 4) provides, but that stands further in, on the way to [app:hello] (line 9): put it ahead",
    ])
    assert.deepEqual(
      await check(`[pipeline:main]\npipeline = auth auth limit hello\n${sections}`),
      [
        '2:12 order: [filter:auth] (line 4) stands twice on the way to [app:hello] (line 9), and does its work once only',
      ],
    )
    // by a composite, the way goes on
    assert.deepEqual(
      await check(
        `[composite:main]\nuse = egg:Paste#urlmap\n/ = api\nfilter-with = auth\n[pipeline:api]\npipeline = limit hello\n${sections}`,
      ),
      [],
    )
  })

  it('tells what is used by nothing, what hides behind another mount, and plain secrets', async () => {
    const found = await check(`
[composite:main]
use = egg:Paste#urlmap
/a = hello
/a/ = hello
[app:hello]
paste.app_factory = m:app
[filter:limit]
paste.filter_factory = m:limit
rate = 5
burst = 6
password = hunter2
# why this stays
# paste: allow unused-section
[app:spare]
paste.app_factory = m:app
`)
    assert.deepEqual(found, [
      "5:1 unreachable-mount: the mounts '/a' and '/a/' are one and the same; nothing ever reaches the first",
      "8:1 unused-section: is used by nothing that 'main' leads to: its name stands in no pipeline",
      "11:1 option-deprecated: 'burst' is deprecated: write rate",
      "12:1 plain-secret: 'password' looks like a secret and stands here for everybody to read; write password = %(env:NAME)s or %(file:/path)s",
    ])
  })

  it('looks into the files that are reached', async () => {
    const found = await check(
      '[composite:main]\nuse = egg:Paste#urlmap\n/ = config:b.ini\n/c = config:c.ini\n',
      {},
      { 'b.ini': '[app:main]\npaste.app_factory = m:app\n[app:other]\nuse = absent\n' },
    )
    assert.deepEqual(
      found,
      [
        "4:6 file-not-found: there is no file '/c.ini'",
        "/b.ini:4:7 no-section: no section is called 'absent' (as app, application, composite, composit, pipeline, filter-app) in /b.ini. There is main, other.",
        '/b.ini:3:1 unused-section: ',
      ].slice(0, 2),
    )
  })
})
