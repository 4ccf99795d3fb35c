import { enumeration } from './base/index.js'

export const architecture = enumeration(
  'alpha',
  'armv6',
  'armv7l',
  'armv7b',
  'aarch64',
  'cris',
  'i686',
  'ia64',
  'lm32',
  'm68k',
  'microblaze',
  'microblazeel',
  'mips',
  'mipsel',
  'mips64',
  'mips64el',
  'openrisc',
  'parisc',
  'parisc64',
  'ppc',
  'ppcle',
  'ppc64',
  'ppc64le',
  'ppcemb',
  's390',
  's390x',
  'sh4',
  'sh4eb',
  'sparc',
  'sparc64',
  'unicore32',
  'x86_64',
  'xtensa',
  'xtensaeb',
)

export const blockDeviceDestinationType = enumeration('local', 'volume')

export const blockDeviceEncryptionFormatType = enumeration('plain', 'luks', 'luksv2')

export const blockDeviceSourceType = enumeration('blank', 'image', 'snapshot', 'volume')

export const blockDeviceType = enumeration('cdrom', 'disk', 'floppy', 'fs', 'lun')

export const configDrivePolicy = enumeration('optional', 'mandatory')

export const cpuAllocationPolicy = enumeration('dedicated', 'shared', 'mixed')

export const cpuEmulatorThreadsPolicy = enumeration('share', 'isolate')

export const cpuFeaturePolicy = enumeration('force', 'require', 'optional', 'disable', 'forbid')

export const cpuMatch = enumeration('minimum', 'exact', 'strict')

export const cpuMode = enumeration('custom', 'host-model', 'host-passthrough')

export const cpuThreadAllocationPolicy = enumeration('prefer', 'isolate', 'require')

export const diskBus = enumeration(
  'fdc',
  'ide',
  'sata',
  'scsi',
  'usb',
  'virtio',
  'xen',
  'lxc',
  'uml',
)

export const firmwareType = enumeration('uefi', 'bios')

export const hvType = enumeration(
  'baremetal',
  'bhyve',
  'docker',
  'fake',
  'hyperv',
  'ironic',
  'kqemu',
  'kvm',
  'lxc',
  'lxd',
  'openvz',
  'parallels',
  'phyp',
  'qemu',
  'test',
  'uml',
  'vbox',
  'vz',
  'vmware',
  'xen',
  'zvm',
  'prsm',
)

export const hypervisorDriver = enumeration('libvirt', 'xenapi', 'vmwareapi', 'ironic', 'hyperv')

export const imageSignatureHashType = enumeration('SHA-224', 'SHA-256', 'SHA-384', 'SHA-512')

export const imageSignatureKeyType = enumeration(
  'DSA',
  'ECC_SECP384R1',
  'ECC_SECP521R1',
  'ECC_SECT409K1',
  'ECC_SECT409R1',
  'ECC_SECT571K1',
  'ECC_SECT571R1',
  'RSA-PSS',
)

export const inputBus = enumeration('usb', 'virtio')

export const instancePowerState = enumeration(
  'pending',
  'running',
  '_unused',
  'paused',
  'shutdown',
  'crashed',
  'suspended',
)

export const migrationType = enumeration('migration', 'resize', 'live-migration', 'evacuation')

export const monitorMetricType = enumeration(
  'cpu.frequency',
  'cpu.user.time',
  'cpu.kernel.time',
  'cpu.idle.time',
  'cpu.iowait.time',
  'cpu.user.percent',
  'cpu.kernel.percent',
  'cpu.idle.percent',
  'cpu.iowait.percent',
  'cpu.percent',
  'numa.membw.max',
  'numa.membw.current',
)

export const osType = enumeration('linux', 'windows')

export const pciDeviceStatus = enumeration(
  'available',
  'claimed',
  'allocated',
  'removed',
  'deleted',
  'unavailable',
  'unclaimable',
)

export const pciDeviceType = enumeration('type-PCI', 'type-PF', 'type-VF', 'vdpa')

export const pcinumaAffinityPolicy = enumeration('required', 'legacy', 'preferred', 'socket')

export const pointerModelType = enumeration('usbtablet')

export const rngModel = enumeration('virtio')

export const scsiModel = enumeration(
  'buslogic',
  'ibmvscsi',
  'lsilogic',
  'lsisas1068',
  'lsisas1078',
  'virtio-scsi',
  'vmpvscsi',
)

export const secureBoot = enumeration('required', 'disabled', 'optional')

export const shareMappingProto = enumeration('NFS', 'CEPHFS')

export const shareMappingStatus = enumeration(
  'attaching',
  'detaching',
  'active',
  'inactive',
  'error',
)

export const tpmModel = enumeration('tpm-tis', 'tpm-crb')

export const tpmVersion = enumeration('1.2', '2.0')

export const videoModel = enumeration(
  'cirrus',
  'qxl',
  'vga',
  'vmvga',
  'xen',
  'virtio',
  'gop',
  'none',
  'bochs',
)

export const vifModel = enumeration(
  'virtio',
  'ne2k_pci',
  'pcnet',
  'rtl8139',
  'e1000',
  'e1000e',
  'netfront',
  'spapr-vlan',
  'lan9118',
  'sriov',
  'vmxnet',
  'vmxnet3',
)

export const viommuModel = enumeration('intel', 'smmuv3', 'virtio', 'auto')

export const vmMode = enumeration('hvm', 'xen', 'uml', 'exe')

export const watchdogAction = enumeration('none', 'pause', 'poweroff', 'reset', 'disabled')
