import type { Guest } from './guest-store.js'

/** What a small Linux says on its serial console while it comes up: enough to try `console log show`. */
export const bootLog = (guest: Guest): string => {
  const lines = [
    `SeaBIOS (version 1.16.2-1)`,
    `Booting from Hard Disk...`,
    ...(guest.rescueImage === undefined ? [] : [`Rescue image ${guest.rescueImage}`]),
    `[    0.000000] Linux version 6.1.0-fake (kilonova@build) #1 SMP`,
    `[    0.000000] Command line: root=LABEL=cirros-rootfs ro console=tty1 console=ttyS0`,
    `[    0.000000] BIOS-provided physical RAM map:`,
    `[    0.004000] Memory: ${guest.memoryMb * 1024}K available`,
    `[    0.012000] smp: Brought up 1 node, ${guest.vcpus} CPU${guest.vcpus === 1 ? '' : 's'}`,
    `[    0.240000] virtio_blk virtio1: [vda] ${guest.localGb} GiB`,
    ...guest.vifs.map(
      (vif, index) =>
        `[    0.26${index % 10}000] virtio_net virtio${index + 2} eth${index}: ${vif.mac}`,
    ),
    `[    0.410000] EXT4-fs (vda1): mounted filesystem with ordered data mode`,
    `info: initramfs: up at 0.48`,
    `info: copying initramfs to /dev/vda1`,
    ...guest.vifs.map((vif, index) =>
      vif.ip === null
        ? `udhcpc: eth${index}: no lease`
        : `udhcpc: eth${index}: lease of ${vif.ip} obtained, lease time 86400`,
    ),
    `cloud-init: instance-id: ${guest.uuid}`,
    `=== system information ===`,
    `Platform: Kilonova fake hypervisor`,
    `Arch: x86_64`,
    `CPU(s): ${guest.vcpus}`,
    `boots: ${guest.boots}`,
    ``,
    `${hostname(guest)} login: `,
  ]
  return lines.join('\n')
}

const hostname = (guest: Guest): string =>
  guest.displayName
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'host'
