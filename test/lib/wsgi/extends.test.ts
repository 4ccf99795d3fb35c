import assert from 'node:assert/strict'
import {
  type ApiRequest,
  action,
  type ControllerClass,
  errors,
  expectedErrors,
  extends_,
  ReadyResponse,
  type ResponseObject,
  response,
} from '../../../lib/wsgi/index.js'
import { recordingLog, serveApi } from '../../support/wsgi.js'

type Doc = Record<string, unknown>

/** What ran, in order; one list for each API. */
interface Trace {
  readonly steps: string[]
}

class ThingsController {
  readonly #trace: Trace
  constructor(trace: Trace) {
    this.#trace = trace
  }
  @response(203)
  @expectedErrors(404)
  show(req: ApiRequest): object {
    this.#trace.steps.push('handler')
    if (req.params.id === 'gone') throw errors.notFound('gone')
    if (req.params.id === 'raw') return new ReadyResponse(200, 'raw')
    req.subject = { found: req.params.id }
    return { id: req.params.id }
  }

  @action('grow')
  grow(): object {
    this.#trace.steps.push('grow')
    return {}
  }
}

class Around {
  readonly #trace: Trace
  constructor(trace: Trace) {
    this.#trace = trace
  }
  @extends_('show')
  *wrap(req: ApiRequest): Generator<unknown, void, ResponseObject<Doc>> {
    this.#trace.steps.push('before')
    try {
      const resp = yield req.params.id === 'short' ? { short: true } : null
      this.#trace.steps.push('after')
      resp.obj.around = true
    } finally {
      this.#trace.steps.push('left')
    }
  }
}

class AroundAsync {
  readonly #trace: Trace
  constructor(trace: Trace) {
    this.#trace = trace
  }
  @extends_('show')
  async *wrap(): AsyncGenerator<unknown, void, ResponseObject<Doc>> {
    this.#trace.steps.push('async before')
    const resp = yield
    this.#trace.steps.push('async after')
    resp.obj.async = true
  }
}

class After {
  readonly #trace: Trace
  constructor(trace: Trace) {
    this.#trace = trace
  }
  @extends_()
  show(req: ApiRequest, resp: ResponseObject<Doc>, subject: { found: string }): object | undefined {
    this.#trace.steps.push('plain')
    resp.obj.subject = subject.found
    if (req.params.id === 'replace') return { replaced: true }
    if (req.params.id === 'fault') throw errors.conflict('by an extension')
    return undefined
  }
}

class AfterDeclared {
  @extends_('show')
  @expectedErrors(404)
  any(req: ApiRequest): void {
    if (req.params.id === 'fault') throw errors.conflict('by an extension')
  }
}

class AroundAction {
  readonly #trace: Trace
  constructor(trace: Trace) {
    this.#trace = trace
  }
  @extends_({ action: 'grow' })
  also(_req: ApiRequest, resp: ResponseObject<Doc>): void {
    this.#trace.steps.push('after grow')
    resp.obj.grown = true
  }
  @action('shrink')
  @response(202)
  shrink(): void {
    this.#trace.steps.push('shrink')
  }
}

describe('wsgi: what extensions do around a handler', () => {
  const serve = (...controllers: ControllerClass<Trace>[]) => {
    const trace: Trace = { steps: [] }
    const log = recordingLog()
    const { client } = serveApi({
      services: trace,
      coreResources: [{ collection: 'things', controller: ThingsController }],
      extensions: controllers.map((controller, index) => ({
        alias: `e${index}`,
        description: 'for this test',
        controllerExtensions: { things: controller },
      })),
      log,
    })
    return { client, trace, log }
  }

  it('runs generators up to their yield before it, and all the rest after it in reverse', async () => {
    const { client, trace } = serve(Around, After, AroundAsync)
    await client.get('/things/a').expect(203, { id: 'a', async: true, subject: 'a', around: true })
    assert.deepEqual(trace.steps, [
      'before',
      'async before',
      'handler',
      'async after',
      'plain',
      'after',
      'left',
    ])
  })

  it('answers with what a generator yields first, and runs nothing else', async () => {
    const { client, trace } = serve(AroundAsync, Around, After)
    await client.get('/things/short').expect(203, { short: true })
    assert.deepEqual(trace.steps, ['async before', 'before', 'left'])
  })

  it('runs no post step after a fault of the handler', async () => {
    const { client, trace } = serve(Around, After)
    await client.get('/things/gone').expect(404, { itemNotFound: { code: 404, message: 'gone' } })
    assert.deepEqual(trace.steps, ['before', 'handler', 'left'])
  })

  it('runs no post step on an answer that is ready', async () => {
    const { client, trace } = serve(Around, After)
    await client.get('/things/raw').expect(200, 'raw')
    assert.deepEqual(trace.steps, ['before', 'handler', 'left'])
  })

  it('ends with the first post step that returns something', async () => {
    const { client, trace } = serve(Around, After)
    await client.get('/things/replace').expect(203, { replaced: true })
    assert.deepEqual(trace.steps, ['before', 'handler', 'plain', 'left'])
  })

  it('tells faults of extensions like those of handlers', async () => {
    await serve(After)
      .client.get('/things/fault')
      .expect(409, { conflictingRequest: { code: 409, message: 'by an extension' } })
    const { client, log } = serve(AfterDeclared)
    await client.get('/things/fault').expect(500)
    assert.deepEqual(
      log.lines.map(line => line.text),
      ['AfterDeclared.any failed in a way that it does not declare'],
    )
  })

  it('adds actions, and runs around them', async () => {
    const { client, trace } = serve(AroundAction)
    await client.post('/things/a/action').send({ grow: null }).expect(200, { grown: true })
    await client.post('/things/a/action').send({ shrink: null }).expect(202, '')
    assert.deepEqual(trace.steps, ['grow', 'after grow', 'shrink'])
  })

  it('passes over an extension of a resource that is not there, saying so', () => {
    const log = recordingLog()
    serveApi({
      services: { steps: [] },
      coreResources: [{ collection: 'things', controller: ThingsController }],
      extensions: [
        { alias: 'x', description: 'x', controllerExtensions: { thongs: AroundAction } },
      ],
      log,
    })
    assert.deepEqual(log.lines, [
      {
        level: 'warn',
        fields: { alias: 'x', collection: 'thongs', known: ['things'] },
        text: "extension x extends 'thongs', which no resource is named: passed over",
      },
    ])
  })

  it('refuses, at load, to extend a method that is not there', () => {
    class Wrong {
      @extends_('shwo')
      show(): void {}
    }
    assert.throws(
      () => serve(Wrong),
      /^TypeError: Wrong\.show \(test\/lib\/wsgi\/extends\.test\.ts:\d+\) extends the method shwo, which is not there; there are: method show, action grow$/,
    )
  })
})
