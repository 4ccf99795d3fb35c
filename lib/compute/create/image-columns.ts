import type { ImageDict } from '../../image/api.js'

/** What of an image's properties has columns of its own in a server's row. */
export const imageColumns = (properties: ImageDict['properties']) => ({
  kernelId: textOf(properties.kernel_id) ?? '',
  ramdiskId: textOf(properties.ramdisk_id) ?? '',
  osType: textOf(properties.os_type),
  architecture: textOf(properties.architecture ?? properties.hw_architecture),
  vmMode: textOf(properties.vm_mode ?? properties.hw_vm_mode),
})

/** The empty text is none. */
export const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null
