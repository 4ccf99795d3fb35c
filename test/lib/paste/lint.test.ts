import assert from 'node:assert/strict'
import { type App, inject, lintFilter, loadText, PasteError } from '../../../lib/paste/index.js'

const breaches = async (app: App): Promise<string[]> => {
  const told: string[] = []
  const linted = lintFilter(({ message }) => told.push(message))(app)
  await inject(linted, { url: '/', failed: () => {} })
  return told
}

describe('paste: lint', () => {
  it('says nothing of what keeps the contract', async () => {
    assert.deepEqual(await breaches((_req, res) => void res.end('x')), [])
    assert.deepEqual(await breaches((_req, _res, next) => next()), [])
  })

  it('tells of next twice, next after an answer, and a second end', async () => {
    assert.deepEqual(
      await breaches(function twice(_req, _res, next) {
        next()
        next()
      }),
      ['twice: next is called twice'],
    )
    assert.deepEqual(
      await breaches(function both(_req, res, next) {
        res.end()
        next()
      }),
      ['both: next is called after the answer'],
    )
    assert.deepEqual(
      await breaches(function ends(_req, res) {
        res.end()
        res.end()
      }),
      ['ends: the answer is ended twice'],
    )
  })

  it('tells of headers that are no text, and of a URL that is not put back', async () => {
    assert.deepEqual(
      await breaches(function odd(_req, res) {
        res.setHeader('x-odd', Object(5) as string)
        res.end()
      }),
      ["odd: the header 'x-odd' is object, not text"],
    )
    assert.deepEqual(
      await breaches(function shifts(req, _res, next) {
        req.url = '/elsewhere'
        next()
      }),
      ["shifts: req.url is passed on as '/elsewhere', it came as '/'"],
    )
  })
})

describe('paste: a text, loaded', () => {
  const text = `
[pipeline:main]
pipeline = auth hello
[filter:auth]
use = egg:not-installed-anywhere
[app:hello]
use = egg:nor-is-this
`
  const hello: App = (_req, res) => void res.end('hello')

  it('has sections replaced by stubs', async () => {
    const app = await loadText(text, {
      stubs: {
        'filter:auth': inner => (req, res, next) => {
          res.setHeader('x-user', 'me')
          inner(req, res, next)
        },
        'app:hello': () => hello,
      },
    })
    const { headers, body } = await inject(app, { url: '/' })
    assert.deepEqual([headers['x-user'], String(body)], ['me', 'hello'])
  })

  it('tells of errors as a file would', async () => {
    await assert.rejects(
      loadText(text),
      (error: unknown) =>
        error instanceof PasteError && error.kind === 'no-package' && error.line === 7,
    )
  })
})
