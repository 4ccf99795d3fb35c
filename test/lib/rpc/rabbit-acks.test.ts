import assert from 'node:assert/strict'
import { nextTick } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import type { Channel, ConsumeMessage } from 'amqplib'
import { Acks } from '../../../lib/rpc/rabbit/acks.js'

describe('acknowledgements', () => {
  const message = (deliveryTag: number) => ({ fields: { deliveryTag } }) as ConsumeMessage
  const setUp = (delay = 0, prefetch = 0) => {
    const told: string[] = []
    const channel = {
      ack: ({ fields }: ConsumeMessage, allUpTo = false) => {
        told.push(`${allUpTo ? 'all up to ' : ''}${fields.deliveryTag}`)
      },
      reject: ({ fields }: ConsumeMessage) => {
        told.push(`not ${fields.deliveryTag}`)
      },
    } as unknown as Channel
    return { acks: new Acks(channel, { delay, prefetch }), told }
  }
  const turn = () => new Promise<void>(resolve => nextTick(resolve))

  it('of messages that came together are one', async () => {
    const { acks, told } = setUp()
    for (const tag of [1, 2, 3]) {
      acks.delivered()
      acks.soon(message(tag))
    }
    assert.deepEqual(told, [])
    await turn()
    assert.deepEqual(told, ['all up to 3'])
    acks.delivered()
    acks.soon(message(4))
    await turn()
    assert.deepEqual(told, ['all up to 3', 'all up to 4'])
  })

  it('never mean one that waits', async () => {
    const { acks, told } = setUp()
    for (let count = 0; count < 3; count++) acks.delivered()
    acks.soon(message(2))
    acks.soon(message(3))
    await turn()
    assert.deepEqual(told, ['2', '3'])
    acks.now(message(1))
    acks.delivered()
    acks.soon(message(4))
    await turn()
    assert.deepEqual(told, ['2', '3', '1', 'all up to 4'])
  })

  it('leave out what was rejected', async () => {
    const { acks, told } = setUp()
    acks.delivered()
    acks.reject(message(1))
    acks.delivered()
    acks.soon(message(2))
    await turn()
    assert.deepEqual(told, ['not 1', 'all up to 2'])
  })

  it('may wait for others, but not while the broker waits for them', async () => {
    const { acks, told } = setUp(60_000, 6)
    for (const tag of [1, 2]) {
      acks.delivered()
      acks.soon(message(tag))
      await turn()
    }
    assert.deepEqual(told, [])
    acks.delivered()
    acks.soon(message(3))
    await turn()
    assert.deepEqual(told, ['all up to 3'])
  })

  it('that wait are told in the end', async () => {
    const { acks, told } = setUp(1)
    for (const tag of [1, 2]) {
      acks.delivered()
      acks.soon(message(tag))
    }
    while (!told.length) await setTimeout(1)
    assert.deepEqual(told, ['all up to 2'])
  })
})
