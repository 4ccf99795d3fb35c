import { TransportConfigError } from '../errors.js'
import type { TransportUrl } from '../transport-url.js'
import { OptionReader } from './option-reader.js'
import { type TlsSettings, tlsSettings } from './tls.js'

/**
 * The options of `[oslo_messaging_rabbit]`, spelled as there; absent ones have oslo's defaults. What is not
 * in {@link RabbitSettings} is told to the log as not used ({@link notUsed}).
 */
export interface RabbitOptions {
  readonly amqp_durable_queues?: boolean | undefined
  readonly amqp_auto_delete?: boolean | undefined
  readonly rabbit_quorum_queue?: boolean | undefined
  readonly rabbit_transient_quorum_queue?: boolean | undefined
  /** 0: none */
  readonly rabbit_quorum_delivery_limit?: number | undefined
  /** messages; 0: no limit */
  readonly rabbit_quorum_max_memory_length?: number | undefined
  /** 0: no limit */
  readonly rabbit_quorum_max_memory_bytes?: number | undefined
  readonly rabbit_ha_queues?: boolean | undefined
  /** seconds */
  readonly rabbit_transient_queues_ttl?: number | undefined
  /** Messages held per consumer; 0: what the server asks for. */
  readonly rabbit_qos_prefetch_count?: number | undefined
  /** seconds; 0: none */
  readonly heartbeat_timeout_threshold?: number | undefined
  /** seconds */
  readonly rabbit_retry_interval?: number | undefined
  /** seconds added at each round of failures */
  readonly rabbit_retry_backoff?: number | undefined
  /** seconds */
  readonly rabbit_interval_max?: number | undefined
  /** seconds, ahead of every reconnection */
  readonly kombu_reconnect_delay?: number | undefined
  /** seconds at most, at random, that are added to it */
  readonly kombu_reconnect_splay?: number | undefined
  readonly kombu_failover_strategy?: string | undefined
  readonly kombu_compression?: string | null | undefined
  readonly rabbit_login_method?: string | undefined
  readonly direct_mandatory_flag?: boolean | undefined
  readonly enable_cancel_on_failover?: boolean | undefined
  readonly ssl?: boolean | undefined
  readonly ssl_version?: string | undefined
  readonly ssl_ca_file?: string | undefined
  readonly ssl_cert_file?: string | undefined
  readonly ssl_key_file?: string | undefined
  readonly ssl_enforce_hostname_verification?: boolean | undefined
  readonly ssl_enforce_fips_mode?: boolean | undefined
  readonly rabbit_stream_fanout?: boolean | undefined
  readonly use_queue_manager?: boolean | undefined
  readonly heartbeat_rate?: number | undefined
  readonly heartbeat_in_pthread?: boolean | undefined
  readonly rpc_conn_pool_size?: number | undefined
  readonly conn_pool_min_size?: number | undefined
  readonly conn_pool_ttl?: number | undefined
  readonly rpc_reply_retry_attempts?: number | undefined
}

type QueueArguments = Readonly<Record<string, unknown>>

/** Every value decided. Times in seconds. */
export interface RabbitSettings {
  /** Of topic queues and their exchange. */
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly topicArguments: QueueArguments
  /** Of fanout and reply queues, and of the fanouts' exchanges. */
  readonly transientDurable: boolean
  readonly transientArguments: QueueArguments
  readonly consumerArguments: Readonly<Record<string, boolean>>
  readonly prefetch: number
  readonly heartbeat: number
  readonly reconnect: ReconnectSettings
  readonly loginMethod: 'PLAIN' | 'AMQPLAIN' | 'EXTERNAL'
  readonly mandatory: boolean
  readonly isCompressed: boolean
  readonly tls: TlsSettings | null
}

