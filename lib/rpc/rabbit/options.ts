import { readFileSync } from 'node:fs'
import { TransportConfigError } from '../errors.js'
import type { TransportUrl } from '../transport-url.js'

/** What of `[oslo_messaging_rabbit]` is understood, spelled as there; absent ones have oslo's defaults. */
export interface RabbitOptions {
  readonly amqp_durable_queues?: boolean | undefined
  readonly amqp_auto_delete?: boolean | undefined
  readonly rabbit_quorum_queue?: boolean | undefined
  /** 0: none */
  readonly rabbit_quorum_delivery_limit?: number | undefined
  readonly rabbit_ha_queues?: boolean | undefined
  /** seconds */
  readonly rabbit_transient_queues_ttl?: number | undefined
  /** Messages held per consumer; 0: what the server asks for. */
  readonly rabbit_qos_prefetch_count?: number | undefined
  /** seconds; 0: none */
  readonly heartbeat_timeout_threshold?: number | undefined
  /** seconds */
  readonly rabbit_retry_interval?: number | undefined
  /** seconds added at each failure */
  readonly rabbit_retry_backoff?: number | undefined
  /** seconds */
  readonly rabbit_interval_max?: number | undefined
  readonly rabbit_login_method?: string | undefined
  readonly direct_mandatory_flag?: boolean | undefined
  readonly ssl?: boolean | undefined
  readonly ssl_ca_file?: string | undefined
  readonly ssl_cert_file?: string | undefined
  readonly ssl_key_file?: string | undefined
}

/** Every value decided. Times in seconds. */
export interface RabbitSettings {
  readonly durable: boolean
  readonly autoDelete: boolean
  /** Arguments of the topic queues. */
  readonly topicArguments: Readonly<Record<string, unknown>>
  /** Arguments of fanout and reply queues. */
  readonly transientArguments: Readonly<Record<string, unknown>>
  readonly prefetch: number
  readonly heartbeat: number
  readonly retryInterval: number
  readonly retryBackoff: number
  readonly intervalMax: number
  readonly loginMethod: 'PLAIN' | 'AMQPLAIN' | 'EXTERNAL'
  readonly mandatory: boolean
  readonly tls: TlsFiles | null
}

export interface TlsFiles {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/**
 * The options of nova.conf, overridden by the URL's query.
 *
 * @throws TransportConfigError naming the option, its value and what was expected
 */
export const rabbitSettings = (
  options: RabbitOptions,
  query: TransportUrl['query'],
): RabbitSettings => {
  const read = reader(options, query)
  const quorum = read.boolean('rabbit_quorum_queue', false)
  const mirrored = read.boolean('rabbit_ha_queues', false)
  if (quorum && mirrored) {
    throw new TransportConfigError('rabbit_quorum_queue and rabbit_ha_queues exclude each other')
  }
  const deliveryLimit = read.number('rabbit_quorum_delivery_limit', 0)
  const ttl = read.number('rabbit_transient_queues_ttl', 1800)
  const mirror = mirrored ? { 'x-ha-policy': 'all' } : {}
  return {
    durable: quorum || read.boolean('amqp_durable_queues', false),
    autoDelete: read.boolean('amqp_auto_delete', false),
    topicArguments: {
      ...mirror,
      ...(quorum ? { 'x-queue-type': 'quorum' } : {}),
      ...(quorum && deliveryLimit > 0 ? { 'x-delivery-limit': deliveryLimit } : {}),
    },
    transientArguments: { ...mirror, ...(ttl > 0 ? { 'x-expires': ttl * 1000 } : {}) },
    prefetch: read.number('rabbit_qos_prefetch_count', 0),
    heartbeat: read.number('heartbeat_timeout_threshold', 60),
    retryInterval: read.number('rabbit_retry_interval', 1),
    retryBackoff: read.number('rabbit_retry_backoff', 2),
    intervalMax: read.number('rabbit_interval_max', 30),
    loginMethod: loginMethod(read.text('rabbit_login_method', 'AMQPLAIN')),
    mandatory: read.boolean('direct_mandatory_flag', true),
    tls: read.boolean('ssl', false)
      ? {
          ...read.file('ssl_ca_file', 'ca'),
          ...read.file('ssl_cert_file', 'cert'),
          ...read.file('ssl_key_file', 'key'),
        }
      : null,
  }
}

const loginMethod = (text: string): RabbitSettings['loginMethod'] => {
  if (text === 'PLAIN' || text === 'AMQPLAIN' || text === 'EXTERNAL') return text
  throw new TransportConfigError(
    `rabbit_login_method is '${text}', expected PLAIN, AMQPLAIN or EXTERNAL`,
  )
}

const reader = (options: RabbitOptions, query: Readonly<Record<string, string>>) => {
  const raw = (name: keyof RabbitOptions): unknown => query[name] ?? options[name] ?? undefined
  return {
    number(name: keyof RabbitOptions, preset: number): number {
      const value = raw(name)
      if (value === undefined) return preset
      const number = Number(value)
      if (value !== '' && Number.isFinite(number) && number >= 0) return number
      throw new TransportConfigError(
        `${name} is '${String(value)}', expected a number of 0 or more`,
      )
    },
    boolean(name: keyof RabbitOptions, preset: boolean): boolean {
      const value = raw(name)
      if (value === undefined) return preset
      if (/^(true|1|yes|on)$/i.test(String(value))) return true
      if (/^(false|0|no|off)$/i.test(String(value))) return false
      throw new TransportConfigError(`${name} is '${String(value)}', expected true or false`)
    },
    text: (name: keyof RabbitOptions, preset: string): string => String(raw(name) ?? preset),
    file(name: keyof RabbitOptions, key: keyof TlsFiles): TlsFiles {
      const path = raw(name)
      if (typeof path !== 'string' || path === '') return {}
      try {
        return { [key]: readFileSync(path) }
      } catch (error) {
        throw new TransportConfigError(
          `${name}: cannot read '${path}': ${(error as Error).message}`,
        )
      }
    },
  }
}
