import assert from 'node:assert/strict'
import {
  type App,
  combineTracers,
  type FilterFactory,
  inject,
  loadText,
  type Step,
  stepTracer,
  type Tracer,
} from '../../../lib/paste/index.js'

const marks: FilterFactory = () => app => (req, res, next) => {
  res.setHeader('x-mark', '1')
  app(req, res, next)
}
const refuses: FilterFactory = () => () => (_req, res) => {
  res.statusCode = 403
  res.end()
}
/** As `on-headers` does it. */
const late: FilterFactory = () => app => (req, res, next) => {
  const { writeHead } = res
  res.writeHead = (...args: unknown[]) => {
    res.setHeader('x-late', '1')
    return Reflect.apply(writeHead, res, [203, ...args.slice(1)])
  }
  app(req, res, next)
}
const mends: FilterFactory = () => app => (req, res, next) =>
  app(req, res, error => {
    if (!error) return next()
    res.statusCode = 502
    res.end('mended')
  })
const rewords: FilterFactory = () => app => (req, res, next) =>
  app(req, res, error => next(error && new Error('reworded')))
const fails = (): App => (_req, _res, next) =>
  next(Object.assign(new Error('broken'), { status: 418 }))
const throws = (): App => () => {
  throw new Error('thrown')
}
const missing = (): App => (_req, res) => {
  res.statusCode = 404
  res.end()
}
const hello = (): App => (_req, res) => {
  res.end('hello')
}
const modules = {
  m: { marks, refuses, late, mends, rewords, fails, throws, missing, hello },
}

const ini = `
[composite:main]
use = egg:Paste#urlmap
/ = api
/no = closed
/bad = broken
/thrown = thrown
/late = later
/mended = mended
/reworded = reworded
/either = either
[pipeline:api]
pipeline = marks hello
[pipeline:closed]
pipeline = marks refuses hello
[pipeline:thrown]
pipeline = marks throwing
[pipeline:later]
pipeline = late marks hello
[pipeline:mended]
pipeline = mends marks broken
[pipeline:reworded]
pipeline = rewords broken
[pipeline:first]
pipeline = marks nothing
[composite:either]
use = egg:Paste#cascade
app1 = first
app2 = hello
[filter:marks]
paste.filter_factory = m:marks
[filter:refuses]
paste.filter_factory = m:refuses
[filter:late]
paste.filter_factory = m:late
[filter:mends]
paste.filter_factory = m:mends
[filter:rewords]
paste.filter_factory = m:rewords
[app:hello]
paste.app_factory = m:hello
[app:broken]
paste.app_factory = m:fails
[app:throwing]
paste.app_factory = m:throws
[app:nothing]
paste.app_factory = m:missing
`

describe('paste: trace', () => {
  let app: App
  let last: readonly Step[] = []
  before(async () => {
    let time = 0
    const tracer = stepTracer({
      serverTiming: true,
      now: () => time++,
      done: steps => {
        last = steps
      },
    })
    app = await loadText(ini, { modules, tracer })
  })
  const steps = async (url: string) => {
    const { headers } = await inject(app, { url, failed: () => {} })
    return {
      timing: headers['server-timing'],
      told: last.map(step => [step.section, step.outcome, ...step.changes].join(' ')),
    }
  }

  it('tells by section who changed what, who passed it on, who answered, and the time of each', async () => {
    assert.deepEqual(await steps('/'), {
      timing: 'composite_main;dur=1.00, filter_marks;dur=1.00, app_hello;dur=1.00',
      told: ['composite:main passed', 'filter:marks passed +x-mark', 'app:hello answered'],
    })
    assert.deepEqual(
      last.map(({ within }) => within?.section),
      [undefined, 'composite:main', 'filter:marks'],
    )
    const { told } = await steps('/no')
    assert.deepEqual(told.slice(1), ['filter:marks passed +x-mark', 'filter:refuses answered'])
  })

  it('tells who failed, by next or by throwing, apart from those that handed the error on', async () => {
    const { told } = await steps('/bad')
    assert.deepEqual(told, ['composite:main passed', 'app:broken failed'])
    assert.match(String(last.at(-1)?.error), /broken/)
    assert.deepEqual((await steps('/thrown')).told.slice(1), [
      'filter:marks passed +x-mark',
      'app:throwing failed',
    ])
    assert.deepEqual((await steps('/reworded')).told.slice(1), [
      'filter:rewords failed',
      'app:broken failed',
    ])
  })

  it('tells of a filter that answers for an app that failed', async () => {
    assert.deepEqual((await steps('/mended')).told.slice(1), [
      'filter:mends answered',
      'filter:marks passed +x-mark',
      'app:broken failed',
    ])
  })

  it('tells what a filter changes as the headers go out', async () => {
    assert.deepEqual((await steps('/late')).told.slice(1), [
      'filter:late passed status 203 +x-late',
      'filter:marks passed +x-mark',
      'app:hello answered',
    ])
  })

  it('tells of an answer that a cascade threw away', async () => {
    assert.deepEqual((await steps('/either')).told.slice(1), [
      'composite:either passed',
      'filter:marks passed +x-mark',
      'app:nothing gave up',
      'app:hello answered',
    ])
    assert.deepEqual(last.map(({ within }) => within?.section).slice(2), [
      'composite:either',
      'filter:marks',
      'composite:either',
    ])
  })

  it('calls what stands in a pipeline by reference as it is referred to', async () => {
    let steps: readonly Step[] = []
    const tracer = stepTracer({ done: all => (steps = all) })
    const text = '[pipeline:main]\npipeline = call:m:marks call:m:hello'
    await inject(await loadText(text, { modules, tracer }), { url: '/' })
    assert.deepEqual(
      steps.map(({ section, kind }) => [section, kind]),
      [
        ['call:m:marks', 'filter'],
        ['call:m:hello', 'app'],
      ],
    )
  })

  it('adds its time to a Server-Timing header that is there', async () => {
    const timed: App = (_req, res) => {
      res.setHeader('server-timing', 'db;dur=1')
      res.end()
    }
    const own = await loadText('[app:main]', {
      stubs: { 'app:main': () => timed },
      tracer: stepTracer({ serverTiming: true, now: () => 0 }),
    })
    const { headers } = await inject(own, { url: '/' })
    assert.equal(headers['server-timing'], 'db;dur=1, app_main;dur=0.00')
  })

  it('adds nothing to the way of a request when there is none', async () => {
    const end: App = (_req, res) => void res.end()
    const inner: App[] = []
    const same: App = (req, res, next) => inner[0]?.(req, res, next)
    const plain = await loadText(ini, {
      modules,
      name: 'api',
      stubs: {
        'app:hello': () => end,
        'filter:marks': app => {
          inner.push(app)
          return same
        },
      },
    })
    assert.equal(plain, same)
    assert.equal(inner[0], end)
    assert.equal(combineTracers(undefined, undefined), undefined)
  })

  it('has several tracers as one, the first outermost', async () => {
    const told: string[] = []
    const say = (name: string): Tracer => ({
      enter: (section, _req, _res, go) => {
        told.push(`${name} enters ${section.name}`)
        go()
        told.push(`${name} is back from ${section.name}`)
      },
      pass: (_section, _req, _res, go) => go(),
      leave: (_section, _error, _req, _res, go) => go(),
    })
    const both = await loadText(ini, {
      modules,
      name: 'hello',
      tracer: combineTracers(say('a'), undefined, say('b')),
    })
    await inject(both, { url: '/' })
    assert.deepEqual(told, [
      'a enters app:hello',
      'b enters app:hello',
      'b is back from app:hello',
      'a is back from app:hello',
    ])
  })
})
