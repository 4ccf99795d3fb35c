import type { Flavor } from '../../lib/objects/index.js'
import { alternatives, since, until, view, when } from '../../lib/wsgi/index.js'
import { type LinkBase, memberLinks } from '../resource-links.js'

export interface FlavorViewContext {
  readonly links: LinkBase
  /** Whether the caller may see extra specs. */
  readonly extraSpecs: boolean
}

export const COLLECTION = 'flavors'

const common = {
  id: (flavor: Flavor) => flavor.flavorid,
  name: (flavor: Flavor) => flavor.name,
}
const links = (flavor: Flavor, context: FlavorViewContext) =>
  memberLinks(context.links, COLLECTION, flavor.flavorid)
const description = [(flavor: Flavor) => flavor.get('description') ?? null, since('2.55')] as const

/** An item of GET /flavors */
export const briefView = view<Flavor, FlavorViewContext>({ ...common, links, description })

/** A whole flavor */
export const flavorView = view<Flavor, FlavorViewContext>({
  ...common,
  ram: flavor => flavor.memoryMb,
  disk: flavor => flavor.rootGb,
  // The first API had text here, and nothing for none.
  swap: alternatives(
    [flavor => flavor.swap || '', until('2.74')],
    [flavor => flavor.swap, since('2.75')],
  ),
  'OS-FLV-EXT-DATA:ephemeral': flavor => flavor.ephemeralGb,
  'OS-FLV-DISABLED:disabled': [flavor => flavor.disabled, until('2.101')],
  vcpus: flavor => flavor.vcpus,
  'os-flavor-access:is_public': flavor => flavor.isPublic,
  rxtx_factor: [flavor => flavor.rxtxFactor || '', until('2.101')],
  links,
  description,
  extra_specs: [
    flavor => flavor.extraSpecs,
    since('2.61'),
    when<FlavorViewContext>(context => context.extraSpecs),
  ],
})
