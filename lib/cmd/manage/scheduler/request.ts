import { imageMetaOf } from '../../../compute/create/image-meta.js'
import type { RequestContext } from '../../../context/index.js'
import {
  FlavorNotFoundByName,
  NovaException,
  RequestSpecNotFound,
} from '../../../exception/index.js'
import {
  CoercionError,
  Destination,
  Flavor,
  ImageMeta,
  ImageMetaProps,
  InstanceGroup,
  RequestSpec,
} from '../../../objects/index.js'
import type { CellAccess } from '../../../scheduler/host-manager.js'
import { serviceClients } from '../../../service/compose/clients.js'
import { isUuid } from '../../../util/is-uuid.js'
import { CommandError, type ManageSession } from '../session.js'

/** What is asked for where no server is named. */
export interface AskedRequest {
  readonly flavor?: string | undefined
  readonly image?: string | undefined
  readonly imageProperty?: readonly string[] | undefined
  readonly availabilityZone?: string | undefined
  readonly host?: string | undefined
  readonly hint?: readonly string[] | undefined
  readonly project?: string | undefined
}

/** What a server asked for when it was made, its group as it is now. */
export const requestOfServer = async (
  context: RequestContext,
  uuid: string,
  cells: readonly CellAccess[],
): Promise<RequestSpec> => {
  if (!isUuid(uuid)) throw new CommandError(`--server ${uuid}: expected the id of a server`, 2)
  let spec: RequestSpec
  try {
    spec = await RequestSpec.getByInstanceUuid(context, uuid)
  } catch (error) {
    if (!(error instanceof RequestSpecNotFound)) throw error
    throw new CommandError(`There is no server ${uuid}, or it has been deleted.`)
  }
  const asked = spec.get('instanceGroup')
  if (asked) {
    const group = await InstanceGroup.getByUuid(context, asked.uuid)
    group.members = (group.get('members') ?? []).filter(member => member !== uuid)
    group.hosts = await hostsOf(context, group, cells)
    spec.instanceGroup = group
  }
  return spec
}

const hostsOf = async (
  context: RequestContext,
  group: InstanceGroup,
  cells: readonly CellAccess[],
): Promise<string[]> => {
  const hosts = new Set<string>()
  for (const { db } of cells) {
    const { data } = context
    if (data.kind !== 'direct') continue
    group.bind(context.withData({ ...data, cell: db }))
    for (const host of await group.getHosts()) hosts.add(host)
  }
  return [...hosts]
}

/** A request as `POST /servers` would make it of this flavor and image. */
export const requestAsked = async (
  session: ManageSession,
  context: RequestContext,
  asked: AskedRequest,
): Promise<RequestSpec> => {
  const pairs = pairsOf('--hint', asked.hint)
  const names = [...new Set(pairs.map(([name]) => name))]
  return new RequestSpec(context, {
    flavor: await flavorCalled(context, asked.flavor ?? ''),
    image: await imageAsked(session, context, asked),
    numInstances: 1,
    projectId: asked.project ?? null,
    availabilityZone: asked.availabilityZone ?? null,
    requestedDestination:
      asked.host === undefined ? null : new Destination(null, { host: asked.host }),
    schedulerHints: Object.fromEntries(
      names.map(name => [name, pairs.filter(([one]) => one === name).map(([, value]) => value)]),
    ),
    isBfv: false,
  })
}

const flavorCalled = async (context: RequestContext, name: string): Promise<Flavor> => {
  try {
    return await Flavor.getByName(context, name)
  } catch (error) {
    if (!(error instanceof FlavorNotFoundByName)) throw error
  }
  try {
    return await Flavor.getByFlavorId(context, name)
  } catch (error) {
    if (!(error instanceof NovaException)) throw error
    throw new CommandError(`There is no flavor '${name}', neither by name nor by id.`)
  }
}

const imageAsked = async (
  session: ManageSession,
  context: RequestContext,
  { image: id, imageProperty }: AskedRequest,
): Promise<ImageMeta | null> => {
  const properties = pairsOf('--image-property', imageProperty)
  let image = new ImageMeta(null, { properties: new ImageMetaProps() })
  if (id !== undefined) {
    try {
      image = imageMetaOf(await serviceClients(session.conf).images.get(context, id))
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause)
      throw new CommandError(
        `The image service does not tell of image ${id}: ${text}. --image-property says what it would.`,
      )
    }
  }
  for (const [name, value] of properties) {
    const entry = image.properties.objectType.byWire.get(name)
    if (!entry) throw new CommandError(`--image-property: there is no property '${name}'`, 2)
    try {
      image.properties.write(entry, value)
    } catch (error) {
      if (!(error instanceof CoercionError)) throw error
      throw new CommandError(`--image-property ${name}=${value}: ${error.message}`, 2)
    }
  }
  return image
}

const pairsOf = (
  option: string,
  words: readonly string[] = [],
): readonly (readonly [string, string])[] =>
  words.map(word => {
    const at = word.indexOf('=')
    if (at < 1) throw new CommandError(`${option} '${word}': expected name=value`, 2)
    return [word.slice(0, at), word.slice(at + 1)] as const
  })
