import { PasteError } from '../../paste/index.js'

/** Why the system refused, by its code. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that',
  EADDRINUSE: 'another process listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'there is no room left',
  ENOTDIR: 'a part of the path is no folder',
  ENOTFOUND: 'there is no such host',
  EPERM: 'this user may not do that',
  EROFS: 'the file system is read-only',
}

/** One sentence for what the reader can mend, with its place; the whole stack for the rest, or when asked for. */
export const explain = (error: unknown, verbose = false): string => {
  if (!(error instanceof Error)) return String(error)
  return verbose ? `${told(error)}\n\n${error.stack}` : told(error)
}

const told = (error: Error): string => {
  if (error instanceof PasteError) {
    return error.excerpt ? `${error.message}\n\n${error.excerpt}` : error.message
  }
  const place: unknown = Reflect.get(error, 'paste')
  const {
    code = '',
    syscall,
    path,
    address,
    port,
  } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
  }
  const reason = reasons[code]
  if (reason && (syscall === 'listen' || syscall === 'bind')) {
    const low = code === 'EACCES' ? '; ports below 1024 are for root' : ''
    return `cannot listen on ${address}:${port}: ${reason}${low}`
  }
  if (reason && syscall === 'getaddrinfo') return `cannot listen: ${reason}: ${error.message}`
  if (place instanceof PasteError) return told(place)
  if (reason && path !== undefined) return `${path}: ${reason}`
  return code ? error.message : (error.stack ?? error.message)
}
