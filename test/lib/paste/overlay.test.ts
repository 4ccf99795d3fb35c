import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FilterFactory, inject, loadapp, PasteError } from '../../../lib/paste/index.js'

/** Puts its name into the header `x-way`. */
const mark: FilterFactory =
  (_globalConf, { name = '' }) =>
  app =>
  (req, res, next) => {
    res.appendHeader('x-way', name)
    app(req, res, next)
  }
const modules = {
  m: { mark, app: () => (_req: unknown, res: { end: (text: string) => void }) => res.end('app') },
}

const vendor = `
[pipeline:api]
pipeline = a b
  c app
[filter:a]
paste.filter_factory = m:mark
name = a
[filter:b]
use = a
name = b
[filter:c]
use = a
name = c
[app:app]
paste.app_factory = m:app
`
const own = `
[filter:own]
paste.filter_factory = m:mark
name = own of %(here)s
`

describe('paste: overlay', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
    mkdirSync(join(folder, 'vendor'))
    writeFileSync(join(folder, 'vendor/v.ini'), vendor)
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const load = (edits: string) => {
    writeFileSync(
      join(folder, 'site.ini'),
      `[overlay]\nbase = vendor/v.ini\n[edit:pipeline:api]\n${edits}\n${own}`,
    )
    return loadapp('config:site.ini#api', { relativeTo: folder, modules })
  }
  const way = async (edits: string): Promise<string> => {
    const { headers } = await inject(await load(edits), { url: '/' })
    return String(headers['x-way']).replace(folder, '')
  }

  it('inserts, replaces and removes filters of a pipeline by name', async () => {
    assert.equal(await way('before b = own'), 'a, own of , b, c')
    assert.equal(await way('after c = own a'), 'a, b, c, own of , a')
    assert.equal(await way('replace a = own'), 'own of , b, c')
    assert.equal(await way('remove = a c'), 'b')
  })

  it('leaves the base what it is', async () => {
    await load('remove = a b c')
    const app = await loadapp('config:vendor/v.ini#api', { relativeTo: folder, modules })
    assert.equal((await inject(app, { url: '/' })).headers['x-way'], 'a, b, c')
  })

  it('fails hard, with the place, when what it edits is gone', async () => {
    const refusal = async (edits: string): Promise<string> => {
      const error = await load(edits).then(
        () => assert.fail('was loaded'),
        (thrown: unknown) => thrown,
      )
      assert(error instanceof PasteError)
      return `${error.line} ${error.kind}: ${error.reason} → ${error.suggestion}`.replaceAll(
        folder,
        '',
      )
    }
    assert.equal(
      await refusal('before bb = own'),
      "4 bad-overlay: there is no 'bb' in 'pipeline' of [pipeline:api] (/vendor/v.ini). → b",
    )
    assert.match(
      await refusal('befor b = own'),
      /^4 bad-overlay: 'befor b' is no edit: write .* → before$/,
    )
    assert.equal(
      await refusal('before b = own\n[edit:pipeline:apii]\nremove = a'),
      '5 bad-overlay: /vendor/v.ini has no section [pipeline:apii]. → pipeline:api',
    )
  })
})
