import { TransportConfigError } from './errors.js'
import { FakeBroker } from './fake-broker.js'
import { FakeWire } from './fake-wire.js'
import { NotificationTransport } from './notification-transport.js'
import type { RabbitOptions } from './rabbit/options.js'
import { RabbitWire } from './rabbit/rabbit-wire.js'
import { RpcTransport, type RpcTransportOptions } from './rpc-transport.js'
import type { Transport } from './transport.js'
import { parseTransportUrl } from './transport-url.js'
import type { Wire } from './wire.js'

export interface TransportOptions extends RpcTransportOptions {
  /** For `fake://`: transports of one broker hear each other. One of its own when absent. */
  readonly broker?: FakeBroker | undefined
  /** For `rabbit://`: the options of `[oslo_messaging_rabbit]`, spelled as there. */
  readonly rabbit?: RabbitOptions | undefined
  /** For `rabbit://`: messages that may wait for the broker at once; 10000 when absent. */
  readonly maxPending?: number | undefined
}

/**
 * Opens a transport by its `transport_url`. A broker is reached for at the first use, and waited
 * for, so that this never fails for one that is away.
 *
 * @throws TransportConfigError for a URL or option that makes no sense
 */
export const createTransport = (url: string, options: TransportOptions = {}): Transport =>
  new RpcTransport(openWire(url, options), options)

/** As {@link createTransport}, for notifications. @throws TransportConfigError */
export const createNotificationTransport = (
  url: string,
  options: TransportOptions = {},
): NotificationTransport => new NotificationTransport(openWire(url, options), options)

const openWire = (url: string, options: TransportOptions): Wire => {
  const parsed = parseTransportUrl(url)
  switch (parsed.driver) {
    case 'fake':
      return new FakeWire(options.broker ?? new FakeBroker(), options.log)
    case 'rabbit':
      return new RabbitWire(parsed, options)
    default:
      throw new TransportConfigError(
        `transport_url begins with '${parsed.driver}://', expected rabbit:// or fake://`,
      )
  }
}
