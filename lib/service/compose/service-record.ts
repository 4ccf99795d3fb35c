import type { RequestContext } from '../../context/index.js'
import { ServiceBinaryExists, ServiceTopicExists } from '../../exception/index.js'
import { Service as ServiceObject } from '../../objects/index.js'
import type { ServiceRecord } from '../service.js'

/** nova's number for what a service can do: Zed's, for peers of Zed are to understand ours. */
export const SERVICE_VERSION = 64

/** The row of `services` of one host and binary, kept alive. */
export class ObjectServiceRecord implements ServiceRecord {
  readonly #context: RequestContext
  readonly #who: { readonly host: string; readonly binary: string; readonly topic: string }
  #service: ServiceObject | null = null

  constructor(
    context: RequestContext,
    who: { readonly host: string; readonly binary: string; readonly topic: string },
  ) {
    this.#context = context
    this.#who = who
  }

  async create(): Promise<void> {
    this.#service = (await this.#found()) ?? (await this.#created())
  }

  async #found(): Promise<ServiceObject | null> {
    const { host, binary } = this.#who
    const found = await ServiceObject.getByHostAndBinary(this.#context, host, binary)
    if (found && found.version !== SERVICE_VERSION) {
      found.version = SERVICE_VERSION
      await found.save()
    }
    return found
  }

  async #created(): Promise<ServiceObject | null> {
    const { host, binary, topic } = this.#who
    const service = new ServiceObject(this.#context, {
      host,
      binary,
      topic,
      reportCount: 0,
      version: SERVICE_VERSION,
    })
    try {
      await service.create()
      return service
    } catch (error) {
      // Another worker of this host, started in the same moment, was faster.
      if (error instanceof ServiceTopicExists || error instanceof ServiceBinaryExists) {
        return this.#found()
      }
      throw error
    }
  }

  async beat(): Promise<void> {
    const service = this.#service
    if (!service) return
    service.reportCount += 1
    await service.save()
  }
}
