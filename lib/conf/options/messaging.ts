import { bool, float, int, list, multiStr, str } from '../kinds.js'
import { group } from '../option.js'

export const osloMessagingRabbit = group('oslo_messaging_rabbit', {
  amqp_durable_queues: bool({ default: false, help: 'Queues outlive the broker.' }),
  amqp_auto_delete: bool({ default: false, help: 'Queues go with their last consumer.' }),
  rabbit_quorum_queue: bool({ default: false, help: 'Queues of topics are quorum queues.' }),
  rabbit_transient_quorum_queue: bool({
    default: false,
    help: 'Queues of answers and fanouts are quorum queues too.',
  }),
  rabbit_quorum_delivery_limit: int({
    default: 0,
    min: 0,
    help: 'Deliveries of a message from a quorum queue; 0 for no limit.',
  }),
  rabbit_quorum_max_memory_length: int({ default: 0, min: 0, help: 'Messages kept in memory.' }),
  rabbit_quorum_max_memory_bytes: int({ default: 0, min: 0, help: 'Bytes kept in memory.' }),
  rabbit_stream_fanout: bool({ default: false, help: 'Fanouts are streams.' }),
  rabbit_ha_queues: bool({ default: false, help: 'Queues are mirrored (RabbitMQ before 3).' }),
  rabbit_qos_prefetch_count: int({
    default: 0,
    min: 0,
    help: 'Messages delivered before the first is acknowledged; 0 for no limit.',
  }),
  rabbit_transient_queues_ttl: int({
    default: 1800,
    min: 0,
    help: 'Seconds after which an unused queue of answers or fanouts goes.',
  }),
  rabbit_retry_interval: int({ default: 1, min: 0, help: 'Seconds to the first reconnection.' }),
  rabbit_retry_backoff: int({ default: 2, min: 0, help: 'Seconds more for each further one.' }),
  rabbit_interval_max: int({ default: 30, min: 1, help: 'Seconds between them at most.' }),
  rabbit_login_method: str({
    default: 'AMQPLAIN',
    choices: ['PLAIN', 'AMQPLAIN', 'EXTERNAL', 'RABBIT-CR-DEMO'],
    help: 'How to log in at the broker.',
  }),
  kombu_reconnect_delay: float({ default: 1, min: 0, help: 'Seconds before a reconnection.' }),
  kombu_reconnect_splay: float({ default: 0, min: 0, help: 'Random seconds more.' }),
  kombu_missing_consumer_retry_timeout: int({
    default: 60,
    min: 0,
    deprecated: ['kombu_reconnect_timeout'],
    help: 'Seconds to wait for whoever asked, once his queue is gone.',
  }),
  kombu_failover_strategy: str({
    default: 'round-robin',
    choices: ['round-robin', 'shuffle'],
    help: 'Which of several brokers comes next.',
  }),
  kombu_compression: str({ help: 'Compression of messages: gzip or bz2.' }),
  heartbeat_timeout_threshold: int({
    default: 60,
    min: 0,
    help: 'Seconds of silence after which a connection is lost; 0 never.',
  }),
  heartbeat_rate: int({ default: 3, min: 1, help: 'Looks within that time.' }),
  heartbeat_in_pthread: bool({ default: false, help: 'Not supported; read and ignored.' }),
  rpc_conn_pool_size: int({ default: 30, min: 1, help: 'Connections for sending.' }),
  conn_pool_min_size: int({ default: 2, min: 0, help: 'Of which are kept.' }),
  conn_pool_ttl: int({ default: 1200, min: 0, help: 'Seconds that an idle one is kept.' }),
  direct_mandatory_flag: bool({
    default: true,
    help: 'An answer that nobody can receive is an error.',
  }),
  enable_cancel_on_failover: bool({ default: false, help: 'Not supported; read and ignored.' }),
  rpc_reply_retry_attempts: int({ default: -1, min: -1, help: 'Attempts to answer.' }),
  use_queue_manager: bool({
    default: false,
    help: 'Queues of answers keep their names when a process starts again.',
  }),
  hostname: str({ help: 'Name of this host in those names.' }),
  processname: str({ help: 'Name of this process in those names.' }),
  ssl: bool({ default: false, deprecated: ['rabbit_use_ssl'], help: 'Connect over TLS.' }),
  ssl_version: str({ default: '', help: 'Version of TLS.' }),
  ssl_ca_file: str({ default: '', help: 'Certificates of authorities.' }),
  ssl_cert_file: str({ default: '', help: 'Certificate of this process.' }),
  ssl_key_file: str({ default: '', help: 'Its private key.' }),
  ssl_enforce_fips_mode: bool({ default: false, help: 'Not supported; read and ignored.' }),
  ssl_enforce_hostname_verification: bool({
    default: true,
    help: "The broker's certificate must bear its name.",
  }),
})

export const osloMessagingNotifications = group('oslo_messaging_notifications', {
  driver: multiStr({
    deprecated: ['DEFAULT.notification_driver'],
    help: 'messagingv2, messaging, log, noop; nothing is sent without it.',
  }),
  transport_url: str({ secret: true, help: 'Message bus for them, where it is another one.' }),
  topics: list({
    default: ['notifications'],
    deprecated: ['DEFAULT.notification_topics'],
    help: 'Topics that they are sent to.',
  }),
  retry: int({ default: -1, min: -1, help: 'Attempts to send one again; -1 for ever.' }),
})

export const notifications = group('notifications', {
  notify_on_state_change: str({
    choices: ['vm_state', 'vm_and_task_state'],
    help: 'Notify of changes of state.',
  }),
  default_level: str({
    default: 'INFO',
    choices: ['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL'],
    help: 'Level of a notification that has none.',
  }),
  notification_format: str({
    default: 'unversioned',
    choices: ['unversioned', 'versioned', 'both'],
    help: 'Which notifications are sent.',
  }),
  versioned_notifications_topics: list({
    default: ['versioned_notifications'],
    help: 'Topics of versioned ones.',
  }),
  bdms_in_notifications: bool({ default: false, help: 'Tell of block devices in them.' }),
  include_share_mapping: bool({ default: false, help: 'Tell of shares in them.' }),
})
