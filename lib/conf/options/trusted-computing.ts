import { bool, int, str } from '../kinds.js'
import { group } from '../option.js'

/** For TrustedFilter, gone from nova since Pike. */
export const trustedComputing = group('trusted_computing', {
  attestation_server: str({ help: 'Host of the attestation server that TrustedFilter asks.' }),
  attestation_server_ca_file: str({ help: 'Not supported: see NODE_EXTRA_CA_CERTS.' }),
  attestation_port: str({ default: '8443', help: 'Its port.' }),
  attestation_api_url: str({
    default: '/OpenAttestationWebServices/V1.0',
    help: 'The path of its API.',
  }),
  attestation_auth_blob: str({ secret: true, help: 'Sent to it as X-Auth-Blob.' }),
  attestation_auth_timeout: int({
    default: 60,
    min: 0,
    help: 'Seconds that an answer of it is believed.',
  }),
  attestation_insecure_ssl: bool({ default: false, help: 'Not supported; read and ignored.' }),
})
