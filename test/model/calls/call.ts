import type { TestUser } from '../../../lib/testing/index.js'
import type { ModelCloud } from '../model-cloud.js'
import type { Server, World } from '../world.js'

/** What a request is made of, and what comes of it when all goes well. */
export interface Request {
  /** For people. */
  readonly text: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: object
  readonly code: number
  /** Refused for another reason than state and lock. */
  readonly refusal?: number
  /** Brings the expected server to what it is then. Absent: it stays as it is. */
  readonly brings?: (() => Outcome | undefined) | (() => void)
}

export interface Outcome {
  /** Where it may be now; absent: where it was. */
  readonly hosts?: readonly string[]
  /** It is gone. */
  readonly gone?: true
  /** The work fails, as it should, and says so. */
  readonly fails?: true
  /** Nothing is recorded of it. */
  readonly isUnrecorded?: true
  /** Further actions that are recorded ahead of it. */
  readonly before?: readonly string[]
}

/** One thing that can be asked of a server, and when (contract: rest/servers.md 7, 8). */
export interface Call {
  readonly name: string
  readonly user: TestUser
  readonly version?: string
  /** vm_states in which it may be; absent: any. */
  readonly states?: readonly string[]
  /** As a refusal names it; absent: refusals are told otherwise. */
  readonly refusedAs?: string
  readonly ignoresLock?: true
  readonly needsHost?: true
  /** Also while something is under way. */
  readonly anyTime?: true
  /** `instance_actions.action` */
  readonly recordedAs?: string
  /** Its events, when all goes well. */
  readonly events?: readonly string[]
  /** Also of a server whose host is down. */
  readonly worksWithoutHost?: true
  /** Null: there is nothing here to ask it of. */
  readonly make: (server: Server, world: World, cloud: ModelCloud, pick: number) => Request | null
}

export const at = (server: Server, path = ''): string => `/servers/${server.id}${path}`

export const act = (
  server: Server,
  text: string,
  body: object,
  brings?: Request['brings'],
  code = 202,
): Request => ({
  text,
  method: 'POST',
  path: at(server, '/action'),
  body,
  code,
  ...(brings ? { brings } : {}),
})

/** An action without arguments that leads from some states to one. */
export const simple = (
  name: string,
  key: string,
  states: readonly string[],
  vm: string | null,
  power: number | null,
  more: Partial<Call> = {},
  code = 202,
): Call => ({
  name,
  user: 'member',
  states,
  refusedAs: key,
  recordedAs: key,
  events: [`compute_${key}_instance`],
  make: server =>
    act(
      server,
      name,
      { [key]: null },
      () => {
        if (vm !== null) server.vm = vm
        if (power !== null) server.power = power
      },
      code,
    ),
  ...more,
})

export const savable = ['active', 'stopped', 'paused', 'suspended']

/** The host that is chosen by chance. */
export const named = (world: World, pick: number): string =>
  world.hosts[pick % world.hosts.length]?.name ?? ''

export const anyOf = <T>(items: Iterable<T>, pick: number): T | undefined => {
  const list = [...items]
  return list[pick % Math.max(list.length, 1)]
}
