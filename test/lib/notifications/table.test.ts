import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as payloads from '../../../lib/notifications/payloads/index.js'
import type { NovaObjectClass } from '../../../lib/objects/index.js'
import { contractFile } from '../../support/contract.js'
import type { PayloadPrimitive } from '../../support/notifications.js'
import { eventNames, tellOf } from '../../support/notified.js'

type Release = 'Zed' | 'HEAD'

interface Row {
  readonly kind: 'event' | 'class' | 'field'
  readonly name: string
  readonly type: string
  readonly third: string
  readonly owner: string
  readonly Zed: string
  readonly HEAD: string
}

/** What our own tables hold that is a payload, by its name on the wire. */
const { withoutShares, ...classes } = payloads
const payloadClasses = new Map<string, NovaObjectClass>(
  Object.values(classes).map(type => [type.objectType.name, type as unknown as NovaObjectClass]),
)

/** Told by a driver that is not there; and its payload. */
const ofLibvirt = new Set(['libvirt.connect.error', 'LibvirtErrorPayload'])

describe('notifications, by the contract', () => {
  let rows: Row[]
  before(function () {
    const text = readFileSync(contractFile(this, 'workers/notifications.tsv'), 'utf8')
    rows = text
      .trim()
      .split('\n')
      .slice(1)
      .map(line => {
        const [kind, name = '', type = '', third = '', owner = '', Zed = '', HEAD = ''] =
          line.split('\t')
        return { kind: kind as Row['kind'], name, type, third, owner, Zed, HEAD }
      })
  })

  const events = () => rows.filter(({ kind, name }) => kind === 'event' && !ofLibvirt.has(name))

  it('are of the same events', () => {
    assert.deepEqual(
      [...eventNames].sort(),
      events()
        .map(({ name }) => name)
        .sort(),
    )
  })

  it('are told by the same services, as urgently, with the same payloads', async () => {
    const differing: unknown[] = []
    for (const { name, type: priority, third: publisher, owner: payload } of events()) {
      const told = (await tellOf(name)).find(({ form }) => form === 'versioned')
      const primitive = told?.payload as unknown as PayloadPrimitive
      const ours = [told?.priority, told?.publisherId.split(':')[0], primitive['nova_object.name']]
      const theirs = [priority, publisher.split(':')[0], payload]
      if (ours.join() !== theirs.join()) differing.push([name, ours, theirs])
    }
    assert.deepEqual(differing, [
      // The contract names who tells of it first: the API of a server that begins, a host of its own failures.
      [
        'compute.exception',
        ['ERROR', 'nova-compute', 'ExceptionPayload'],
        ['ERROR', 'nova-api', 'ExceptionPayload'],
      ],
      [
        'instance.update',
        ['INFO', 'nova-compute', 'InstanceUpdatePayload'],
        ['INFO', 'nova-api', 'InstanceUpdatePayload'],
      ],
    ])
  })

  for (const release of ['Zed', 'HEAD'] as const) {
    it(`have the versions of ${release}`, () => {
      for (const { name, Zed, HEAD } of payloadRows(release)) {
        const type = payloadClasses.get(name)?.objectType
        assert.ok(type, `no ${name}`)
        // Properties of images are Zed's, as the objects are that they come from.
        const told = release === 'Zed' || name === 'ImageMetaPropsPayload' ? Zed : HEAD
        assert.equal(versionOf(type, release), told, name)
      }
    })

    it(`have the fields of ${release}, and are null where those are`, () => {
      for (const { name } of payloadRows(release)) {
        const type = payloadClasses.get(name)
        assert.ok(type)
        const { fields } = type.objectType
        const known = fields.filter(
          ({ field: { since } }) => release === 'HEAD' || since === undefined,
        )
        const ours = known.map(({ wire, field }) => `${wire} ${field.nullable ? 'Y' : 'N'}`)
        const present = name === 'ImageMetaPropsPayload' ? 'Zed' : release
        const theirs = rows
          .filter(row => row.kind === 'field' && row.owner === name && row[present] === 'Y')
          .map(row => `${row.name} ${row.third}`)
        assert.deepEqual(ours.sort(), theirs.sort(), name)
      }
    })
  }

  const payloadRows = (release: Release): Row[] =>
    rows.filter(
      row =>
        row.kind === 'class' &&
        row.name.endsWith('Payload') &&
        row[release] !== '-' &&
        !ofLibvirt.has(row.name),
    )

  const versionOf = ({ name, version }: { name: string; version: string }, release: Release) =>
    (release === 'Zed' ? withoutShares[name] : undefined) ?? version
})

describe('every notification', () => {
  it('is on the page for operators', () => {
    const page = readFileSync(
      resolve(import.meta.dirname, '../../../../docs/notifications.md'),
      'utf8',
    )
    const phase = /\.(start|end|error|progress)$/
    const bases = new Set(eventNames.map(name => name.replace(phase, '')))
    assert.deepEqual(
      [...bases].filter(base => !page.includes(`\`${base}\``)),
      [],
    )
  })

  it('can be told, in the older form too where there is one', async () => {
    const forms = await Promise.all(eventNames.map(name => tellOf(name)))
    for (const [at, told] of forms.entries()) {
      const [versioned, unversioned, ...more] = told
      assert.equal(versioned?.eventType, eventNames[at])
      assert.match(versioned?.publisherId ?? '', /^nova-(api|compute|conductor|scheduler):[\w-]+$/)
      assert.deepEqual(more, [])
      if (unversioned) assert.match(unversioned.publisherId, /^[a-z_]+\.[\w-]+$/)
    }
  })
})
