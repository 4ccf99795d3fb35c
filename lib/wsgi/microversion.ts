import type { IncomingHttpHeaders } from 'node:http'
import { Fault } from './fault.js'
import { minorOf } from './window.js'

/** A version that a request was answered at. */
export class Microversion {
  readonly major = 2
  readonly #text: string

  constructor(readonly minor: number) {
    this.#text = `2.${minor}`
  }

  /** @throws TypeError when it is not `2.N` */
  static of(version: string): Microversion {
    return new Microversion(minorOf(version))
  }

  toString(): string {
    return this.#text
  }
}

/** The versions that an API speaks and the headers that choose one. */
export interface VersionRange {
  /** Service type in `OpenStack-API-Version: <service> 2.N`. */
  readonly service: string
  /** The header of old, with nothing but the version. */
  readonly legacyHeader: string
  readonly min: string
  readonly max: string
}

/** nova's, up to 2026.2. */
export const computeVersions: VersionRange = {
  service: 'compute',
  legacyHeader: 'X-OpenStack-Nova-API-Version',
  min: '2.1',
  max: '2.104',
}

export const API_VERSION_HEADER = 'OpenStack-API-Version'

const SHAPE = /^([1-9]\d*)\.(0|[1-9]\d*)$/

/** Chooses the version of each request; made once, knows every version of its range. */
export class VersionNegotiator {
  readonly range: VersionRange
  readonly min: number
  readonly max: number
  readonly #known: readonly Microversion[]
  readonly #legacyHeader: string

  constructor(range: VersionRange = computeVersions) {
    this.range = range
    this.min = minorOf(range.min)
    this.max = minorOf(range.max)
    this.#known = Array.from({ length: this.max + 1 }, (_, minor) => new Microversion(minor))
    this.#legacyHeader = range.legacyHeader.toLowerCase()
  }

  /** The version of requests that name none, and of all under /v2. */
  get default(): Microversion {
    return this.#at(this.min)
  }

  #at(minor: number): Microversion {
    return this.#known[minor] ?? new Microversion(minor)
  }

  /**
   * @throws Fault 400 when the version is not of the form, 406 when it is outside the range; that
   *   one carries the headers that echo it
   */
  negotiate(headers: IncomingHttpHeaders): Microversion {
    const asked = this.#asked(headers)
    if (asked === undefined) return this.default
    if (asked === 'latest') return this.#at(this.max)
    const [, major, minor] = SHAPE.exec(asked) ?? []
    if (major === undefined || minor === undefined) {
      throw Fault.of(400, `bad version string: ${asked.slice(0, 80)}`)
    }
    const number = Number(minor)
    if (major !== '2' || number < this.min || number > this.max) {
      throw Fault.of(
        406,
        `version ${asked.slice(0, 80)} is outside ${this.range.min} to ${this.range.max}`,
        { headers: this.headers(asked.slice(0, 80)) },
      )
    }
    return this.#at(number)
  }

  // Of several elements for our service the last one counts; one that is not `service version` ends
  // the search, as in the reference.
  #asked(headers: IncomingHttpHeaders): string | undefined {
    const standard = headers['openstack-api-version']
    if (standard !== undefined) {
      for (const element of String(standard).split(',').reverse()) {
        const [service, version, ...rest] = element.trim().split(/\s+/)
        if (service === undefined || version === undefined || rest.length) break
        if (service.toLowerCase() === this.range.service) return version
      }
    }
    const legacy = headers[this.#legacyHeader]
    return legacy === undefined ? undefined : String(legacy).trim()
  }

  /** The headers of an answer at this version. */
  headers(version: string): Readonly<Record<string, string>> {
    return {
      'openstack-api-version': `${this.range.service} ${version}`,
      [this.#legacyHeader]: version,
      vary: `${API_VERSION_HEADER}, ${this.range.legacyHeader}`,
    }
  }
}
