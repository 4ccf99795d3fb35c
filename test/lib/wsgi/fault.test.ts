import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import express from 'express'
import request from 'supertest'
import { InstanceNotFound, NovaException } from '../../../lib/exception/index.js'
import {
  errors,
  expectedErrors,
  Fault,
  faultDocument,
  PlainError,
  sendError,
} from '../../../lib/wsgi/index.js'
import { serveApi } from '../../support/wsgi.js'

class NotSupported extends NovaException {
  static override readonly code: number = 501
  static override readonly msgFmt = 'The driver cannot do this.'
}

class Tellable extends NovaException {
  static override readonly code: number = 413
  static override readonly safe: boolean = true
  static override readonly msgFmt = 'too many'
}

describe('wsgi: a fault', () => {
  it('is named by its status, any other is a computeFault', () => {
    const names = [400, 401, 403, 404, 405, 409, 413, 415, 429, 501, 503, 406, 410, 422, 500, 502]
    assert.deepEqual(
      names.map(code => [code, Fault.of(code, 'x').faultName]),
      [
        [400, 'badRequest'],
        [401, 'unauthorized'],
        [403, 'forbidden'],
        [404, 'itemNotFound'],
        [405, 'badMethod'],
        [409, 'conflictingRequest'],
        [413, 'overLimit'],
        [415, 'badMediaType'],
        [429, 'overLimit'],
        [501, 'notImplemented'],
        [503, 'serviceUnavailable'],
        [406, 'computeFault'],
        [410, 'computeFault'],
        [422, 'computeFault'],
        [500, 'computeFault'],
        [502, 'computeFault'],
      ],
    )
  })

  it('repeats Retry-After in its document, and has room for details', () => {
    const fault = new Fault(429, 'overLimit', 'rate limited', {
      headers: { 'retry-after': '17' },
      details: 'only 10 POST requests a minute on *',
    })
    assert.deepEqual(faultDocument(fault), {
      overLimit: {
        code: 429,
        message: 'rate limited',
        details: 'only 10 POST requests a minute on *',
        retryAfter: '17',
      },
    })
  })
})

describe('wsgi: exceptions of nova thrown by handlers', () => {
  class ThingsController {
    @expectedErrors(404)
    show({ params }: { params: { id: string } }): void {
      if (params.id === 'declared') throw new InstanceNotFound({ instance_id: 'declared' })
      if (params.id === 'unsupported') throw new NotSupported()
      throw new NovaException('SELECT secret')
    }
  }
  const { client } = serveApi({
    services: {},
    coreResources: [{ collection: 'things', controller: ThingsController }],
  })

  it('answer with their code when the handler declares it', () =>
    client.get('/things/declared').expect(404, {
      itemNotFound: { code: 404, message: 'Instance declared could not be found.' },
    }))

  it('answer 400 when they are NotSupported', () =>
    client
      .get('/things/unsupported')
      .expect(400, { badRequest: { code: 400, message: 'The driver cannot do this.' } }))

  it('answer with a fixed text when they have no code of their own', () =>
    client.get('/things/other').expect(500, {
      computeFault: {
        code: 500,
        message: 'Unexpected error. It was logged under the id of this request.\nNovaException',
      },
    }))
})

describe('wsgi: sendError', () => {
  const answer = (error: unknown) => {
    const app = express()
    app.use((req, res) => sendError(req, res, error))
    return request(createServer(app)).get('/')
  }

  it('writes faults with their headers', () =>
    answer(errors.unavailable('later', { headers: { 'retry-after': '3' } }))
      .expect(503, { serviceUnavailable: { code: 503, message: 'later', retryAfter: '3' } })
      .expect('retry-after', '3')
      .expect('content-type', 'application/json; charset=UTF-8'))

  it('tells class and text of exceptions that are marked safe', () =>
    answer(new Tellable()).expect(413, { overLimit: { code: 413, message: 'Tellable: too many' } }))

  it('tells nothing of anything else', () =>
    answer('a text that was thrown').expect(500, {
      computeFault: {
        code: 500,
        message: 'Unexpected error. It was logged under the id of this request.\nstring',
      },
    }))

  it('writes plain errors as plain errors', () =>
    answer(new PlainError(401, 'no <user>')).expect(
      401,
      '<html>\n <head>\n  <title>401 Unauthorized</title>\n </head>\n <body>\n' +
        '  <h1>401 Unauthorized</h1>\n  no &lt;user&gt;<br /><br />\n </body>\n</html>',
    ))
})
