import assert from 'node:assert/strict'
import { lastAuditPeriod } from '../../../lib/compute/audit-period.js'
import { type ConfOverrides, defaultConf } from '../../../lib/conf/index.js'
import { RequestContext } from '../../../lib/context/index.js'
import { notify, Outbox, openNotifications } from '../../../lib/notifications/index.js'
import { FakeBroker, NotificationTransport } from '../../../lib/rpc/index.js'
import {
  needsRabbit,
  rabbitUrl,
  removeTopology,
  uniqueName,
  withChannel,
} from '../../support/broker.js'
import { MemoryLog } from '../../support/log.js'
import { notifiedContext, notifiedInstance } from '../../support/notified.js'
import { eventually, WorkerCloud } from '../../support/worker-cloud.js'

const quota = { instances: -1, cores: -1, ram: -1 }

describe('sending of notifications', () => {
  let log: MemoryLog
  beforeEach(() => {
    log = new MemoryLog()
  })
  const open = (conf: ConfOverrides, broker = new FakeBroker()) =>
    openNotifications(
      defaultConf({ ...conf, DEFAULT: { transport_url: 'fake://', ...conf.DEFAULT } }),
      { log, broker, auditPeriod: lastAuditPeriod },
    )
  const contextOf = (conf: ConfOverrides, broker?: FakeBroker) => {
    const opened = open(conf, broker)
    const context = new RequestContext(notifiedContext.values(), { notifications: opened.sink })
    return { context, close: opened.close }
  }
  const instance = notifiedInstance()

  it('is not done without a driver: nothing is opened, and no queue is made', async () => {
    const { sink } = open({ notifications: { notification_format: 'both' } })
    assert.equal(sink, undefined)
    const cloud = await WorkerCloud.start([{ host: 'compute-1' }], { quota })
    try {
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      const queues = cloud.broker.queues().map(({ name }) => name)
      assert.deepEqual(
        queues.filter(name => name.includes('notifications')),
        [],
      )
    } finally {
      await cloud.stop()
    }
  })

  it('is not done by noop', () => {
    const { sink } = open({ oslo_messaging_notifications: { driver: ['noop'] } })
    assert.equal(sink, undefined)
  })

  it('refuses a driver that is none, and says which was probably meant', () => {
    assert.throws(() => open({ oslo_messaging_notifications: { driver: ['mesagingv2'] } }), {
      name: 'OperatorError',
      message:
        "nova.conf: [oslo_messaging_notifications] driver = 'mesagingv2': expected messagingv2, " +
        "messaging, log, noop. Did you mean 'messagingv2'?",
    })
  })

  it('goes to each topic, by each driver, in the forms that are asked for', async () => {
    const broker = new FakeBroker()
    const { context, close } = contextOf(
      {
        oslo_messaging_notifications: { driver: ['messagingv2', 'log'], topics: ['a', 'b'] },
        notifications: { notification_format: 'unversioned' },
      },
      broker,
    )
    await notify(context, 'instance.pause.start', { instance })
    await close()
    assert.deepEqual(broker.queues(), [
      { name: 'a.info', messages: 1, consumers: 0 },
      { name: 'b.info', messages: 1, consumers: 0 },
    ])
    const [line] = log.lines
    const { event_type: type, priority } = JSON.parse(line?.text ?? '{}')
    assert.deepEqual(
      [line?.level, line?.fields, type, priority],
      [
        'info',
        { logger: 'oslo.messaging.notification.compute.instance.pause.start' },
        'compute.instance.pause.start',
        'INFO',
      ],
    )
  })

  it('says nothing of what cannot be told, but to the log', async () => {
    const { context, close } = contextOf({
      oslo_messaging_notifications: { driver: ['messagingv2'] },
      notifications: { notification_format: 'versioned' },
    })
    const unknown = notifiedInstance()
    unknown.unset('flavor')
    await notify(context, 'instance.pause.start', { instance: unknown })
    await close()
    assert.deepEqual(
      log.lines.map(({ level, text, fields }) => [level, text, fields.event]),
      [['error', 'cannot tell of an event', 'instance.pause.start']],
    )
  })

  it('keeps so many while the broker is away, drops the rest, and tells how many', async () => {
    const arrived = Promise.withResolvers<boolean>()
    const transport = new NotificationTransport({
      url: 'held://',
      publish: () => arrived.promise,
      consume: () => Promise.reject(new Error('nobody listens')),
      close: async () => {},
    })
    const outbox = new Outbox(transport, { log, retry: -1, limit: 2 })
    const message = {
      message_id: 'm',
      publisher_id: 'p',
      event_type: 'e',
      priority: 'INFO',
      payload: {},
      timestamp: 't',
    }
    for (let sent = 0; sent < 5; sent++) outbox.send('q.info', {}, message, true)
    assert.deepEqual(log.texts('error'), ['dropping notifications: too many wait already'])
    arrived.resolve(true)
    await outbox.flushed()
    outbox.send('q.info', {}, message, true)
    await outbox.flushed()
    assert.deepEqual(
      log.lines.map(({ text, fields }) => [text, fields]),
      [
        ['dropping notifications: too many wait already', { waiting: 2 }],
        ['dropped notifications', { dropped: 3 }],
      ],
    )
  })

  it('keeps a cloud waiting for no broker that is away', async () => {
    const cloud = await WorkerCloud.start([{ host: 'compute-1' }], {
      quota,
      oslo_messaging_notifications: {
        driver: ['messagingv2'],
        // Nobody listens on the port that means none.
        transport_url: 'rabbit://guest:guest@127.0.0.1:1/',
        retry: 0,
      },
      notifications: { notification_format: 'both' },
    })
    try {
      const [uuid = ''] = await cloud.boot()
      await cloud.settled(uuid, 'active')
      await cloud.log.seen(/could not send a notification/)
    } finally {
      await cloud.stop()
    }
  })

  it('leaves the envelope out with the driver messaging', async function () {
    await needsRabbit(this)
    const topic = uniqueName('plain')
    const exchange = uniqueName('nova')
    const { context, close } = contextOf({
      DEFAULT: { control_exchange: exchange },
      oslo_messaging_notifications: {
        driver: ['messaging'],
        topics: [topic],
        transport_url: rabbitUrl,
      },
    })
    try {
      await notify(context, 'instance.pause.start', { instance })
      const body = await withChannel(channel =>
        eventually('a message', async () => {
          await channel.assertQueue(`${topic}.info`, { durable: false })
          const message = await channel.get(`${topic}.info`, { noAck: true })
          return message === false ? undefined : JSON.parse(message.content.toString('utf8'))
        }),
      )
      const { event_type: type, _context_user_id: user, _context_auth_token: token } = body
      assert.deepEqual(
        { type, user, token },
        { type: 'compute.instance.pause.start', user: 'u-77', token: null },
      )
    } finally {
      await close()
      await removeTopology(exchange, [`${topic}.info`])
    }
  })
})
