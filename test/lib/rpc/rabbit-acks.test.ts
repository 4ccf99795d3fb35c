import assert from 'node:assert/strict'
import { nextTick } from 'node:process'
import type { Channel, ConsumeMessage } from 'amqplib'
import { Acks } from '../../../lib/rpc/rabbit/acks.js'

describe('acknowledgements', () => {
  const message = (deliveryTag: number) => ({ fields: { deliveryTag } }) as ConsumeMessage
  const setUp = () => {
    const told: string[] = []
    const channel = {
      ack: ({ fields }: ConsumeMessage, allUpTo = false) => {
        told.push(`${allUpTo ? 'all up to ' : ''}${fields.deliveryTag}`)
      },
      reject: ({ fields }: ConsumeMessage) => {
        told.push(`not ${fields.deliveryTag}`)
      },
    } as unknown as Channel
    return { acks: new Acks(channel), told }
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
})
