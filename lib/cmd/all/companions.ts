import { connectDatabase } from '../../db/connect.js'
import type { Database } from '../../db/database.js'
import {
  type BootstrapResult,
  catalogOf,
  EmbeddedIdentity,
  type IdentitySchema,
} from '../../embedded/identity/index.js'
import {
  type ImageState,
  openImages,
  seedImage,
  sourceImages,
  withImages,
} from '../../embedded/image/index.js'
import {
  type NetworkSchema,
  openNetworkState,
  seedNetwork,
  withNetwork,
} from '../../embedded/network/index.js'
import { ComputeNotifier } from '../../embedded/support/compute-notifier.js'
import { openVolumes, type VolumeState, withVolumes } from '../../embedded/volume/index.js'
import type { Log } from '../../log/index.js'
import type { GlobalConf } from '../../paste/types.js'
import { ServiceClient } from '../../util/service-client.js'
import type { StateDir } from './state.js'

/** Milliseconds that compute may take to hear of a port. */
const NOTIFY_TIME_LIMIT = 5000

export interface CompanionOptions {
  readonly state: StateDir
  /** Where clients reach all this, without a slash at the end. */
  readonly publicUrl: string
  /** The compute API's address in the catalog; below `publicUrl` when absent. */
  readonly computeUrl?: string | undefined
  readonly adminPassword?: string | undefined
  readonly log: Log
  /** First start: the image and the network are made. */
  readonly isNew: boolean
}

/** Identity, image, network and volume in miniature, opened and seeded. */
export class Companions {
  readonly identity: EmbeddedIdentity
  readonly bootstrap: BootstrapResult
  readonly #databases: readonly Database<never>[]
  readonly #images: ImageState
  readonly #network: Database<NetworkSchema>
  readonly #notifier: ComputeNotifier
  readonly #volumes: VolumeState

  private constructor(
    identity: EmbeddedIdentity,
    bootstrap: BootstrapResult,
    images: ImageState,
    network: Database<NetworkSchema>,
    notifier: ComputeNotifier,
    volumes: VolumeState,
    databases: readonly { close(): Promise<void> }[],
  ) {
    this.identity = identity
    this.bootstrap = bootstrap
    this.#images = images
    this.#network = network
    this.#notifier = notifier
    this.#volumes = volumes
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
    const volumes = await openVolumes(state.path, sourceImages(images))
    if (options.isNew) {
      const projectId = bootstrap.adminProjectId
      await seedImage(images, { projectId })
      await seedNetwork(network, { projectId })
    }
    const notifier = new ComputeNotifier({
      client: new ServiceClient({
        type: 'compute',
        session: identity.serviceSession(),
        timeoutMs: NOTIFY_TIME_LIMIT,
      }),
      onError: error =>
        options.log.warn({ err: error }, 'cannot tell compute of changed ports and volumes'),
    })
    const databases = [users, images.database, network, volumes.database]
    return new Companions(identity, bootstrap, images, network, notifier, volumes, databases)
  }

  /** Globals with which the sections of api-paste.ini serve what is open here. */
  into(globalConf: GlobalConf): GlobalConf {
    const served = withNetwork(withImages(globalConf, this.#images), {
      database: this.#network,
      tell: this.#notifier.tell,
    })
    return withVolumes(served, { ...this.#volumes, tell: this.#notifier.tell })
  }

  async close(): Promise<void> {
    await this.#notifier.close()
    await Promise.all(this.#databases.map(database => database.close()))
  }
}
