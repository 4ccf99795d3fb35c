import type { NetworkRequestLike, RequestedNetworks } from './api.js'

/** {@link RequestedNetworks} with its several spellings told apart once. */
export type Wanted =
  | { readonly kind: 'none' }
  /** one network, to be made when there is none */
  | { readonly kind: 'auto' }
  /** the one network there is, or no interface when there is none */
  | { readonly kind: 'any' }
  | { readonly kind: 'these'; readonly requests: readonly NetworkRequestLike[] }

export const wantedOf = (requested: RequestedNetworks | undefined): Wanted => {
  if (typeof requested === 'string') return { kind: requested }
  const requests = [...(requested ?? [])]
  const only = requests.length === 1 ? requests[0]?.networkId : undefined
  if (only === 'none' || only === 'auto') return { kind: only }
  return requests.length ? { kind: 'these', requests } : { kind: 'any' }
}

export const requestedPortIds = (requested: RequestedNetworks | undefined): Set<string> => {
  const wanted = wantedOf(requested)
  const requests = wanted.kind === 'these' ? wanted.requests : []
  return new Set(requests.flatMap(request => (request.portId ? [request.portId] : [])))
}
