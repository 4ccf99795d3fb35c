import type { RequestContext } from '../../context/index.js'
import {
  Destination,
  type Flavor,
  type ImageMeta,
  InstancePCIRequests,
  type NetworkRequestList,
  RequestLevelParams,
  RequestSpec,
  SchedulerLimits,
  SecurityGroup,
  SecurityGroupList,
} from '../../objects/index.js'
import type { CreateRequest } from './create-request.js'

/** What the scheduler is told of one server (nova's RequestSpec.from_components). */
export const requestSpecOf = (
  context: RequestContext,
  request: CreateRequest,
  parts: {
    readonly instanceUuid: string
    readonly flavor: Flavor
    readonly image: ImageMeta
    readonly networks: NetworkRequestList
    readonly availabilityZone: string | null
    readonly fromVolume: boolean
    readonly count: number
  },
): RequestSpec => {
  const spec = new RequestSpec(context, {
    instanceUuid: parts.instanceUuid,
    image: parts.image,
    numaTopology: null,
    pciRequests: new InstancePCIRequests(null, { requests: [] }),
    projectId: context.projectId,
    userId: context.userId,
    availabilityZone: parts.availabilityZone,
    flavor: parts.flavor,
    numInstances: parts.count,
    ignoreHosts: null,
    forceHosts: request.forcedHost === null ? null : [request.forcedHost],
    forceNodes: request.forcedNode === null ? null : [request.forcedNode],
    requestedDestination: destinationOf(request),
    retry: null,
    limits: new SchedulerLimits(null, {
      numaTopology: null,
      vcpu: null,
      diskGb: null,
      memoryMb: null,
    }),
    instanceGroup: null,
    schedulerHints: hintsOf(request.schedulerHints),
    securityGroups: new SecurityGroupList(null, {
      objects: request.securityGroups.map(name => new SecurityGroup(null, { name })),
    }),
    isBfv: parts.fromVolume,
    requestedResources: [],
    requestLevelParams: new RequestLevelParams(),
    requestedNetworks: parts.networks,
  })
  return spec
}

/** 2.74: a host or node that the scheduler must find fit like any other. */
const destinationOf = ({ requestedHost, requestedNode }: CreateRequest): Destination | null =>
  requestedHost === null && requestedNode === null
    ? null
    : new Destination(null, {
        ...(requestedHost === null ? {} : { host: requestedHost }),
        node: requestedNode,
      })

/** Hints as lists of text; a map (JsonFilter's query) as its JSON. Nova's own `_nova…` are not for clients. */
const hintsOf = (hints: Readonly<Record<string, unknown>>): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(hints)
      .filter(([key]) => !key.startsWith('_nova'))
      .map(([key, value]) => [key, (Array.isArray(value) ? value : [value]).map(hintText)]),
  )

const hintText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
