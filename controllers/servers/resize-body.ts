import type { ResizeRequest } from '../../lib/compute/actions/resize.js'

/** `resize` of POST /servers/{id}/action. */
export interface ResizeBody {
  readonly resize: {
    readonly flavorRef: string | number
    readonly 'OS-DCF:diskConfig'?: 'AUTO' | 'MANUAL'
  }
}

export const resizeRequestOf = ({ resize }: ResizeBody): ResizeRequest => {
  const { 'OS-DCF:diskConfig': diskConfig } = resize
  return {
    flavorId: String(resize.flavorRef),
    autoDiskConfig: diskConfig === undefined ? null : diskConfig === 'AUTO',
  }
}
