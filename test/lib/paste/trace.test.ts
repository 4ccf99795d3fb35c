import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type App,
  type FilterFactory,
  inject,
  loadapp,
  type Step,
  stepTracer,
} from '../../../lib/paste/index.js'

const marks: FilterFactory = () => app => (req, res, next) => {
  res.setHeader('x-mark', '1')
  app(req, res, next)
}
const refuses: FilterFactory = () => () => (_req, res) => {
  res.statusCode = 403
  res.end()
}
const fails = (): App => (_req, _res, next) =>
  next(Object.assign(new Error('broken'), { status: 418 }))
const hello = (): App => (_req, res) => {
  res.end('hello')
}

const ini = `
[composite:main]
use = egg:Paste#urlmap
/ = api
/no = closed
/bad = broken
[pipeline:api]
pipeline = marks hello
[pipeline:closed]
pipeline = marks refuses hello
[filter:marks]
paste.filter_factory = m:marks
[filter:refuses]
paste.filter_factory = m:refuses
[app:hello]
paste.app_factory = m:hello
[app:broken]
paste.app_factory = m:fails
`

describe('paste: trace', () => {
  let folder = ''
  let app: App
  let last: readonly Step[] = []
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'paste-'))
    writeFileSync(join(folder, 'a.ini'), ini)
    let time = 0
    const tracer = stepTracer({
      serverTiming: true,
      now: () => time++,
      done: steps => {
        last = steps
      },
    })
    const modules = { m: { marks, refuses, hello, fails } }
    app = await loadapp('config:a.ini', { relativeTo: folder, modules, tracer })
  })
  after(() => rmSync(folder, { recursive: true }))
  const steps = async (url: string) => {
    const { headers } = await inject(app, { url, failed: () => {} })
    return {
      timing: headers['server-timing'],
      told: last.map(step => [step.section, step.outcome, ...step.changes].join(' ')),
    }
  }

  it('tells by section who changed what, who passed it on and who answered', async () => {
    assert.deepEqual(await steps('/'), {
      timing: 'composite_main;dur=4.00, filter_marks;dur=1.00, app_hello;dur=2.00',
      told: ['composite:main answered', 'filter:marks passed +x-mark', 'app:hello answered'],
    })
    const { told } = await steps('/no')
    assert.deepEqual(told.slice(1), ['filter:marks passed +x-mark', 'filter:refuses answered'])
  })

  it('tells who failed', async () => {
    const { told } = await steps('/bad')
    assert.deepEqual(told, ['composite:main failed', 'app:broken failed'])
    assert.equal(last.at(-1)?.error, 'broken')
  })
})
