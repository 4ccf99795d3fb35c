import { bool, hostAddr, int, list, port, str, uri } from '../kinds.js'
import { group } from '../option.js'

export const vnc = group('vnc', {
  enabled: bool({ default: true, deprecated: ['DEFAULT.vnc_enabled'], help: 'Offer it.' }),
  keymap: str({ help: 'Keyboard of guests.' }),
  server_listen: hostAddr({
    default: '127.0.0.1',
    deprecated: ['DEFAULT.vncserver_listen', 'vncserver_listen'],
    help: 'Address that guests listen on.',
  }),
  server_proxyclient_address: hostAddr({
    default: '127.0.0.1',
    deprecated: ['DEFAULT.vncserver_proxyclient_address', 'vncserver_proxyclient_address'],
    help: 'Address under which the proxy reaches them.',
  }),
  novncproxy_base_url: uri({
    default: 'http://127.0.0.1:6080/vnc_auto.html',
    deprecated: ['DEFAULT.novncproxy_base_url'],
    help: 'What a client is sent to; the token is added.',
  }),
  novncproxy_host: hostAddr({ default: '0.0.0.0', help: 'Address of the proxy.' }),
  novncproxy_port: port({ default: 6080, help: 'Port of the proxy.' }),
  auth_schemes: list({
    default: ['none'],
    choices: ['none', 'vencrypt'],
    help: 'How the proxy shows itself to guests, best first.',
  }),
  vencrypt_client_key: str({ help: 'Private key for vencrypt.' }),
  vencrypt_client_cert: str({ help: 'Certificate for vencrypt.' }),
  vencrypt_ca_certs: str({ help: 'Certificates of authorities for vencrypt.' }),
})

export const spice = group('spice', {
  enabled: bool({ default: false, help: 'Offer it.' }),
  agent_enabled: bool({ default: true, help: 'With an agent in the guest.' }),
  html5proxy_base_url: uri({
    default: 'http://127.0.0.1:6082/spice_auto.html',
    help: 'What a client is sent to.',
  }),
  html5proxy_host: hostAddr({ default: '0.0.0.0', help: 'Address of the proxy.' }),
  html5proxy_port: port({ default: 6082, help: 'Port of the proxy.' }),
  spice_direct_proxy_base_url: uri({
    default: 'http://127.0.0.1:13002/nova',
    help: 'What a client of spice-direct is sent to.',
  }),
  server_listen: str({ default: '127.0.0.1', help: 'Address that guests listen on.' }),
  server_proxyclient_address: str({ default: '127.0.0.1', help: 'How the proxy reaches them.' }),
  keymap: str({ help: 'Keyboard of guests.' }),
  image_compression: str({ help: 'How images are compressed.' }),
  jpeg_compression: str({ help: 'How JPEGs are compressed.' }),
  zlib_compression: str({ help: 'How images are compressed on slow links.' }),
  playback_compression: bool({ help: 'Compress sound.' }),
  streaming_mode: str({ choices: ['filter', 'all', 'off'], help: 'What is streamed.' }),
  require_secure: bool({ default: false, help: 'Only over TLS.' }),
})

export const serialConsole = group('serial_console', {
  enabled: bool({ default: false, help: 'Offer it.' }),
  port_range: str({
    default: '10000:20000',
    pattern: /^\d+:\d+$/,
    help: 'Ports that guests listen on.',
  }),
  base_url: uri({ default: 'ws://127.0.0.1:6083/', help: 'What a client is sent to.' }),
  proxyclient_address: str({ default: '127.0.0.1', help: 'How the proxy reaches guests.' }),
  serialproxy_host: str({ default: '0.0.0.0', help: 'Address of the proxy.' }),
  serialproxy_port: port({ default: 6083, help: 'Port of the proxy.' }),
})

export const mks = group('mks', {
  enabled: bool({ default: false, help: 'Offer it.' }),
  mksproxy_base_url: uri({ default: 'http://127.0.0.1:6090/', help: 'What a client is sent to.' }),
})

export const rdp = group('rdp', {
  enabled: bool({ default: false, help: 'Offer it (Zed and before).' }),
  html5_proxy_base_url: uri({ default: 'http://127.0.0.1:6083/', help: 'Where it is.' }),
})

export const consoleauth = group('consoleauth', {
  token_ttl: int({
    default: 600,
    min: 0,
    deprecated: ['DEFAULT.console_token_ttl'],
    help: 'Seconds that a token is good for.',
  }),
  enforce_session_timeout: bool({ default: false, help: 'And that a session may last.' }),
})

export const consoleProxy = group('console', {
  allowed_origins: list({
    deprecated: ['DEFAULT.console_allowed_origins'],
    help: 'Further origins that may open a console.',
  }),
  ssl_ciphers: str({ help: 'Ciphers of the proxy.' }),
  ssl_minimum_version: str({
    default: 'default',
    choices: ['default', 'tlsv1_1', 'tlsv1_2', 'tlsv1_3'],
    help: 'Oldest TLS of the proxy.',
  }),
})
