import type { CatalogEntry } from '../../context/index.js'
import type { IdentityStore } from './store.js'
import { flag, text } from './store.js'

/** The services that are on offer; `%(project_id)s` in an address is filled in. */
export const buildCatalog = async (
  store: IdentityStore,
  projectId: string | null,
): Promise<readonly (CatalogEntry & { readonly id: string })[]> => {
  const [services, endpoints] = await Promise.all([
    store.list('identity_service'),
    store.list('identity_endpoint'),
  ])
  return services
    .filter(service => flag(service.enabled))
    .sort((a, b) => text(a.type).localeCompare(text(b.type)))
    .map(service => ({
      id: text(service.id),
      type: text(service.type),
      name: text(service.name),
      endpoints: endpoints
        .filter(endpoint => endpoint.service_id === service.id && flag(endpoint.enabled))
        .map(endpoint => ({
          id: text(endpoint.id),
          interface: text(endpoint.interface),
          region: text(endpoint.region_id),
          region_id: text(endpoint.region_id),
          url: fill(text(endpoint.url), projectId),
        })),
    }))
}

const fill = (url: string, projectId: string | null): string =>
  url.replaceAll(/[%$]\((project_id|tenant_id)\)s/g, projectId ?? '')
