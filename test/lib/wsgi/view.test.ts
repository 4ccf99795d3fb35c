import assert from 'node:assert/strict'
import {
  alternatives,
  between,
  Microversion,
  nested,
  since,
  until,
  view,
  when,
} from '../../../lib/wsgi/index.js'

interface Flavor {
  readonly name: string
  readonly vcpus: number
}
interface Server {
  readonly id: number
  readonly uuid: string
  readonly locked: boolean
  readonly flavor: Flavor | null
  readonly note?: string
}
interface Caller {
  readonly admin: boolean
}

const server: Server = { id: 7, uuid: 'u', locked: true, flavor: { name: 'tiny', vcpus: 1 } }
const admin = { admin: true }
const member = { admin: false }

const flavorView = view<Flavor, Caller>({
  original_name: f => f.name,
  vcpus: [f => f.vcpus, since('2.50')],
})

const serverView = view<Server, Caller>({
  id: alternatives([s => s.id, until('2.52')], [s => s.uuid, since('2.53')]),
  locked: [s => s.locked, since('2.9')],
  progress: [() => 0, between('2.1', '2.3')],
  host: [() => 'h', since('2.3'), when(c => c.admin)],
  flavor: [nested(s => s.flavor, flavorView), since('2.47')],
  note: s => s.note,
})

const at = (version: string, caller: Caller = member, source = server) =>
  // As it is sent: a field that is undefined is not there.
  JSON.parse(JSON.stringify(serverView.at(Microversion.of(version))(source, caller)))

describe('wsgi: a view', () => {
  it('has at each version the fields whose windows hold, in the order of the table', () => {
    assert.deepEqual(at('2.1'), { id: 7, progress: 0 })
    assert.deepEqual(at('2.8'), { id: 7 })
    assert.deepEqual(at('2.9'), { id: 7, locked: true })
    assert.deepEqual(at('2.53'), {
      id: 'u',
      locked: true,
      flavor: { original_name: 'tiny', vcpus: 1 },
    })
    assert.deepEqual(Object.keys(at('2.104', admin)), ['id', 'locked', 'host', 'flavor'])
  })

  it('holds documents of other views at the same version, lists of them, and null', () => {
    assert.deepEqual(at('2.47').flavor, { original_name: 'tiny' })
    assert.equal(at('2.47', member, { ...server, flavor: null }).flavor, null)
    const list = view<readonly Flavor[], Caller>({ flavors: nested(f => f, flavorView) })
    assert.deepEqual(list.at(Microversion.of('2.1'))([{ name: 'a', vcpus: 1 }], member), {
      flavors: [{ original_name: 'a' }],
    })
  })

  it('asks a condition once for a request', () => {
    let asked = 0
    const conditional = view<number, Caller>({
      n: n => n,
      secret: [
        n => -n,
        when(caller => {
          asked++
          return caller.admin
        }),
      ],
    })
    const project = conditional.bind(Microversion.of('2.1'), admin)
    assert.deepEqual([1, 2, 3].map(project), [
      { n: 1, secret: -1 },
      { n: 2, secret: -2 },
      { n: 3, secret: -3 },
    ])
    assert.equal(asked, 1)
  })

  it('leaves a field out whose value is undefined', () => {
    assert.deepEqual(at('2.1', member, { ...server, note: 'n' }), { id: 7, progress: 0, note: 'n' })
  })

  it('refuses forms of a field that overlap', () => {
    assert.throws(
      () => view({ id: alternatives([() => 1, until('2.53')], [() => 2, since('2.53')]) }),
      { message: "field 'id' has two forms that overlap: 2.0 to 2.53, 2.53 on" },
    )
  })
})
