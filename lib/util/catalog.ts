/** One service of a token's catalog. Endpoints come in two shapes; see {@link endpointUrl}. */
export interface CatalogService {
  readonly type: string
  readonly endpoints: readonly Readonly<Record<string, unknown>>[]
}

/**
 * Address of a service, without a trailing slash. Understands endpoints as Keystone v3 gives them
 * (`{ interface, region, url }`, one an interface) and as they travel in nova's contexts
 * (`{ publicURL, internalURL, region }`).
 *
 * @param interfaces  in order of preference, e.g. `['internal', 'public']`
 * @param region      null: any
 */
export const endpointUrl = (
  catalog: readonly CatalogService[],
  type: string,
  interfaces: readonly string[],
  region: string | null,
): string | undefined => {
  const endpoints = catalog
    .filter(service => service.type === type)
    .flatMap(service => service.endpoints)
    .filter(endpoint => region === null || (endpoint.region_id ?? endpoint.region) === region)
  for (const wanted of interfaces) {
    for (const endpoint of endpoints) {
      const url = endpoint.interface === wanted ? endpoint.url : endpoint[`${wanted}URL`]
      if (typeof url === 'string') return url.replace(/\/+$/, '')
    }
  }
  return undefined
}
