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
  rabbit_quorum_max_memory_length: int({
    default: 0,
    min: 0,
    deprecated: ['rabbit_quroum_max_memory_length'],
    help: 'Messages that a quorum queue keeps in memory; 0 for no limit.',
  }),
  rabbit_quorum_max_memory_bytes: int({
    default: 0,
    min: 0,
    deprecated: ['rabbit_quroum_max_memory_bytes'],
    help: 'Bytes that a quorum queue keeps in memory; 0 for no limit.',
  }),
  rabbit_stream_fanout: bool({ default: false, help: 'Not used: fanouts are queues.' }),
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
  kombu_compression: str({
    choices: ['gzip'],
    help: 'Compress what is sent; what comes is read either way. bz2 is not supported.',
  }),
  heartbeat_timeout_threshold: int({
    default: 60,
    min: 0,
    help: 'Seconds of silence after which a connection is lost; 0 never.',
  }),
  heartbeat_rate: int({ default: 3, min: 1, help: 'Not used: one is sent twice in that time.' }),
  heartbeat_in_pthread: bool({ default: false, help: 'Not used: there are no threads.' }),
  rpc_conn_pool_size: int({ default: 30, min: 1, help: 'Not used: one connection sends.' }),
  conn_pool_min_size: int({ default: 2, min: 0, help: 'Not used: one connection sends.' }),
  conn_pool_ttl: int({ default: 1200, min: 0, help: 'Not used: one connection sends.' }),
  direct_mandatory_flag: bool({
    default: true,
    help: 'An answer that nobody can receive is an error.',
  }),
  enable_cancel_on_failover: bool({
    default: false,
    help: 'The broker ends consumers when their queue moves; they are declared anew.',
  }),
  rpc_reply_retry_attempts: int({
    default: -1,
    min: -1,
    help: 'Not used: kombu_missing_consumer_retry_timeout limits answers.',
  }),
  use_queue_manager: bool({
    default: false,
    help: 'Not used: queues of answers and fanouts have random names.',
  }),
  hostname: str({ help: 'Not used: see use_queue_manager.' }),
  processname: str({ help: 'Not used: see use_queue_manager.' }),
  ssl: bool({ default: false, deprecated: ['rabbit_use_ssl'], help: 'Connect over TLS.' }),
  ssl_version: str({
    default: '',
    deprecated: ['kombu_ssl_version'],
    help: 'TLSv1, TLSv1_1, TLSv1_2; SSLv23, or nothing, for whatever both ends speak.',
  }),
  ssl_ca_file: str({
    default: '',
    deprecated: ['kombu_ssl_ca_certs'],
    help: "Certificates of authorities; without it the broker's certificate is not looked at.",
  }),
  ssl_cert_file: str({
    default: '',
    deprecated: ['kombu_ssl_certfile'],
    help: 'Certificate of this process.',
  }),
  ssl_key_file: str({
    default: '',
    deprecated: ['kombu_ssl_keyfile'],
    help: 'Its private key.',
  }),
  ssl_enforce_fips_mode: bool({
    default: false,
    help: 'Not supported, and refused: start Node with --force-fips.',
  }),
  ssl_enforce_hostname_verification: bool({
    default: true,
    help: "The broker's certificate must bear its name (with ssl_ca_file).",
  }),
})

export const osloMessagingNotifications = group('oslo_messaging_notifications', {
  driver: multiStr({
    deprecated: ['DEFAULT.notification_driver'],
    help: 'How notifications are sent: messagingv2, messaging, log, noop; without it, none are.',
  }),
  transport_url: str({
    secret: true,
    help: 'Message bus for notifications; that of [DEFAULT] when not set.',
  }),
  topics: list({
    default: ['notifications'],
    deprecated: ['DEFAULT.notification_topics'],
    help: 'Topics of unversioned notifications.',
  }),
  retry: int({
    default: -1,
    min: -1,
    help: 'Tries after the first to send a notification while the broker is away; -1: until it is back.',
  }),
})

export const notifications = group('notifications', {
  notify_on_state_change: str({
    choices: ['vm_state', 'vm_and_task_state'],
    help: 'Tell of each change of a server (instance.update), and which states count as one.',
  }),
  default_level: str({
    default: 'INFO',
    choices: ['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL'],
    help: 'Read and ignored: each notification has a level.',
  }),
  notification_format: str({
    default: 'unversioned',
    choices: ['unversioned', 'versioned', 'both'],
    help: 'The form of notifications.',
  }),
  versioned_notifications_topics: list({
    default: ['versioned_notifications'],
    help: 'Topics of versioned notifications.',
  }),
  bdms_in_notifications: bool({
    default: false,
    help: "Tell of a server's volumes in each of its notifications.",
  }),
  include_share_mapping: bool({
    default: false,
    help: "Tell of a server's shares in each of its notifications.",
  }),
})
