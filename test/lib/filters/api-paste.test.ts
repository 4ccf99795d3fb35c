import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { aliases, novaModules } from '../../../lib/filters/aliases.js'
import { factory as pipeline } from '../../../lib/filters/pipeline.js'
import { parseIni } from '../../../lib/ini/index.js'
import {
  type App,
  type Filter,
  type Loader,
  loadapp,
  loadfilter,
} from '../../../lib/paste/index.js'
import { failTest } from '../../../lib/testing/fail-test.js'
import { globalsWith, serve } from '../../support/filters.js'

const root = resolve(import.meta.dirname, '../../../..')
const files = {
  'our api-paste.ini': join(root, 'api-paste.ini'),
  'nova’s stock file': join(root, 'test/fixtures/stock-api-paste.ini'),
}

const globals = (strategy: 'keystone' | 'noauth2') =>
  globalsWith(
    { api: { auth_strategy: strategy } },
    {
      tokens: { validate: async () => null },
      policy: { authorize: () => true, forbidden: rule => new Error(rule) },
    },
  )

for (const [what, file] of Object.entries(files)) {
  describe(what, () => {
    for (const strategy of ['keystone', 'noauth2'] as const) {
      it(`loads whole with auth_strategy ${strategy}, and warns of nothing`, async () => {
        const warnings: string[] = []
        const app = await loadapp(`config:${file}#osapi_compute`, {
          globalConf: globals(strategy),
          modules: novaModules(),
          lint: failTest,
          warn: ({ message }) => warnings.push(message),
        })
        assert.deepEqual(warnings, [])
        const { body } = await serve(app).get('/').expect(200)
        assert.deepEqual(
          body.versions.map(({ id }: { id: string }) => id),
          ['v2.0', 'v2.1'],
        )
        const answer = await serve(app).get('/v2.1/servers-that-are-not')
        assert.equal(answer.status, strategy === 'keystone' ? 401 : 204)
        assert.match(String(answer.headers['x-compute-request-id']), /^req-/)
      })
    }

    it('has every filter and application of it loadable alone', async () => {
      const { sections } = parseIni(readFileSync(file, 'utf8'), { file, dialect: 'paste' })
      const options = { globalConf: globals('noauth2'), modules: novaModules(), warn: () => {} }
      for (const { name } of sections.filter(section => !oneProcessCloud.includes(section.name))) {
        const [kind, section] = name.split(':')
        const load = kind === 'filter' ? loadfilter : loadapp
        await load(`config:${file}#${section}`, options)
      }
    })
  })
}

/** Sections of the cloud in one process, which nova has not. */
const oneProcessCloud = [
  'composite:kilonova',
  'composite:companions',
  ...[
    'identity',
    'image_api',
    'imageversions',
    'network_api',
    'networkversions',
    'volume_api',
    'volumeversions',
  ].map(name => `pipeline:${name}`),
  ...['identityapp', 'imageapp', 'networkapp', 'volumeapp'].map(name => `app:${name}`),
]

describe('our api-paste.ini', () => {
  it('has the sections and pipelines of nova’s, in their order', () => {
    const shape = (path: string) =>
      Object.fromEntries(
        parseIni(readFileSync(path, 'utf8'), { dialect: 'paste' }).sections.map(section => [
          section.name,
          section.options
            .filter(({ key }) => !key.startsWith('paste.') && key !== 'use')
            .map(({ key, value }) => `${key} = ${value}`),
        ]),
      )
    const ours = shape(files['our api-paste.ini'])
    const {
      'composite:metadata': _c,
      'pipeline:meta': _p,
      'app:metaapp': _a,
      ...stock
    } = shape(files['nova’s stock file'])
    const added = ['filter:healthcheck', 'filter:ratelimit', ...oneProcessCloud]
    const shared = Object.entries(ours).filter(([name]) => !added.includes(name))
    assert.deepEqual(Object.fromEntries(shared), stock)
  })

  it('answers 501 for the metadata service of nova’s file', async () => {
    const app = await loadapp(`config:${files['nova’s stock file']}#metadata`, {
      globalConf: globals('keystone'),
      modules: novaModules(),
    })
    await serve(app)
      .get('/latest')
      .expect(501, {
        notImplemented: { code: 501, message: 'The metadata service is not built yet.' },
      })
  })
})

describe('aliases of nova’s Python references', () => {
  it('all lead to a factory', async () => {
    const modules = novaModules()
    for (const reference of Object.keys(aliases)) {
      const [module = '', attribute = ''] = reference.split(':')
      const source = modules[module]
      assert(typeof source === 'function')
      let value: unknown = await source()
      for (const part of attribute.split('.')) value = Reflect.get(Object(value), part)
      assert.equal(typeof value, 'function', reference)
    }
  })
})

describe('composite pipeline', () => {
  const asked: string[] = []
  const app: App = (_req, res) => {
    res.end()
  }
  const filter: Filter = inner => inner
  const loader: Loader = {
    getApp: async name => {
      asked.push(`app ${name}`)
      return app
    },
    getFilter: async name => {
      asked.push(`filter ${name}`)
      return filter
    },
    getServer: () => assert.fail(),
  }
  const load = async (
    localConf: Record<string, string>,
    strategy: 'keystone' | 'noauth2' = 'keystone',
  ) => {
    asked.length = 0
    await pipeline(loader, globals(strategy), localConf)
    return asked.join(', ')
  }

  it('takes the one that auth_strategy names', async () => {
    const conf = { keystone: 'a b end', noauth2: 'c\n end' }
    assert.equal(await load(conf), 'filter a, filter b, app end')
    assert.equal(await load(conf, 'noauth2'), 'filter c, app end')
  })

  it('reads files up to Kilo: _nolimit unless limits are wanted, noauth for noauth2', async () => {
    const conf = { keystone: 'ratelimit end', keystone_nolimit: 'end', noauth: 'n end' }
    assert.equal(await load(conf), 'app end')
    assert.equal(await load({ ...conf, api_rate_limit: 'true' }), 'filter ratelimit, app end')
    assert.equal(await load(conf, 'noauth2'), 'filter n, app end')
  })

  it('names the pipelines there are when the wanted one is missing', async () => {
    await assert.rejects(
      load({ keyston: 'end' }),
      /auth_strategy is 'keystone', but there is no pipeline of that name here: there is keyston\. Did you mean 'keyston'\?/,
    )
  })
})

describe('a runtime that is not there', () => {
  it('is asked for in one sentence, with the place', async () => {
    await assert.rejects(
      loadapp(`config:${files['our api-paste.ini']}#osapi_compute`),
      (error: Error) => {
        assert.match(error.message, /needs the runtime of a Kilonova process/)
        assert.equal(Reflect.get(error, 'section'), 'filter:cors')
        return true
      },
    )
  })
})
