import { isUnavailable } from '../../lib/compute/unavailable-servers.js'
import { type Instance, instanceNamer } from '../../lib/objects/index.js'
import type { Runtime } from '../../lib/runtime/index.js'
import { behavioursOf, since } from '../../lib/wsgi/index.js'
import type { Req } from '../req.js'
import { type LinkBase, linkBase, memberLinks } from '../resource-links.js'
import { hostIds, type ServerViewContext, type ShownServer } from './documents.js'
import { gather, groupsOf } from './gather.js'
import {
  unavailableDetailView,
  unavailableIndexView,
  unavailableServer,
  unavailableShowView,
} from './unavailable.js'
import { detailView, type showView } from './view.js'

const behaviours = behavioursOf({
  hostStatus: since('2.16'),
  lockedReasons: since('2.73'),
  serverGroups: since('2.71'),
  requestSpecs: since('2.96'),
})

/** What documents are made of beside the row. */
export const shownParts = behavioursOf({
  metadata: since('2.1'),
  info_cache: since('2.1'),
  flavor: since('2.1'),
  tags: since('2.26'),
  trusted_certs: since('2.63'),
  system_metadata: since('2.98'),
})

export const COLLECTION = 'servers'

/** Servers as they are shown to a caller: by version, policy, and how much is known of them. */
export class ServerDocuments {
  readonly #runtime: Runtime
  readonly #instanceName: (instance: Instance) => string

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#instanceName = instanceNamer(runtime.conf.DEFAULT.instance_name_template)
  }

  /** Where links begin. */
  links(req: Req): LinkBase {
    return linkBase(req, this.#runtime.conf.api.compute_link_prefix)
  }

  /** Id, name and links. */
  brief(req: Req, instances: readonly Instance[], links: LinkBase): object[] {
    const unavailable = unavailableIndexView.bind(req.version, this.#viewContext(req))
    return instances.map(instance =>
      isUnavailable(instance)
        ? unavailable(unavailableServer(instance))
        : {
            id: instance.uuid,
            name: instance.displayName,
            links: memberLinks(links, COLLECTION, instance.uuid),
          },
    )
  }

  async detailed(req: Req, instances: readonly Instance[]): Promise<object[]> {
    const viewContext = this.#viewContext(req)
    const known = instances.filter(instance => !isUnavailable(instance))
    const shown = await this.#gather(req, known, viewContext)
    return [
      // As the list has them: first.
      ...instances
        .filter(isUnavailable)
        .map(instance => unavailableServer(instance))
        .map(unavailableDetailView.bind(req.version, viewContext)),
      ...shown.map(detailView.bind(req.version, viewContext)),
    ]
  }

  /** One whose cell does not answer. */
  async unavailable(req: Req, instance: Instance): Promise<object> {
    const groups = await groupsOf(req.context, [instance])
    const shown = unavailableServer(instance, groups.get(instance.uuid))
    return unavailableShowView.at(req.version)(shown, this.#viewContext(req))
  }

  async one(req: Req, instance: Instance, view: typeof showView): Promise<object | undefined> {
    const viewContext = this.#viewContext(req)
    const [shown] = await this.#gather(req, [instance], viewContext, true)
    return shown && view.at(req.version)(shown, viewContext)
  }

  #gather(
    req: Req,
    instances: readonly Instance[],
    viewContext: ServerViewContext,
    single = false,
  ): Promise<ShownServer[]> {
    return gather(req.context, instances, {
      network: this.#runtime.network,
      serviceDownTime: this.#runtime.conf.DEFAULT.service_down_time,
      hostStatus: viewContext.hostStatus !== 'none' && behaviours.at(req.version).hostStatus,
      lockedReasons: behaviours.at(req.version).lockedReasons,
      serverGroups: single && behaviours.at(req.version).serverGroups,
      requestSpecs: behaviours.at(req.version).requestSpecs,
    })
  }

  #viewContext(req: Req): ServerViewContext {
    const { context } = req
    const may = (rule: string): boolean => context.may(`os_compute_api:${rule}`)
    return {
      links: this.links(req),
      isAdmin: context.isAdmin,
      extendedAttributes: may('os-extended-server-attributes'),
      hostStatus: may('servers:show:host_status')
        ? 'all'
        : may('servers:show:host_status:unknown-only')
          ? 'unknown-only'
          : 'none',
      flavorExtraSpecs: may('servers:show:flavor-extra-specs'),
      instanceName: this.#instanceName,
      hostId: hostIds(),
    }
  }
}
