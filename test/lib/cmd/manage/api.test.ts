import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manage } from '../../../support/manage.js'

/** Adds to `GET /servers/{id}`, before and after; brings an action of two forms. */
const notes = `
class Notes {
  static wsgi = {
    addNote: { action: 'addNote', response: 202, expectedErrors: [409, 404], apiVersion: ['2.40', '2.60'],
      body: [[{ type: 'object' }, '2.40', '2.49'], [{ type: 'object', required: ['addNote'] }, '2.50']] },
    count: { extends: 'show', apiVersion: ['2.9'] },
    around: { extends: 'show' },
  }
  addNote(req) { req.context.can('notes:add', {}) }
  count() {}
  *around() { yield }
}
export const extension = {
  alias: 'notes',
  description: 'Notes on servers.',
  controllerExtensions: { servers: Notes },
}
`

describe('nova-manage api', () => {
  let folder: string
  let conf: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-api-'))
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
    writeFileSync(join(folder, 'notes.js'), notes)
    conf = join(folder, 'nova.conf')
    writeFileSync(conf, `[api]\nextensions_path = ${folder}\n`)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const api = (...args: string[]) => manage('--config-file', conf, 'api', ...args)
  const json = async (...args: string[]) => {
    const { code, out, err } = await api(...args, '--json')
    assert.deepEqual([code, err], [0, ''])
    return JSON.parse(out)
  }

  it('tells who serves an action, in which versions, by which schemas and rules', async () => {
    const step = {
      phase: 'serves',
      method: 'Notes.addNote',
      extension: 'notes',
      place: `${folder}/notes.js:9`,
    }
    const range = { v2: false, success: 202, errors: [404, 409], query: null, steps: [step] }
    assert.deepEqual(await json('actions', '--why', 'addNote'), [
      {
        method: 'POST',
        path: '/servers/{id}/action',
        action: 'addNote',
        resource: 'servers',
        controller: 'ServersController',
        status: 'built',
        policies: [{ rule: 'notes:add', check: null }],
        ranges: [
          { ...range, min: '2.40', max: '2.49', body: { type: 'object' } },
          {
            ...range,
            min: '2.50',
            max: '2.60',
            body: { type: 'object', required: ['addNote'] },
          },
        ],
      },
    ])
    const { out } = await api('actions', '--why', 'POST /servers/{id}/action addNote')
    assert.equal(
      out,
      `POST /servers/{id}/action  addNote
  resource  servers (ServersController)
  policies  notes:add
  2.40 to 2.49
    1. serves  Notes.addNote  (notes)  ${folder}/notes.js:9
    success 202, errors 404 409
    body    {"type":"object"}
  2.50 to 2.60
    1. serves  Notes.addNote  (notes)  ${folder}/notes.js:9
    success 202, errors 404 409
    body    {"type":"object","required":["addNote"]}
`,
    )
  })

  it('tells what runs around a method, in order, from which file', async () => {
    const [{ ranges, policies }] = await json('routes', '--why', '/v2.1/servers/some-id?x=1')
    const steps = (at: number) =>
      ranges[at].steps.map(({ phase, method }: { phase: string; method: string }) => [
        phase,
        method,
      ])
    const around = ['before', 'Notes.around']
    const core = [
      ['serves', 'ServersController.show'],
      ['after', 'Notes.around'],
    ]
    assert.deepEqual(steps(0), [around, ...core, ['after', 'ServerUsageController.show']])
    assert.deepEqual(ranges[0].max, '2.8')
    assert.deepEqual(steps(1).slice(0, 4), [around, ...core, ['after', 'Notes.count']])
    assert.match(ranges[0].steps[1].place, /^controllers\/servers\/index\.ts:\d+$/)
    assert.ok(policies.some(({ rule }: { rule: string }) => rule === 'os_compute_api:servers:show'))
  })

  it('prints a line for every route, those that are not built too', async () => {
    const { code, out } = await api('routes')
    assert.equal(code, 0)
    const lines = out.split('\n')
    assert.match(
      lines[0] ?? '',
      /^METHOD +PATH +ACTION +VERSIONS +SUCCESS +ERRORS +FROM +SERVED BY +PLACE$/,
    )
    const line = (start: RegExp) => lines.find(text => start.test(text))?.split(/ {2,}/)
    assert.deepEqual(line(/^GET +\/os-cells /), [
      'GET',
      '/os-cells',
      'v2, 2.1 on',
      '-',
      '-',
      '-',
      '(gone)',
    ])
    assert.deepEqual(line(/ addNote /)?.slice(1, 7), [
      '/servers/{id}/action',
      'addNote',
      '2.40 to 2.60',
      '202',
      '404 409',
      'notes',
    ])
  })

  it('tells what each extension did', async () => {
    const all = await json('extensions')
    const own = all.find(({ alias }: { alias: string }) => alias === 'notes')
    assert.deepEqual(own, {
      alias: 'notes',
      name: 'notes',
      description: 'Notes on servers.',
      file: `${folder}/notes.js`,
      enabled: true,
      routes: [],
      actions: ['addNote'],
      // os-volumes_boot is the servers once more, as in nova
      extends: ['GET /os-volumes_boot/{id}', 'GET /servers/{id}'],
    })
    assert.deepEqual(
      (await json('extensions', '--why', 'GET /servers/{id}')).map(
        ({ alias }: { alias: string }) => alias,
      ),
      ['OS-SRV-USG', 'notes'],
    )
  })

  it('lists an extension that is switched off, and nothing of it', async () => {
    writeFileSync(conf, `[api]\nextensions_path = ${folder}\nextensions_disabled = notes\n`)
    const [own] = await json('extensions', '--why', 'notes')
    assert.deepEqual([own.enabled, own.routes, own.actions, own.extends], [false, [], [], []])
    assert.equal((await api('actions', '--why', 'addNote')).code, 1)
  })

  it('says what it does not find, and what was probably meant', async () => {
    const cases = [
      [
        ['routes', '--why', 'GET /servrs'],
        "nothing answers GET /servrs. Did you mean '/servers'?\n",
      ],
      [['routes', '--why', 'PUT /servers'], 'nothing answers PUT /servers; there is GET, POST\n'],
      [['routes', '--why', '/nothing/like/this'], 'nothing answers /nothing/like/this.\n'],
      [['actions', '--why', 'paus'], "no action is called 'paus'. Did you mean 'pause'?\n"],
      [['actions', '--why', 'GET /servers'], 'GET /servers has no actions\n'],
    ] as const
    for (const [args, err] of cases) {
      assert.deepEqual(await api(...args), { code: 1, out: '', err })
    }
    assert.equal((await api('rotes')).code, 2)
  })

  it('says why nova-api would not start', async () => {
    writeFileSync(conf, '[api]\nextensions_disabled = os-pause-servr\n')
    assert.deepEqual(await api('routes'), {
      code: 1,
      out: '',
      err: "[api] extensions_disabled names 'os-pause-servr', which no extension is called. Did you mean 'os-pause-server'?\n",
    })
  })
})
