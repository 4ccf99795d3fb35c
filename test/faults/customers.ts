import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../lib/util/message-of.js'
import { Random } from '../fuzz/random.js'
import type { SeparateCloud } from '../support/separate-cloud.js'
import { act } from './actions.js'

/** What a customer was told about one server. */
export interface Order {
  readonly name: string
  /** Status of `POST /servers`; null: the connection broke, and it may be there or not. */
  booted: number | null
  /** Why nobody answered; empty: somebody did. */
  silence: string
  /** A `DELETE` was answered 204. */
  deleted: boolean
  /** Deletions that were answered otherwise, or not at all. */
  readonly refusals: string[]
}

export interface Customers {
  readonly orders: readonly Order[]
  /** Resolves when all servers are ordered. */
  readonly done: Promise<void>
  stop(): void
}

interface CustomersOptions {
  /** Customers at once. */
  readonly parallel: number
  /** Whether they also have things done with their servers. */
  readonly actions: boolean
  readonly onOrder: (done: number) => void
  /** How far the troubles are, 0 to 1: orders keep pace with them. */
  readonly progress: () => number
}

/** The share of its orders by which a run may be ahead of its troubles. */
const AHEAD = 0.05

/**
 * Orders servers one after the other, some at once, and has about half of them deleted: at any
 * moment of their lives. Whatever the API answers is written down, and nothing that it may have heard is
 * said again.
 */
export const serveCustomers = (
  cloud: SeparateCloud,
  random: Random,
  count: number,
  { parallel, actions, onOrder, progress }: CustomersOptions,
): Customers => {
  const orders: Order[] = []
  let stopped = false
  const order = async (index: number): Promise<void> => {
    const one: Order = {
      name: `order-${index}`,
      booted: null,
      silence: '',
      deleted: false,
      refusals: [],
    }
    orders.push(one)
    const [willDelete, patience] = [random.chance(0.5), random.int(0, 4000)]
    // Decided here: what others are told must not change what this one does.
    const own = new Random(random.int(0, 2 ** 31))
    const id = await boot(cloud, one)
    if (id && actions) await act(cloud, own, id)
    if (!id || !willDelete) return
    await sleep(patience)
    await remove(cloud, one, id)
  }
  const customer = async (first: number): Promise<void> => {
    for (let index = first; index < count && !stopped; index += parallel) {
      while (index / count > progress() + AHEAD && !stopped) await sleep(100)
      await order(index)
      onOrder(orders.length)
      await sleep(random.int(0, 500))
    }
  }
  const done = Promise.all(Array.from({ length: parallel }, (_, first) => customer(first)))
  return {
    orders,
    done: done.then(() => {}),
    stop: () => {
      stopped = true
    },
  }
}

/** Seconds for which a customer comes back to an API that is not there. */
const PATIENCE = 60

const boot = async (cloud: SeparateCloud, order: Order): Promise<string | null> => {
  const deadline = performance.now() + PATIENCE * 1000
  try {
    let answer: Awaited<ReturnType<typeof cloud.order>> | undefined
    while (!answer) {
      try {
        answer = await cloud.order(order.name)
      } catch (error) {
        // Nothing was sent, and nothing can have come of it.
        if (!/ECONNREFUSED/.test(messageOf(error)) || performance.now() > deadline) throw error
        await sleep(250)
      }
    }
    const { status, body } = answer
    order.booted = status
    return status === 202 ? (body as { server: { id: string } }).server.id : null
  } catch (error) {
    order.silence = messageOf(error)
    return null
  }
}

/** @returns whether the server is, or will be, gone */
export const remove = async (cloud: SeparateCloud, order: Order, id: string): Promise<boolean> => {
  try {
    const { status } = await cloud.api('DELETE', `/servers/${id}`)
    if (status === 204 || status === 404) order.deleted = true
    else order.refusals.push(String(status))
  } catch (error) {
    order.refusals.push(messageOf(error))
  }
  return order.deleted
}
