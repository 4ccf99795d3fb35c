import assert from 'node:assert/strict'
import { Mutex } from '../../../lib/util/mutex.js'

const late = () => new Error('too late')

describe('a mutex', () => {
  it('is held by one at a time, in the order of asking', async () => {
    const mutex = new Mutex()
    const order: string[] = []
    const turn = async (name: string) => {
      const release = await mutex.acquire(1000, late)
      order.push(`${name} in`)
      await Promise.resolve()
      order.push(`${name} out`)
      release()
    }
    await Promise.all([turn('a'), turn('b'), turn('c')])
    assert.deepEqual(order, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
  })

  it('turns away who waited too long, and no other', async () => {
    const mutex = new Mutex()
    const release = await mutex.acquire(1000, late)
    const hurried = assert.rejects(mutex.acquire(1, late), /too late/)
    const patient = mutex.acquire(10_000, late)
    await hurried
    release()
    const next = await patient
    next()
  })

  it('is given back once, however often that is said', async () => {
    const mutex = new Mutex()
    const first = await mutex.acquire(1000, late)
    const [second, third] = [mutex.acquire(1000, late), mutex.acquire(5, late)]
    first()
    first()
    await assert.rejects(third, /too late/)
    const release = await second
    release()
  })
})
