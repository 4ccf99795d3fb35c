import { InvalidBDM } from '../../exception/index.js'
import { BlockDeviceMapping, BlockDeviceMappingList, type Flavor } from '../../objects/index.js'
import type { CreateRequest, WantedBlockDevice } from './create-request.js'
import { mergedDevices } from './image-devices.js'

type Values = NonNullable<ConstructorParameters<typeof BlockDeviceMapping>[1]>

const blank: Values = {
  sourceType: null,
  destinationType: null,
  guestFormat: null,
  deviceType: null,
  diskBus: null,
  bootIndex: null,
  deviceName: null,
  deleteOnTermination: false,
  snapshotId: null,
  volumeId: null,
  volumeSize: null,
  imageId: null,
  noDevice: false,
  connectionInfo: null,
  tag: null,
  volumeType: null,
  encrypted: false,
  encryptionSecretUuid: null,
  encryptionFormat: null,
  encryptionOptions: null,
}

const imageDisk = (imageId: string): Values => ({
  ...blank,
  sourceType: 'image',
  destinationType: 'local',
  deviceType: 'disk',
  bootIndex: 0,
  deleteOnTermination: true,
  imageId,
})

const localBlank = (guestFormat: string | null, sizeGib: number): Values => ({
  ...blank,
  sourceType: 'blank',
  destinationType: 'local',
  deviceType: 'disk',
  bootIndex: -1,
  deleteOnTermination: true,
  guestFormat,
  volumeSize: sizeGib,
})

const wantedDisk = (wanted: WantedBlockDevice): Values => ({
  ...blank,
  sourceType: wanted.sourceType,
  destinationType: wanted.destinationType ?? (wanted.sourceType === 'blank' ? 'local' : 'volume'),
  guestFormat: wanted.guestFormat,
  deviceType: deviceTypeOf(wanted.deviceType),
  diskBus: wanted.diskBus,
  bootIndex: wanted.bootIndex,
  deviceName: wanted.deviceName,
  deleteOnTermination: wanted.deleteOnTermination,
  volumeSize: wanted.volumeSize,
  noDevice: wanted.noDevice,
  tag: wanted.tag,
  volumeType: wanted.volumeType,
  volumeId: wanted.sourceType === 'volume' ? wanted.uuid : null,
  snapshotId: wanted.sourceType === 'snapshot' ? wanted.uuid : null,
  imageId: wanted.sourceType === 'image' ? wanted.uuid : null,
})

const deviceTypes = ['cdrom', 'disk', 'floppy', 'fs', 'lun'] as const

const deviceTypeOf = (text: string | null): Values['deviceType'] => {
  if (text === null) return null
  const known = deviceTypes.find(type => type === text)
  if (!known) {
    throw new InvalidBDM(`Block Device Mapping is Invalid: device type '${text}' is unknown.`)
  }
  return known
}

/**
 * The disks of a new server: the image's, the flavor's swap and ephemeral ones, and what the request
 * names. Not saved, the same for each server of the request.
 *
 * @param ofImage  what the image tells of disks itself
 * @param maxLocal  `[DEFAULT] max_local_block_devices`; -1: any number
 * @throws InvalidBDM (400)
 */
export const blockDevicesOf = (
  request: CreateRequest,
  flavor: Flavor,
  maxLocal: number,
  ofImage: readonly WantedBlockDevice[] = [],
): BlockDeviceMappingList => {
  const wanted = mergedDevices(ofImage, request.blockDevices).map(wantedDisk)
  const bootsFromRequest = wanted.some(disk => disk.bootIndex === 0)
  const disks = [
    ...(request.imageRef && !bootsFromRequest ? [imageDisk(request.imageRef)] : []),
    ...wanted,
  ]
  const ephemeral = disks.filter(isEphemeral)
  const swap = disks.filter(isSwap)
  if (flavor.ephemeralGb > 0 && ephemeral.length === 0) {
    disks.push(localBlank(null, flavor.ephemeralGb))
  }
  if (flavor.swap > 0 && swap.length === 0) disks.push(localBlank('swap', flavor.swap))
  checkSizes(ephemeral, swap, flavor)
  checkBootOrder(disks)
  checkLocal(disks, request, maxLocal)
  return new BlockDeviceMappingList(null, {
    objects: disks.map(disk => new BlockDeviceMapping(null, disk)),
  })
}

const isLocalBlank = (disk: Values): boolean =>
  disk.sourceType === 'blank' && disk.destinationType === 'local'
const isSwap = (disk: Values): boolean => isLocalBlank(disk) && disk.guestFormat === 'swap'
const isEphemeral = (disk: Values): boolean => isLocalBlank(disk) && disk.guestFormat !== 'swap'

const sum = (disks: readonly Values[]): number =>
  disks.reduce((total, disk) => total + (disk.volumeSize ?? 0), 0)

const checkSizes = (
  ephemeral: readonly Values[],
  swap: readonly Values[],
  flavor: Flavor,
): void => {
  if (sum(ephemeral) > flavor.ephemeralGb) {
    throw invalid('the ephemeral disks are larger than the flavor allows')
  }
  if (swap.length > 1) throw invalid('more than one swap drive requested')
  if (sum(swap) > flavor.swap) throw invalid('the swap drive is larger than the flavor allows')
}

const checkBootOrder = (disks: readonly Values[]): void => {
  const order = disks
    .map(disk => disk.bootIndex ?? -1)
    .filter(index => index >= 0)
    .sort((a, b) => a - b)
  if (order.length === 0 || order.some((index, place) => index !== place)) {
    throw invalid('boot sequence for the instance and image/block device mapping is not valid')
  }
}

const checkLocal = (
  disks: readonly Values[],
  { imageRef }: CreateRequest,
  maxLocal: number,
): void => {
  for (const disk of disks) {
    if (disk.sourceType !== 'image' || disk.destinationType !== 'local') continue
    if (!imageRef || disk.bootIndex !== 0) {
      throw invalid('mapping an image to local is only supported for the image of the server')
    }
  }
  const local = disks.filter(disk => disk.destinationType === 'local').length
  if (maxLocal >= 0 && local > maxLocal) {
    throw invalid(`${local} local devices requested, ${maxLocal} are allowed`)
  }
}

const invalid = (why: string): InvalidBDM =>
  new InvalidBDM(`Block Device Mapping is Invalid: ${why}.`)
