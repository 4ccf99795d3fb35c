import { bool, int, str } from '../kinds.js'
import { group } from '../option.js'

export const profiler = group('profiler', {
  enabled: bool({ default: false, help: 'Not supported; read and ignored.' }),
})

export const remoteDebug = group('remote_debug', {
  host: str({ help: 'Not supported; read and ignored.' }),
  port: int({ help: 'Not supported; read and ignored.' }),
})
