import assert from 'node:assert/strict'
import request from 'supertest'
import type { App, CompositeFactory, Filter, LintError } from '../../../lib/paste/index.js'
import { loadPipeline } from '../../../lib/testing/index.js'

const ini = `
[composite:main]
use = egg:Paste#urlmap
/ = api
/open = hello
[pipeline:api]
pipeline = marks auth limits hello
[filter:marks]
paste.filter_factory = m:marks
text = from the ini
[filter:auth]
use = egg:not-installed-here
password = secret
[filter:limits]
use = egg:nor-is-this
[app:hello]
use = egg:nor-is-that
`
const marks =
  (_globals: unknown, { text = '' }: Readonly<Record<string, string>>): Filter =>
  app =>
  (req, res, next) => {
    res.setHeader('x-mark', text)
    app(req, res, next)
  }
const modules = { m: { marks } }
const hello: App = (_req, res) => void res.end('hello')
const through: Filter = app => app
const refuses: Filter = () => (_req, res) => void res.status(401).end('who?')
const stubs = { 'filter:auth': refuses, 'filter:limits': through, 'app:hello': () => hello }

describe('loadPipeline', () => {
  it('loads a text with stubs for its sections, and tells what each did', async () => {
    const pipeline = await loadPipeline(ini, { modules, stubs })
    await request(pipeline.server).get('/x').expect(401, 'who?').expect('x-mark', 'from the ini')
    assert.deepEqual(pipeline.steps, [
      'composite:main passed',
      'filter:marks passed +x-mark',
      'filter:auth answered',
    ])
    await request(pipeline.server).get('/open').expect(200, 'hello')
  })

  it('cuts a pipeline at a filter, and loads nothing from there on', async () => {
    const pipeline = await loadPipeline(ini, {
      modules,
      name: 'api',
      cutAt: 'filter:auth',
    })
    const { body } = await request(pipeline.server)
      .get('/x?y=z')
      .expect(200)
      .expect('x-mark', 'from the ini')
    assert.deepEqual([body.method, body.baseUrl, body.url], ['GET', '', '/x?y=z'])
    const own = await loadPipeline(ini, { modules, name: 'api', cutAt: 'filter:auth', end: hello })
    await request(own.server).get('/').expect(200, 'hello')
    await assert.rejects(
      loadPipeline(ini, { modules, stubs, cutAt: 'filter:auht' }),
      new RangeError('no pipeline has filter:auht, to be cut there'),
    )
  })

  it('cuts where a composite puts filters together, too', async () => {
    const both: CompositeFactory = async loader => {
      const filters = [await loader.getFilter('marks'), await loader.getFilter('auth')]
      return filters.reduceRight((app, filter) => filter(app), await loader.getApp('hello'))
    }
    const pipeline = await loadPipeline(
      `${ini}[composite:both]\npaste.composite_factory = m:both\n`,
      { modules: { m: { marks, both } }, stubs, name: 'both', cutAt: 'filter:auth' },
    )
    await request(pipeline.server).get('/').expect(200).expect('x-mark', 'from the ini')
    assert.deepEqual(pipeline.steps.at(-1), 'filter:auth answered')
  })

  it('has the tree, as text for a snapshot', async () => {
    const { text, tree } = await loadPipeline(ini, { modules, stubs })
    assert.equal(tree.mounts?.[1]?.mount, '/open')
    assert.equal(
      text,
      `composite:main                text.ini:2  egg:Paste#urlmap
├─ / → pipeline:api           text.ini:6
│  ├─ filter:marks            text.ini:8  m:marks
│  │     text = from the ini  text.ini:10
│  ├─ filter:auth             text.ini:11  stub of filter:auth
│  ├─ filter:limits           text.ini:14  stub of filter:limits
│  ╰─ app:hello               text.ini:16  stub of app:hello
╰─ /open → app:hello          text.ini:16  stub of app:hello`,
    )
  })

  it('holds every filter to the contract of an app, and names the section that breaks it', async () => {
    const breaches: string[] = []
    const lint = ({ message }: LintError): void => void breaches.push(message)
    const twice: Filter = app => (req, res, next) => {
      app(req, res, () => {})
      next()
      next()
    }
    const odd: Filter = () => (_req, res, next) => {
      res.setHeader('x-odd', Object(1) as string)
      next()
    }
    const broken = await loadPipeline(ini, {
      modules,
      name: 'api',
      lint,
      stubs: { ...stubs, 'filter:auth': twice, 'filter:limits': odd },
    })
    await request(broken.server).get('/').expect(404)
    assert.deepEqual(breaches, [
      "filter:limits: the header 'x-odd' is object, not text",
      'filter:auth: next is called twice',
    ])
    const unwatched = await loadPipeline(ini, {
      modules,
      name: 'api',
      lint: false,
      stubs: { ...stubs, 'filter:auth': twice },
    })
    await request(unwatched.server).get('/')
    assert.equal(breaches.length, 2)
  })

  it('fails the test that runs when nobody is told of a breach', async () => {
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    try {
      const thrown = new Promise(resolve => process.once('uncaughtException', resolve))
      const late: Filter = () => (_req, res) => {
        res.end()
        res.end()
      }
      const { server } = await loadPipeline(ini, {
        modules,
        name: 'api',
        stubs: { ...stubs, 'filter:auth': late },
      })
      await request(server).get('/').expect(200)
      assert.equal(String(await thrown), 'LintError: filter:auth: the answer is ended twice')
    } finally {
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })

  it('closes what was made', async () => {
    const closed: string[] = []
    const pipeline = await loadPipeline('[app:main]\npaste.app_factory = m:app\n', {
      modules: {
        m: {
          app: () =>
            Object.assign((...all: Parameters<App>) => hello(...all), {
              close: () => closed.push('app'),
            }),
        },
      },
    })
    await pipeline.close()
    await pipeline.close()
    assert.deepEqual(closed, ['app'])
  })
})