/** When, and where, a lost connection is sought again. Seconds. */
export interface ReconnectSettings {
  readonly interval: number
  readonly backoff: number
  readonly max: number
  readonly delay: number
  readonly splay: number
  /** shuffle: the hosts' order changes with each round */
  readonly strategy: 'round-robin' | 'shuffle'
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
  const read = new OptionReader<keyof RabbitOptions>(options, query)
  const quorum = read.boolean('rabbit_quorum_queue', false)
  const transientQuorum = read.boolean('rabbit_transient_quorum_queue', false)
  const mirrored = read.boolean('rabbit_ha_queues', false)
  if ((quorum || transientQuorum) && mirrored) {
    throw new TransportConfigError('rabbit_quorum_queue and rabbit_ha_queues exclude each other')
  }
  const ttl = read.number('rabbit_transient_queues_ttl', 1800)
  const mirror: QueueArguments = mirrored ? { 'x-ha-policy': 'all' } : {}
  return {
    durable: quorum || read.boolean('amqp_durable_queues', false),
    autoDelete: read.boolean('amqp_auto_delete', false),
    topicArguments: { ...mirror, ...(quorum ? quorumArguments(read) : {}) },
    transientDurable: transientQuorum,
    transientArguments: {
      ...mirror,
      ...(transientQuorum ? { 'x-queue-type': 'quorum' } : {}),
      ...(ttl > 0 ? { 'x-expires': ttl * 1000 } : {}),
    },
    consumerArguments: read.boolean('enable_cancel_on_failover', false)
      ? { 'x-cancel-on-ha-failover': true }
      : {},
    prefetch: read.number('rabbit_qos_prefetch_count', 0),
    heartbeat: read.number('heartbeat_timeout_threshold', 60),
    reconnect: {
      interval: read.number('rabbit_retry_interval', 1),
      backoff: read.number('rabbit_retry_backoff', 2),
      max: read.number('rabbit_interval_max', 30),
      delay: read.number('kombu_reconnect_delay', 1),
      splay: read.number('kombu_reconnect_splay', 0),
      strategy: read.choice('kombu_failover_strategy', ['round-robin', 'shuffle'], 'round-robin'),
    },
    loginMethod: read.choice('rabbit_login_method', ['PLAIN', 'AMQPLAIN', 'EXTERNAL'], 'AMQPLAIN'),
    mandatory: read.boolean('direct_mandatory_flag', true),
    isCompressed: read.choice('kombu_compression', ['', 'gzip'], '') === 'gzip',
    tls: tlsSettings(read),
  }
}

const quorumArguments = (read: OptionReader<keyof RabbitOptions>): QueueArguments => {
  const limits = {
    'x-delivery-limit': read.number('rabbit_quorum_delivery_limit', 0),
    'x-max-in-memory-length': read.number('rabbit_quorum_max_memory_length', 0),
    'x-max-in-memory-bytes': read.number('rabbit_quorum_max_memory_bytes', 0),
  }
  const set = Object.entries(limits).filter(([, limit]) => limit > 0)
  return { 'x-queue-type': 'quorum', ...Object.fromEntries(set) }
}

/** Options that oslo.messaging has a use for and this driver has not, with oslo's defaults. */
const idle: Readonly<
  Partial<Record<keyof RabbitOptions, readonly [preset: unknown, why: string]>>
> = {
  rabbit_stream_fanout: [false, 'fanouts are queues'],
  use_queue_manager: [false, 'queues of answers and fanouts have random names'],
  heartbeat_rate: [3, 'heartbeats are sent twice in their time, and looked for once'],
  heartbeat_in_pthread: [false, 'heartbeats need no thread'],
  rpc_conn_pool_size: [30, 'one connection sends'],
  conn_pool_min_size: [2, 'one connection sends'],
  conn_pool_ttl: [1200, 'one connection sends'],
  rpc_reply_retry_attempts: [-1, 'kombu_missing_consumer_retry_timeout limits replies'],
}

/** One sentence for each option that was set, and changes nothing. */
export const notUsed = (
  options: RabbitOptions,
  query: TransportUrl['query'],
): readonly string[] => {
  const read = new OptionReader<keyof RabbitOptions>(options, query)
  return (Object.keys(idle) as (keyof RabbitOptions)[]).flatMap(name => {
    const [preset, why] = idle[name] ?? []
    // heartbeat_rate is 2 in Zed
    const isSet =
      read.differs(name, preset) && !(name === 'heartbeat_rate' && !read.differs(name, 2))
    return isSet ? [`[oslo_messaging_rabbit] ${name} is not used: ${why}`] : []
  })
}
