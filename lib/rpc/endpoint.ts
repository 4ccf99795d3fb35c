/** What a server offers under one namespace and version. */
export interface Endpoint<Context = unknown> {
  readonly namespace?: string | undefined
  /** `major.minor` */
  readonly version: string
  /** Wire name → what runs; arguments by keyword, keys as on the wire. */
  readonly methods: Readonly<Record<string, EndpointMethod<Context>>>
}

export type EndpointMethod<Context> = (
  context: Context,
  args: Readonly<Record<string, unknown>>,
) => unknown

/** `build_and_run_instance` → `buildAndRunInstance` */
export type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name

/** `build_and_run_instance` → `buildAndRunInstance` */
export const camelCase = (name: string): string =>
  name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

export interface EndpointOptions<Name extends string> {
  readonly version: string
  readonly namespace?: string | undefined
  /** Wire names; each must stand on the manager in camelCase. */
  readonly methods: readonly Name[]
}

/** Any `(context, args)`: what a manager's method asks of its arguments is its own affair. */
type ManagerMethod = (context: never, args: never) => unknown

/**
 * Offers a manager's methods. The compiler and, for plain JavaScript, this function refuse a name
 * that the manager does not have.
 *
 *     endpointOf(manager, { version: '6.1', methods: ['build_and_run_instance', 'reboot_instance'] })
 */
export const endpointOf = <const Name extends string>(
  manager: Readonly<Record<CamelCase<Name>, ManagerMethod>>,
  { version, namespace, methods }: EndpointOptions<Name>,
): Endpoint => {
  const table: Record<string, EndpointMethod<unknown>> = {}
  for (const name of methods) {
    const method: unknown = Reflect.get(manager, camelCase(name))
    if (typeof method !== 'function') {
      throw new TypeError(
        `RPC method '${name}' needs a method '${camelCase(name)}' on ${manager.constructor.name}`,
      )
    }
    table[name] = (context, args) => Reflect.apply(method, manager, [context, args])
  }
  return { version, namespace, methods: table }
}

/**
 * What every nova service answers under the namespace `baseapi` (version 1.1).
 *
 * @param serviceName  `conductor`, `compute`, …
 */
export const baseApiEndpoint = (serviceName: string): Endpoint => ({
  namespace: 'baseapi',
  version: '1.1',
  methods: {
    ping: (_context, args) => ({ service: serviceName, arg: args.arg }),
    // There is no debugging backdoor here, and null says so.
    get_backdoor_port: () => null,
  },
})

/** oslo.messaging's own ping, for health checks of one server (`[DEFAULT] rpc_ping_enabled`). */
export const serverPingEndpoint: Endpoint = {
  version: '1.0',
  methods: { oslo_rpc_server_ping: () => 'pong' },
}
