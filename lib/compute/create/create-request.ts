/** One entry of `networks`. */
export interface WantedNetwork {
  readonly networkId: string | null
  readonly portId: string | null
  readonly address: string | null
  readonly tag: string | null
}

/** One entry of `block_device_mapping_v2`; the legacy form is translated into it by the controller. */
export interface WantedBlockDevice {
  readonly sourceType: 'volume' | 'image' | 'snapshot' | 'blank'
  readonly destinationType: 'local' | 'volume' | null
  /** of the image, volume or snapshot */
  readonly uuid: string | null
  readonly bootIndex: number | null
  readonly deviceName: string | null
  readonly volumeSize: number | null
  readonly deleteOnTermination: boolean
  readonly guestFormat: string | null
  readonly deviceType: string | null
  readonly diskBus: string | null
  readonly tag: string | null
  readonly volumeType: string | null
  readonly noDevice: boolean
}

/** What `POST /servers` asks for, after the controller read it. */
export interface CreateRequest {
  /** As the client names it, not the row's id. */
  readonly flavorId: string
  /** null: no image, boots from a volume */
  readonly imageRef: string | null
  readonly name: string
  readonly description: string | null
  /** Host name asked for by itself (2.90). */
  readonly hostname: string | null
  readonly minCount: number
  readonly maxCount: number
  readonly metadata: Readonly<Record<string, string>>
  /** base64 */
  readonly userData: string | null
  readonly configDrive: boolean
  readonly keyName: string | null
  readonly adminPassword: string
  readonly accessIpV4: string | null
  readonly accessIpV6: string | null
  /** null: as the image says by its property `auto_disk_config` */
  readonly autoDiskConfig: boolean | null
  readonly availabilityZone: string | null
  /** `zone:host:node`: the scheduler does not choose. */
  readonly forcedHost: string | null
  readonly forcedNode: string | null
  /** 2.74: the scheduler chooses, but only this one. */
  readonly requestedHost: string | null
  readonly requestedNode: string | null
  readonly networks: 'auto' | 'none' | readonly WantedNetwork[]
  /** names or ids */
  readonly securityGroups: readonly string[]
  readonly blockDevices: readonly WantedBlockDevice[]
  /** Volumes that several servers share may be among them (2.60). */
  readonly multiattach: boolean
  /** `[path, base64]` */
  readonly injectedFiles: readonly (readonly [string, string])[]
  readonly tags: readonly string[]
  readonly trustedCerts: readonly string[] | null
  readonly schedulerHints: Readonly<Record<string, unknown>>
}
