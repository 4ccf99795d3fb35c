import type { RequestContext } from '../context/index.js'
import {
  objectAction,
  objectBackportVersions,
  objectClassActionVersions,
} from '../objects/proxy.js'
import { type Endpoint, endpointOf } from '../rpc/index.js'

interface ObjectActionArgs {
  readonly objinst: unknown
  readonly objmethod: string
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

interface ObjectClassActionArgs {
  readonly objname: string
  readonly objmethod: string
  readonly object_versions: Readonly<Record<string, string>>
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

interface ObjectBackportArgs {
  readonly objinst: unknown
  readonly object_versions: Readonly<Record<string, string>>
}

/** nova-conductor's own methods: objects' methods, run for those who have no database. */
export class ConductorManager {
  /** What the service offers on topic `conductor`, without a namespace. */
  endpoint(): Endpoint {
    return endpointOf(this, {
      version: '3.0',
      methods: ['object_action', 'object_class_action_versions', 'object_backport_versions'],
    })
  }

  objectAction(context: RequestContext, args: ObjectActionArgs): Promise<unknown> {
    return objectAction(context, args.objinst, args.objmethod, args.args, args.kwargs)
  }

  objectClassActionVersions(
    context: RequestContext,
    args: ObjectClassActionArgs,
  ): Promise<unknown> {
    const { objname, objmethod, object_versions: versions } = args
    return objectClassActionVersions(context, objname, objmethod, versions, args.args, args.kwargs)
  }

  objectBackportVersions(context: RequestContext, args: ObjectBackportArgs): unknown {
    return objectBackportVersions(context, args.objinst, args.object_versions)
  }
}
