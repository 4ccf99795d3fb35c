import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Milliseconds of quiet before a change counts: editors write in several strokes. */
const QUIET = 100

export interface Watched {
  /** Absolute; asked again after each change. */
  readonly files: () => Iterable<string>
  readonly changed: () => void
  /** Seconds between looks at the files; the system tells of changes when absent. */
  readonly interval?: number | undefined
  /** Told when a folder cannot be watched; its files are looked at each second then. */
  readonly warn: (text: string) => void
}

export interface FileWatch {
  /** The files may be others now. */
  follow(): unknown
  close(): void
}

export const watchFiles = (watched: Watched): FileWatch => {
  let timer: NodeJS.Timeout | undefined
  const changed = (): void => {
    clearTimeout(timer)
    timer = setTimeout(watched.changed, QUIET)
  }
  const inner =
    watched.interval === undefined
      ? toldBySystem({ ...watched, changed })
      : looking({ ...watched, interval: watched.interval, changed: watched.changed })
  return {
    follow: inner.follow,
    close: () => {
      clearTimeout(timer)
      inner.close()
    },
  }
}

/** Some editors write by renaming: folders are watched, not files. */
const toldBySystem = (watched: Watched): FileWatch => {
  const watchers = new Map<string, FSWatcher>()
  let fallback: FileWatch | undefined
  const failed = (folder: string, error: Error): void => {
    watched.warn(`${folder} cannot be watched (${error.message}): looking every second instead`)
    fallback ??= looking({ ...watched, interval: 1 })
  }
  const begin = (folder: string): void => {
    try {
      const watcher = watch(folder, (_event, name) => {
        for (const file of watched.files()) {
          if (dirname(file) === folder && (name === null || basename(file) === name)) {
            return watched.changed()
          }
        }
      })
      watchers.set(
        folder,
        watcher.on('error', error => failed(folder, error)),
      )
    } catch (error) {
      failed(folder, error as Error)
    }
  }
  const follow = (): void => {
    for (const file of watched.files()) if (!watchers.has(dirname(file))) begin(dirname(file))
    fallback?.follow()
  }
  follow()
  return {
    follow,
    close: () => {
      for (const watcher of watchers.values()) watcher.close()
      fallback?.close()
    },
  }
}

const looking = ({ files, changed, interval }: Watched & { interval: number }): FileWatch => {
  const seen = new Map<string, string>()
  const look = (): boolean => {
    let isOther = false
    for (const file of files()) {
      const now = stateOf(file)
      if (seen.has(file) && seen.get(file) !== now) isOther = true
      seen.set(file, now)
    }
    return isOther
  }
  look()
  const timer = setInterval(() => {
    if (look()) changed()
  }, interval * 1000)
  return { follow: look, close: () => clearInterval(timer) }
}

const stateOf = (file: string): string => {
  const { mtimeMs, size, ino } = statSync(file, { throwIfNoEntry: false }) ?? {}
  return `${mtimeMs} ${size} ${ino}`
}
