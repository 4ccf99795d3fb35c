import type { ImageDict } from '../../image/api.js'
import { ImageMeta, ImageMetaProps } from '../../objects/index.js'

/**
 * What a server boots from: an image, or what a volume knows of the one that it was made of. That has neither
 * an id nor a date.
 */
export type BootImage = Partial<ImageDict> &
  Pick<ImageDict, 'status' | 'size' | 'min_ram' | 'min_disk' | 'properties'>

/** An image as the scheduler is told of it; what Glance leaves unsaid stays unset. */
export const imageMetaOf = (image: BootImage): ImageMeta =>
  new ImageMeta(null, {
    ...(image.id === undefined ? {} : { id: image.id }),
    status: image.status,
    size: image.size,
    minRam: image.min_ram,
    minDisk: image.min_disk,
    ...(image.created_at === undefined ? {} : { createdAt: dateOf(image.created_at) }),
    ...(image.updated_at === undefined ? {} : { updatedAt: dateOf(image.updated_at) }),
    properties: propertiesOf(image.properties),
    ...(isSaid(image.name) ? { name: image.name } : {}),
    ...(isSaid(image.checksum) ? { checksum: image.checksum } : {}),
    ...(isSaid(image.owner) ? { owner: image.owner } : {}),
    ...(isSaid(image.container_format) ? { containerFormat: image.container_format } : {}),
    ...(isSaid(image.disk_format) ? { diskFormat: image.disk_format } : {}),
  })

const isSaid = (value: string | null | undefined): value is string =>
  value !== null && value !== undefined

const dateOf = (text: string): Date => new Date(`${text.replace(/Z$/, '')}Z`)

/** Names that properties had once; who uses both means the new one. */
const oldNames: Readonly<Record<string, string>> = {
  architecture: 'hw_architecture',
  auto_disk_config: 'hw_auto_disk_config',
  bdm_v2: 'img_bdm_v2',
  bittorrent: 'img_bittorrent',
  block_device_mapping: 'img_block_device_mapping',
  cache_in_nova: 'img_cache_in_nova',
  hypervisor_type: 'img_hv_type',
  hypervisor_version_requires: 'img_hv_requested_version',
  ipxe_boot: 'hw_ipxe_boot',
  mappings: 'img_mappings',
  owner_id: 'img_owner_id',
  root_device_name: 'img_root_device_name',
  vm_mode: 'hw_vm_mode',
  vmware_disktype: 'hw_disk_type',
  vmware_image_version: 'img_version',
  vmware_linked_clone: 'img_linked_clone',
  vmware_ostype: 'os_distro',
  xenapi_device_id: 'hw_device_id',
  xenapi_image_compression_level: 'img_compression_level',
  xenapi_skip_agent_inject_files_at_boot: 'os_skip_agent_inject_files_at_boot',
  xenapi_skip_agent_inject_ssh: 'os_skip_agent_inject_ssh',
  xenapi_use_agent: 'img_use_agent',
}

/** The properties that nova knows; the rest of an image's are nobody's business here. */
const propertiesOf = (properties: Readonly<Record<string, unknown>>): ImageMetaProps => {
  const known = new ImageMetaProps()
  const { byWire } = known.objectType
  const said = Object.entries(properties).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  const renamed = said.flatMap(([name, value]): [string, unknown][] => {
    const now = oldNames[name]
    return now === undefined || now in properties ? [] : [[now, value]]
  })
  for (const [name, value] of [...renamed, ...said]) {
    const entry = byWire.get(name)
    // That one is made of `trait:…`, below.
    if (entry && name !== 'traits_required') known.write(entry, value)
  }
  const traits = said.filter(([name, value]) => name.startsWith('trait:') && value === 'required')
  if (traits.length > 0) {
    known.traitsRequired = traits.map(([name]) => name.slice('trait:'.length))
  }
  return known
}
