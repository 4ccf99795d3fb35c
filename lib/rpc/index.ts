export { type PrepareOptions, RpcClient, type RpcClientOptions } from './client.js'
export {
  createNotificationTransport,
  createTransport,
  type TransportOptions,
} from './create-transport.js'
export {
  baseApiEndpoint,
  type Endpoint,
  type EndpointMethod,
  type EndpointOptions,
  endpointOf,
  serverPingEndpoint,
} from './endpoint.js'
export {
  InvalidTarget,
  InvalidVersion,
  MessageDeliveryFailure,
  MessageUndeliverable,
  MessagingError,
  MessagingTimeout,
  NoSuchMethod,
  RemoteError,
  type RemoteFailure,
  RPCVersionCapError,
  TransportClosed,
  TransportConfigError,
  UnsupportedVersion,
} from './errors.js'
export { type ErrorConstructor, type ErrorRegistry, serializeFailure } from './failure.js'
export { FakeBroker } from './fake-broker.js'
export {
  type IncomingNotification,
  type NotificationSendOptions,
  NotificationTransport,
} from './notification-transport.js'
export type { RabbitOptions } from './rabbit/options.js'
export { type PlainContext, plainSerializer, type Serializer } from './serializer.js'
export { RpcServer, type RpcServerOptions, type RunningDispatch } from './server.js'
export type {
  IncomingMessage,
  Listener,
  ListenOptions,
  Message,
  SendOptions,
  Target,
  Transport,
} from './transport.js'
export { parseTransportUrl, redactTransportUrl, type TransportUrl } from './transport-url.js'
export { checkVersion, versionIsCompatible } from './version.js'
