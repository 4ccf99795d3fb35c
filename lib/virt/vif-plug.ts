import { VirtualInterfaceCreateException } from '../exception/index.js'
import type { NetworkInfo } from '../network/model.js'
import { type AwaitedEvent, InstanceEventTimeout, type VirtApi } from './host.js'

export interface VifPlugOptions {
  /** `[DEFAULT] vif_plugging_timeout`, seconds; 0: nothing is waited for */
  readonly timeout: number
  /** `[DEFAULT] vif_plugging_is_fatal`: without its interfaces a guest is of no use */
  readonly isFatal: boolean
}

/** What the network service will tell of interfaces that it has not plugged yet. */
const plugEvents = (info: NetworkInfo): AwaitedEvent[] =>
  info.filter(vif => !vif.active).map(({ id }) => ({ name: 'network-vif-plugged', tag: id }))

/**
 * Starts a guest, and waits until the network service says of each of its interfaces that it is plugged. For
 * drivers, in spawn and in a hard reboot.
 *
 * @throws VirtualInterfaceCreateException when it does not, or says that it cannot, and that is fatal
 */
export const withPluggedVifs = async (
  virtApi: VirtApi,
  instance: { readonly uuid: string },
  info: NetworkInfo,
  { timeout, isFatal }: VifPlugOptions,
  start: () => Promise<void>,
): Promise<void> => {
  const events = timeout > 0 ? plugEvents(info) : []
  let hasStarted = false
  try {
    await virtApi.waitForInstanceEvent(instance, events, timeout, async () => {
      await start()
      hasStarted = true
    })
  } catch (error) {
    // The work's own failure; or nobody wants the guest any more.
    if (!hasStarted || !(error instanceof InstanceEventTimeout || isFailedPlug(error))) throw error
    if (!isFatal) return
    const failure = new VirtualInterfaceCreateException()
    failure.cause = error
    throw failure
  }
}

const isFailedPlug = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Instance event failed')
