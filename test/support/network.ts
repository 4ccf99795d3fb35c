import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import request from 'supertest'
import { RequestContext } from '../../lib/context/index.js'
import {
  createNetworkApp,
  type NetworkAppOptions,
  openNetworkState,
} from '../../lib/embedded/network/index.js'
import { NeutronNetworkApi } from '../../lib/network/neutron-api.js'
import { PROJECT_ID, type TestApiOptions, testTokens } from '../../lib/testing/index.js'

type Doc = Readonly<Record<string, unknown>> & { readonly id: string }

/** The embedded network service on a port of its own, which knows the users of the test API; and nova's client. */
export class TestNetwork {
  readonly api: NeutronNetworkApi
  readonly #server: ReturnType<typeof createServer>
  readonly #close: () => Promise<void>

  private constructor(server: ReturnType<typeof createServer>, close: () => Promise<void>) {
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}`
    const session = { token: async () => 'admin', endpointFor: async () => url }
    this.api = new NeutronNetworkApi({ endpoint_override: url }, { session, retries: 0 })
    this.#server = server
    this.#close = close
  }

  /** @param tell  is given what compute would be told */
  static async start(tell?: NetworkAppOptions['tell']): Promise<TestNetwork> {
    const database = await openNetworkState(null)
    const app = express()
      .use(withTokens)
      .use(createNetworkApp({ database, ...(tell ? { tell } : {}) }))
    const server = createServer(app).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const network = new TestNetwork(server, async () => {
      await network.api.close()
      await new Promise(resolve => server.close(resolve))
      await database.close()
    })
    return network
  }

  close(): Promise<void> {
    return this.#close()
  }

  get options(): TestApiOptions {
    return { network: this.api }
  }

  async call(
    method: 'get' | 'post' | 'put' | 'delete',
    path: string,
    body?: object,
    user = 'admin',
  ): Promise<Record<string, Doc>> {
    const answer = await request(this.#server)
      [method](`/v2.0${path}`)
      .set('x-auth-token', user)
      .send(body)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.body
  }

  /** A network with a subnet. */
  async network(values: object = {}, cidr: string | null = '10.20.0.0/24'): Promise<Doc> {
    const { network } = await this.call('post', '/networks', {
      network: { name: 'private', tenant_id: PROJECT_ID, ...values },
    })
    assert.ok(network)
    if (cidr !== null) await this.subnet(network.id, cidr)
    return network
  }

  async subnet(networkId: string, cidr: string): Promise<Doc> {
    const version = cidr.includes(':') ? 6 : 4
    const { subnet } = await this.call('post', '/subnets', {
      subnet: { network_id: networkId, cidr, ip_version: version, tenant_id: PROJECT_ID },
    })
    assert.ok(subnet)
    return subnet
  }

  async port(networkId: string, values: object = {}): Promise<Doc> {
    const { port } = await this.call('post', '/ports', {
      port: { network_id: networkId, tenant_id: PROJECT_ID, ...values },
    })
    assert.ok(port)
    return port
  }

  async ports(deviceId: string): Promise<Doc[]> {
    const { ports } = await this.call('get', `/ports?device_id=${deviceId}`)
    return ports as unknown as Doc[]
  }

  /** An outside network, and a router of the project between it and an inside one. */
  async outside(inside: Doc, name = 'nova'): Promise<Doc> {
    const outside = await this.network(
      { name, tenant_id: 'somebody', 'router:external': true },
      '203.0.113.0/28',
    )
    const { router } = await this.call('post', '/routers', {
      router: { tenant_id: PROJECT_ID, external_gateway_info: { network_id: outside.id } },
    })
    const { subnets } = await this.call('get', `/subnets?network_id=${inside.id}`)
    const [subnet] = subnets as unknown as Doc[]
    await this.call('put', `/routers/${router?.id}/add_router_interface`, { subnet_id: subnet?.id })
    return outside
  }
}

/** As the test API's own users: the token is the name. */
const withTokens: express.RequestHandler = async (req, _res, next) => {
  const token = req.get('x-auth-token') ?? ''
  const known = await testTokens().validate(token)
  if (known) {
    const { userId, projectId, roles } = known
    const isAdmin = roles.includes('admin')
    const context = new RequestContext({ userId, projectId, roles, isAdmin, authToken: token })
    Object.assign(req, { context })
  }
  next()
}
