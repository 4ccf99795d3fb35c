import { connectDatabase } from '../../db/connect.js'
import type { Database } from '../../db/database.js'
import {
  type BootstrapResult,
  catalogOf,
  EmbeddedIdentity,
  type IdentitySchema,
} from '../../embedded/identity/index.js'
import { type ImageState, openImages, seedImage, withImages } from '../../embedded/image/index.js'
import {
  type NetworkSchema,
  openNetworkState,
  seedNetwork,
  withNetwork,
} from '../../embedded/network/index.js'
import type { GlobalConf } from '../../paste/types.js'
import type { StateDir } from './state.js'

export interface CompanionOptions {
  readonly state: StateDir
  /** Where clients reach all this, without a slash at the end. */
  readonly publicUrl: string
  /** The compute API's address in the catalog; below `publicUrl` when absent. */
  readonly computeUrl?: string | undefined
  readonly adminPassword?: string | undefined
  /** First start: the image and the network are made. */
  readonly isNew: boolean
}

/** Identity, image and network in miniature, opened and seeded. */
export class Companions {
  readonly identity: EmbeddedIdentity
  readonly bootstrap: BootstrapResult
  readonly #databases: readonly Database<never>[]
  readonly #images: ImageState
  readonly #network: Database<NetworkSchema>

  private constructor(
    identity: EmbeddedIdentity,
    bootstrap: BootstrapResult,
    images: ImageState,
    network: Database<NetworkSchema>,
    databases: readonly { close(): Promise<void> }[],
  ) {
    this.identity = identity
    this.bootstrap = bootstrap
    this.#images = images
    this.#network = network
    this.#databases = databases as readonly Database<never>[]
  }

  static async open(options: CompanionOptions): Promise<Companions> {
    const { state, publicUrl, computeUrl } = options
    const users = await connectDatabase<IdentitySchema>(state.database('identity'))
    const identity = await EmbeddedIdentity.open(users, { publicUrl: `${publicUrl}/identity` })
    const services = catalogOf(publicUrl).map(service =>
      service.type === 'compute' && computeUrl ? { ...service, url: computeUrl } : service,
    )
    const bootstrap = await identity.bootstrap({
      services,
      ...(options.adminPassword === undefined ? {} : { adminPassword: options.adminPassword }),
      serviceUsers: [{ name: 'nova', password: options.adminPassword }],
    })
    const images = await openImages(state.path)
    const network = await openNetworkState(state.path)
    if (options.isNew) {
      const projectId = bootstrap.adminProjectId
      await seedImage(images, { projectId })
      await seedNetwork(network, { projectId })
    }
    return new Companions(identity, bootstrap, images, network, [users, images.database, network])
  }

  /** Globals with which the sections of api-paste.ini serve what is open here. */
  into(globalConf: GlobalConf): GlobalConf {
    return withNetwork(withImages(globalConf, this.#images), this.#network)
  }

  async close(): Promise<void> {
    await Promise.all(this.#databases.map(database => database.close()))
  }
}
