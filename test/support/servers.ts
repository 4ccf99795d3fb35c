import { randomUUID } from 'node:crypto'
import { Flavor } from '../../lib/objects/index.js'
import { IMAGE_ID, type TestApi, type TestUser } from '../../lib/testing/index.js'
import { clientOf } from './api.js'

type FlavorValues = NonNullable<ConstructorParameters<typeof Flavor>[1]>

/** A flavor of 512 MiB, one vCPU and 1 GiB of disk, with the id `1`, unless said otherwise. */
export const addFlavor = async (api: TestApi, values: FlavorValues = {}): Promise<void> => {
  await new Flavor(api.process.adminContext, {
    name: `flavor-${values.flavorid ?? '1'}`,
    flavorid: '1',
    memoryMb: 512,
    vcpus: 1,
    rootGb: 1,
    ephemeralGb: 0,
    swap: 0,
    rxtxFactor: 1,
    vcpuWeight: 0,
    disabled: false,
    isPublic: true,
    ...values,
  }).create()
}

/** What a create needs at the least, before 2.37. */
export const minimal = { name: 'web', imageRef: IMAGE_ID, flavorRef: '1' }

/** Asks for a server on no network; whatever is given replaces or joins the minimum. */
export const bootOf =
  (api: TestApi) =>
  (server: object = {}, user: TestUser = 'member', version = '2.104') =>
    clientOf(api, user, version).post('/servers', {
      server: { ...minimal, ...(version === '2.1' ? {} : { networks: 'none' }), ...server },
    })

/** A uuid that is nobody's. */
export const stranger = (): string => randomUUID()
