export interface ResponseOptions {
  /** Status; by default that of the handler's `@response`. */
  readonly code?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * An answer on its way out: a document that extensions may change in place, with status and
 * headers. A handler returns one when it has to set these itself.
 */
export class ResponseObject<T = unknown> {
  obj: T
  /** null: not set yet, the handler's `@response` decides. */
  code: number | null
  readonly headers: Map<string, string>

  constructor(obj: T, options: ResponseOptions = {}) {
    this.obj = obj
    this.code = options.code ?? null
    this.headers = new Map(Object.entries(options.headers ?? {}))
  }
}

/**
 * An answer that is final: bytes of its own type, which no extension sees.
 */
export class ReadyResponse {
  constructor(
    readonly code: number,
    readonly body: Uint8Array | string | null = null,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}
