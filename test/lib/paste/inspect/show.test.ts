import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  describe as describeFactory,
  showTree,
  treeDot,
  treeHtml,
  treeText,
} from '../../../../lib/paste/inspect/index.js'

const modules = { m: { app: () => () => {}, filter: () => (app: unknown) => app } }

const ini = `[DEFAULT]
debug = false
[composite:main]
use = egg:Paste#urlmap
/ = api
/gone = nowhere
[pipeline:api]
pipeline = outer hello
[filter:outer]
use = inner
set debug = true
key = second
debug = yes
[filter:inner]
paste.filter_factory = m:filter
key = first
password = hunter2
url = http://u:p@host/
[app:hello]
paste.app_factory = m:app
several = a
  b
`

describe('paste: show', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
    writeFileSync(join(folder, 'a.ini'), ini)
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const show = () => showTree('config:a.ini', { relativeTo: folder, modules })

  it('draws the effective tree, every option with its place and what it took the place of', async () => {
    const { tree, files } = await show()
    assert.deepEqual(files, [join(folder, 'a.ini')])
    const text = treeText(tree, { folder }).replaceAll(folder, '')
    assert.deepEqual(text.split('\n'), [
      'composite:main                     a.ini:3  egg:Paste#urlmap',
      '├─ / → pipeline:api                a.ini:7',
      '│  ├─ filter:outer                 a.ini:9  m:filter',
      '│  │     set debug = true          a.ini:11  over "false" (a.ini:2)',
      '│  │     key = second              a.ini:12  over "first" (a.ini:16)',
      '│  │     password = ***            a.ini:17',
      '│  │     url = http://u:***@host/  a.ini:18',
      "│  │     ! line 13: 'debug' is ignored: [DEFAULT] (line 2) has the same name and hides it. To override it write 'set debug = yes'",
      '│  ╰─ app:hello                    a.ini:19  m:app',
      '│        several = a               a.ini:21',
      '│          b',
      '╰─ /gone → nowhere                 a.ini:6',
      "      ✗ /a.ini:6: [composite:main] /gone: no section is called 'nowhere' (as app, application, composite, composit, pipeline, filter-app) in /a.ini. There is main, api, hello.",
      '  by way of composite:main -> /gone',
    ])
  })

  it('keeps secrets out of JSON, dot and HTML', async () => {
    const { tree } = await show()
    for (const text of [JSON.stringify(tree), treeDot(tree), treeHtml(tree, 't')]) {
      assert.match(text, /filter:outer/)
      assert.doesNotMatch(text, /hunter2|u:p@/)
    }
  })

  it('makes a page that asks for nothing from elsewhere', async () => {
    const { tree } = await show()
    const page = treeHtml(tree, '<title>')
    assert.match(page, /^<!doctype html>/)
    assert.match(page, /&lt;title&gt;/)
    assert.doesNotMatch(page, /(src|href)=|@import|url\(/)
  })
})

describe('paste: describe', () => {
  it('tells the options of a declared factory', async () => {
    const { options, makes, order } = await describeFactory('egg:Paste#cascade')
    assert.equal(makes, 'composite')
    assert.deepEqual(Object.keys(options ?? {}), ['catch', 'app*'])
    assert.deepEqual(order, {})
  })

  it('tells what is known of middleware of npm', async () => {
    const { options, makes, open } = await describeFactory('egg:cors')
    assert.deepEqual([makes, open, options?.maxAge], ['filter', true, { type: 'int' }])
  })
})
