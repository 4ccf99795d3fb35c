import type { RequestContext } from '../../context/index.js'
import type { Database } from '../../db/database.js'
import type { ServerEvent } from '../support/compute-notifier.js'
import { openVolumeState, type VolumeSchema } from './store.js'

/** What a volume service has to know of an image that a volume is made from. */
export interface SourceImage {
  readonly id: string
  readonly name: string | null
  readonly status: string
  /** bytes */
  readonly size: number
  /** GiB */
  readonly minDisk: number
  /** MiB */
  readonly minRam: number
  readonly checksum: string | null
  readonly diskFormat: string | null
  readonly containerFormat: string | null
  readonly properties: Readonly<Record<string, string>>
}

/** @returns null when the caller sees no such image */
export type FindImage = (context: RequestContext, id: string) => Promise<SourceImage | null>

export interface VolumeState {
  readonly database: Database<VolumeSchema>
  readonly findImage: FindImage
  /** Takes what compute is to know; absent: nobody is told. */
  readonly tell?: (events: readonly ServerEvent[]) => void
}

/** @param stateDir  holds `volume.sqlite`; null: in memory */
export const openVolumes = async (
  stateDir: string | null,
  findImage: FindImage = async () => null,
): Promise<VolumeState> => ({ database: await openVolumeState(stateDir), findImage })
