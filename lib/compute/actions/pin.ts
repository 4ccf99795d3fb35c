import { InvalidInput } from '../../exception/index.js'
import { type Instance, RequestSpec } from '../../objects/index.js'

/**
 * Pins a server to the zone it is in, or (null) lets it go wherever it fits (2.104).
 *
 * @throws InvalidInput (409) for another zone than its own
 */
export const pin = async (instance: Instance, zone: string | null): Promise<void> => {
  const spec = await RequestSpec.getByInstanceUuid(instance.requireContext('pin'), instance.uuid)
  const pinned = spec.availabilityZone ?? null
  if (zone === pinned) return
  if (zone !== null && (pinned !== null || zone !== instance.availabilityZone)) {
    throw new InvalidInput(
      `Server ${instance.uuid} cannot be pinned to the availability zone ${zone}: it is ${
        pinned === null ? `in ${instance.availabilityZone ?? 'none'}` : `pinned to ${pinned}`
      }`,
      { code: 409 },
    )
  }
  spec.availabilityZone = zone
  await spec.save()
}
