import { randomUUID } from 'node:crypto'
import { networkInfoToJson } from '../../lib/network/model.js'
import { type Instance, InstanceInfoCache } from '../../lib/objects/index.js'
import {
  addServer,
  createTestApi,
  PROJECT_ID,
  type TestApi,
  type TestUser,
} from '../../lib/testing/index.js'
import { clientOf } from './api.js'
import { TestNetwork } from './network.js'

/** For each test of a suite, an API whose network service is the embedded one. */
export const eachWithNetwork = () => {
  let network: TestNetwork | undefined
  let api: TestApi | undefined
  beforeEach(async () => {
    network = await TestNetwork.start()
    api = await createTestApi(network.options)
  })
  afterEach(async () => {
    await api?.close()
    await network?.close()
  })
  const parts = (): { readonly api: TestApi; readonly network: TestNetwork } => {
    if (!api || !network) throw new Error('there is an API only while a test runs')
    return { api, network }
  }
  return Object.assign((user: TestUser, version?: string) => clientOf(parts().api, user, version), {
    parts,
    /** A server with a port in each of these networks, as if it had been booted there. */
    async server(
      networkIds: readonly string[],
      values: Parameters<typeof addServer>[1] = {},
    ): Promise<Instance> {
      const { api, network } = parts()
      const uuid = randomUUID()
      const info = await network.api.allocateForInstance(
        api.context.with({ authToken: 'member', projectId: PROJECT_ID }),
        { uuid, projectId: PROJECT_ID, availabilityZone: 'nova' },
        {
          requestedNetworks: networkIds.length
            ? networkIds.map(networkId => ({ networkId }))
            : 'none',
          bindHostId: 'host1',
        },
      )
      const infoCache = new InstanceInfoCache(api.context, {
        instanceUuid: uuid,
        networkInfo: networkInfoToJson(info),
      })
      return addServer(api, { uuid, infoCache, ...values })
    },
  })
}
