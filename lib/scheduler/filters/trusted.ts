import { LRUCache } from 'lru-cache'
import { fetch } from 'undici'
import { isRecord } from '../../util/is-record.js'
import type { HostState } from '../host-state.js'
import type { SchedulerRequest } from '../request.js'
import { type FilterFactory, oncePerRequest } from './filter.js'

/** Milliseconds that the attestation server is waited for. */
const PATIENCE = 10_000
/** Hosts whose level is remembered. */
const REMEMBERED = 20_000

/** Extra spec `trust:trusted_host` is what the attestation server says of the host. */
export const trustedFilter: FilterFactory = ({ conf, now }) => {
  const options = conf.trusted_computing
  const levels = new LRUCache<string, { readonly level: string; readonly at: number }>({
    max: REMEMBERED,
  })
  const isKnown = ({ host }: HostState): boolean => {
    const known = levels.get(host)
    return known !== undefined && now() - known.at < options.attestation_auth_timeout * 1000
  }
  return {
    name: 'TrustedFilter',
    ...oncePerRequest,
    concerns: request => wanted(request) !== null,
    async prepare(hosts) {
      const unknown = hosts.filter(host => !isKnown(host)).map(({ host }) => host)
      if (unknown.length === 0) return
      for (const [host, level] of await poll(options, unknown)) {
        levels.set(host, { level, at: now() })
      }
    },
    hostPasses(host, request) {
      const level = wanted(request)
      return level === null || (isKnown(host) && levels.get(host.host)?.level === level)
    },
    why: (host, request) =>
      `${wanted(request)} asked for, the attestation server says ${levels.get(host.host)?.level ?? 'nothing'}`,
  }
}

const wanted = ({ flavor }: SchedulerRequest): string | null =>
  flavor.extraSpecs['trust:trusted_host'] ?? null

interface AttestationOptions {
  readonly attestation_server: string | null
  readonly attestation_port: string
  readonly attestation_api_url: string
  readonly attestation_auth_blob: string | null
}

/** @returns what the server said, by host; nothing when it cannot be asked: then no host is trusted */
const poll = async (
  options: AttestationOptions,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const levels = new Map<string, string>()
  if (options.attestation_server === null) return levels
  const { attestation_server: server, attestation_port: port, attestation_api_url: path } = options
  try {
    const response = await fetch(`https://${server}:${port}${path}/PollHosts`, {
      method: 'POST',
      signal: AbortSignal.timeout(PATIENCE),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(options.attestation_auth_blob ? { 'x-auth-blob': options.attestation_auth_blob } : {}),
      },
      body: JSON.stringify({ count: hosts.length, hosts }),
    })
    const body: unknown = response.ok ? await response.json() : null
    const found = isRecord(body) && Array.isArray(body.hosts) ? body.hosts : []
    for (const one of found) {
      if (!isRecord(one)) continue
      levels.set(String(one.host_name), String(one.trust_lvl))
    }
  } catch {
    // Whom nobody vouches for is not trusted: `why` tells operators that nothing was said.
  }
  return levels
}
