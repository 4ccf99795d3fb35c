import assert from 'node:assert/strict'
import { contextToDict } from '../../lib/context/index.js'
import * as payloads from '../../lib/notifications/payloads/index.js'
import { NovaObject, type NovaObjectClass } from '../../lib/objects/index.js'
import { rabbitUrl, uniqueName } from '../support/broker.js'
import type { PayloadPrimitive } from '../support/notifications.js'
import { eventNames, notifiedContext, subjectFor, type Told, tellOf } from '../support/notified.js'
import { PythonPeer } from '../support/python-peer.js'
import { addVhost, deleteVhost, needsVhosts } from '../support/vhost.js'
import { WorkerCloud } from '../support/worker-cloud.js'

interface PeerClass {
  readonly version: string
  readonly fields: Readonly<Record<string, boolean>>
}

interface Heard {
  readonly priority: string
  readonly publisher_id: string
  readonly event_type: string
  readonly payload: PayloadPrimitive
  readonly context: Readonly<Record<string, unknown>>
}

/** What nova in its own words calls otherwise, or knows only by its own place: errors, and times of now. */
const ownWords = new Set([
  'traceback',
  'module_name',
  'function_name',
  'audit_period_beginning',
  'audit_period_ending',
])

const comparable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, ownWords.has(key) ? typeof item : comparable(item)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** Events since Zed, and one that nova has no function of its own for. */
const notTheirs = (event: string): boolean =>
  event.startsWith('instance.share_') || event === 'compute.exception'

describe("notifications with Python's nova", function () {
  this.timeout(60_000)
  const vhost = uniqueName('test-peers')
  const url = `${rabbitUrl}${vhost}`
  let peer: PythonPeer
  let isOpen = false

  before(async function () {
    await needsVhosts(this)
    peer = await PythonPeer.start(this, 'notifications')
    await addVhost(vhost)
    isOpen = true
    await peer.ask('notifications.open', { url, exchange: 'nova' })
  })
  after(async () => {
    await peer?.stop()
    if (isOpen) await deleteVhost(vhost)
  })

  it('have the payloads of nova, by name, version and field', async () => {
    const theirs = await peer.ask<Record<string, PeerClass>>('notifications.classes')
    const { withoutShares, ...classes } = payloads
    const types = Object.values(classes) as unknown as NovaObjectClass[]
    const ours = types.map(({ objectType: { name, version, fields } }) => {
      const known = fields.filter(({ field }) => field.since === undefined)
      return [
        name,
        {
          version: withoutShares[name] ?? version,
          fields: Object.fromEntries(known.map(one => [one.wire, one.field.nullable === true])),
        },
      ] as const
    })
    const later = new Set(['SharePayload', 'InstanceActionSharePayload'])
    const zed = Object.fromEntries(ours.filter(([name]) => !later.has(name)))
    // Of libvirt, which has no driver here.
    const { LibvirtErrorPayload, ...known } = theirs
    assert.ok(LibvirtErrorPayload)
    assert.deepEqual(comparable(zed), comparable(known))
  })

  for (const event of eventNames.filter(name => !notTheirs(name))) {
    it(`tell of ${event} as nova does`, async () => {
      const ours = await tellOf(event)
      const legacy = ours.find(({ form }) => form === 'unversioned')
      const theirs = await peer.ask<Told[]>('notifications.tell', {
        event,
        context: contextToDict(notifiedContext),
        subject: { ...wire(subjectFor(event)), ...legacyWords(event, legacy) },
      })
      // Of these the older form is made where nova tells of it, and is not to be had alone.
      const both = /^instance\.|^volume\./.test(event)
      const wanted = both ? ours : ours.filter(({ form }) => form === 'versioned')
      const ordered = (told: readonly Told[]) =>
        told.map(comparable).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      assert.deepEqual(ordered(wanted), ordered(theirs))
    })
  }

  it('are heard by its listener', async () => {
    const topic = uniqueName('versioned')
    await peer.ask('notifications.listen', { topics: [topic] })
    const cloud = await WorkerCloud.start([{ host: 'compute-1' }], {
      quota: { instances: -1, cores: -1, ram: -1 },
      oslo_messaging_notifications: { driver: ['messagingv2'], transport_url: url },
      notifications: {
        notification_format: 'versioned',
        versioned_notifications_topics: [topic],
      },
    })
    try {
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      const heard = await peer.ask<Heard[]>('notifications.heard', { count: 5 })
      assert.deepEqual(
        heard.map(({ priority, publisher_id, event_type, payload }) => [
          priority,
          publisher_id,
          event_type,
          payload['nova_object.name'],
        ]),
        [
          ['info', 'nova-compute:compute-1', 'service.create', 'ServiceStatusPayload'],
          [
            'info',
            'nova-scheduler:control',
            'scheduler.select_destinations.start',
            'RequestSpecPayload',
          ],
          [
            'info',
            'nova-scheduler:control',
            'scheduler.select_destinations.end',
            'RequestSpecPayload',
          ],
          ['info', 'nova-compute:compute-1', 'instance.create.start', 'InstanceCreatePayload'],
          ['info', 'nova-compute:compute-1', 'instance.create.end', 'InstanceCreatePayload'],
        ],
      )
      assert.equal(heard.at(-1)?.payload['nova_object.data'].uuid, uuid)
      assert.equal(heard.at(-1)?.context.project_id, 'project')
    } finally {
      await cloud.stop()
    }
  })
})

/** A subject as JSON, objects as their primitives. */
const wire = (subject: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(subject)
      .filter(([key]) => key !== 'error')
      .map(([key, value]) => [key, primitive(value)]),
  )

const primitive = (value: unknown): unknown => {
  if (value instanceof NovaObject) return value.toPrimitive()
  return Array.isArray(value) ? value.map(primitive) : value
}

/** Who tells of these, where it is another than nova's functions think. */
const sources: Readonly<Record<string, string>> = {
  'instance.evacuate': 'nova-api',
  'instance.lock': 'nova-api',
  'instance.unlock': 'nova-api',
  'instance.rebuild_scheduled': 'nova-conductor',
}

/** What nova's callers say of the older form: its name, whether with addresses, what besides. */
const legacyWords = (event: string, legacy: Told | undefined): Record<string, unknown> => {
  const hasOwn = !event.startsWith('instance.') || /\.(exists|update)$/.test(event)
  const source = sources[event]
  if (!legacy || hasOwn) return source ? { source } : {}
  const extras = ['image_name', 'message', 'volume_id', 'new_instance_type', 'new_instance_type_id']
  const known = extras.filter(name => name in legacy.payload && !event.endsWith('.error'))
  return {
    suffix: legacy.eventType.slice('compute.instance.'.length),
    networks: 'fixed_ips' in legacy.payload,
    extra: Object.fromEntries(known.map(name => [name, legacy.payload[name]])),
    ...(source ? { source } : {}),
  }
}
