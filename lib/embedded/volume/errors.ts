/** An answer that is no success; Cinder writes them as compute does. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const names: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  409: 'conflictingRequest',
  413: 'overLimit',
}

export const faultBody = (status: number, message: string): object => ({
  [names[status] ?? 'computeFault']: { code: status, message },
})

export const badRequest = (message: string): VolumeError => new VolumeError(400, message)

export const forbidden = (action: string): VolumeError =>
  new VolumeError(403, `Policy doesn't allow ${action} to be performed.`)

export const notFound = (what: string, id: string): VolumeError =>
  new VolumeError(404, `${what} ${id.slice(0, 64)} could not be found.`)
