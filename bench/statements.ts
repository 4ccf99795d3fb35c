import request from 'supertest'
import { addServer, createTestApi, IMAGE_ID } from '../lib/testing/index.js'
import { addFlavor } from '../test/support/servers.js'

export type Measured = 'flavors' | 'server' | 'detail' | 'create'

/**
 * Statements of one request to the databases of nova-api, by an administrator at 2.93; how many servers
 * there are does not change them (test/controllers/servers/queries.test.ts holds that).
 */
export const statements = async (): Promise<Readonly<Record<Measured, number>>> => {
  let count = 0
  const api = await createTestApi({ onQuery: () => count++ })
  try {
    await addFlavor(api)
    const { uuid } = await addServer(api)
    const headers = api.as('admin', '2.93')
    const counted = async (
      method: 'get' | 'post',
      path: string,
      body?: object,
    ): Promise<number> => {
      const once = () => request(api.app)[method](`/v2.1${path}`).set(headers).send(body)
      // The first fills what is remembered for a while: which cells there are.
      await once()
      count = 0
      const { status } = await once()
      if (status >= 300) throw new Error(`${method} ${path} answered ${status}`)
      return count
    }
    return {
      flavors: await counted('get', '/flavors/detail'),
      server: await counted('get', `/servers/${uuid}`),
      detail: await counted('get', '/servers/detail?all_tenants=1'),
      create: await counted('post', '/servers', {
        server: { name: 'bench', imageRef: IMAGE_ID, flavorRef: '1', networks: 'none' },
      }),
    }
  } finally {
    await api.close()
  }
}
