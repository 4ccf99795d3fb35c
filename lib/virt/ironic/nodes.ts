import { isRecord } from '../../util/is-record.js'
import {
  type Caller,
  type Query,
  type ServiceClient,
  ServiceFault,
} from '../../util/service-client.js'

/** A machine as Ironic keeps it, as far as compute tells of it. */
export interface IronicNode {
  readonly uuid: string
  readonly provisionState: string | null
  readonly instanceUuid: string | null
  readonly properties: Readonly<Record<string, unknown>>
}

/** Pages of a list that are read at most: Ironic gives a thousand nodes in one. */
const MAX_PAGES = 100

/** Ironic's nodes and their ports, read only: `/v1`. */
export class IronicNodes {
  readonly #client: ServiceClient

  /** @param client  of service type `baremetal` */
  constructor(client: ServiceClient) {
    this.#client = client
  }

  async list(caller: Caller): Promise<IronicNode[]> {
    const nodes: IronicNode[] = []
    for (let page = 0; page < MAX_PAGES; page++) {
      const marker = nodes.at(-1)?.uuid
      const query: Query = marker === undefined ? {} : { marker }
      const answer = await this.#get(caller, '/v1/nodes/detail', query)
      const some = listOf(answer.nodes).map(nodeOf)
      nodes.push(...some)
      if (some.length === 0 || typeof answer.next !== 'string') break
    }
    return nodes
  }

  /** @returns null when there is none */
  async get(caller: Caller, id: string): Promise<IronicNode | null> {
    try {
      return nodeOf(await this.#get(caller, `/v1/nodes/${encodeURIComponent(id)}`))
    } catch (error) {
      if (error instanceof ServiceFault && error.status === 404) return null
      throw error
    }
  }

  /** MAC addresses of a node's ports. */
  async addresses(caller: Caller, id: string): Promise<string[]> {
    const { ports } = await this.#get(caller, `/v1/nodes/${encodeURIComponent(id)}/ports`)
    return listOf(ports).map(({ address }) => String(address))
  }

  async #get(caller: Caller, path: string, query: Query = {}) {
    const asService = this.#client.hasSession
    const answer = await this.#client.json(caller, 'GET', path, { query, asService })
    return isRecord(answer) ? answer : {}
  }
}

const listOf = (value: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

const nodeOf = (doc: Readonly<Record<string, unknown>>): IronicNode => ({
  uuid: String(doc.uuid),
  provisionState: textOf(doc.provision_state),
  instanceUuid: textOf(doc.instance_uuid),
  properties: isRecord(doc.properties) ? doc.properties : {},
})

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
